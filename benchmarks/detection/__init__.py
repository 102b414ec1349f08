"""Detection: worlds with known changes, what the best detector would need, and what rarebird and its rivals need."""

from __future__ import annotations

from benchmarks.section import Section

ABOUT = "false alarms and delays of the bank, beside a CUSUM that knows the change, and rivals (an hour; only if named)"
_SEEDS = (1, 2, 3, 4, 5)
_HEAD = (
    "One bank under one budget of 1 false alarm a week, 5 events a second, 50 categories; README.md of "
    "`benchmarks/detection` says what is measured. Learning: 4 weeks; delays: {number} moments of the 2 weeks after, "
    "{seeds} seeds; false alarms: 24 weeks. Limits of the CUSUM and the rivals come from other seeds."
)


def run() -> Section:
    from benchmarks.detection.bank import bank
    from benchmarks.detection.plan import Plan
    from benchmarks.detection.regimes import REGIMES
    from benchmarks.detection.tables import delay_table, quiet_table, rival_table
    from benchmarks.detection.work import known, matches, quiets, trials

    plan = Plan(_SEEDS)
    parts = [_HEAD.format(number=plan.number, seeds=len(_SEEDS))]
    for name, regime in REGIMES.items():
        found = quiets(bank, regime, plan._replace(weeks=24))
        parts += [f"### {name}, nothing happens", quiet_table(found)]
        parts += [f"### {name}, delays", delay_table(trials(bank, regime, plan), known(regime, plan), name)]
        if regime is not REGIMES["clean"]:
            parts += [f"### {name}, rivals", rival_table(matches(regime, plan._replace(seeds=_SEEDS[:2])))]
    return Section("detection", "\n\n".join(parts))
