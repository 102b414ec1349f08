"""Detection: worlds with known changes, what the best detector would need, and what rarebird and its rivals need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.section import Section

if TYPE_CHECKING:
    from benchmarks.detection.plan import Plan

ABOUT = "false alarms and delays of the bank, a CUSUM that knows the change, and rivals (hours; only if named)"
_SEEDS = (1, 2, 3, 4, 5)
_HEAD = (
    "One bank under one budget of 1 false alarm a week, 5 events a second, 50 categories; README.md of "
    "`benchmarks/detection` says what is measured. Learning: 4 weeks; delays: {number} moments of the 2 weeks after, "
    "{seeds} seeds; false alarms: 24 weeks. Limits of the CUSUM and the rivals come from other seeds."
)


def run() -> Section:
    """All of it."""
    from benchmarks.detection.plan import Plan
    from benchmarks.detection.regimes import REGIMES
    from benchmarks.detection.tables import rival_table
    from benchmarks.detection.work import matches

    plan = Plan(_SEEDS)
    parts = [_HEAD.format(number=plan.number, seeds=len(_SEEDS))]
    for name, regime in REGIMES.items():
        parts += _of_bank(name, plan, 24)
        if regime is not REGIMES["clean"]:
            parts += [f"### {name}, rivals", rival_table(matches(regime, plan._replace(seeds=_SEEDS[:2])))]
    return Section("detection", "\n\n".join(parts))


def quick() -> Section:
    """A rough look: two seeds, a week to learn, ten moments of each change, two quiet weeks; no rivals."""
    from benchmarks.detection.plan import Plan
    from benchmarks.detection.regimes import REGIMES

    plan = Plan(_SEEDS[:2], learn=1, weeks=1, number=5)
    parts = ["One week of learning, 10 moments, 2 quiet weeks of 2 seeds: rough."]
    for name in REGIMES:
        parts += _of_bank(name, plan, 2)
    return Section("detection", "\n\n".join(parts))


def _of_bank(name: str, plan: Plan, weeks: int) -> list[str]:
    """What is told of a regime while nothing happens in so many weeks, and how soon each change is told."""
    from benchmarks.detection.bank import bank
    from benchmarks.detection.regimes import REGIMES
    from benchmarks.detection.tables import delay_table, quiet_table
    from benchmarks.detection.work import known, quiets, trials

    regime = REGIMES[name]
    quiet = quiet_table(quiets(bank, regime, plan._replace(weeks=weeks)))
    delays = delay_table(trials(bank, regime, plan), known(regime, plan), name)
    return [f"### {name}, nothing happens", quiet, f"### {name}, delays", delays]
