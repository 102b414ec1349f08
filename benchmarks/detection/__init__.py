"""Detection: worlds with known changes, what the best detector would need, and what rarebird and its rivals need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks.section import Section

if TYPE_CHECKING:
    from benchmarks.detection.plan import Plan

ABOUT = "false alarms and delays of the bank, a CUSUM that knows the change, and rivals (hours; only if named)"
_SEEDS = (51, 52, 53, 54, 55)
"""Nothing was chosen on these."""
_HEAD = (
    "One bank under one budget of 1 false alarm a week, 5 events a second, 50 categories; README.md of "
    "`benchmarks/detection` says what is measured. Learning: 4 weeks; delays: {number} moments of the 2 weeks after, "
    "{seeds} seeds; false alarms: 24 weeks. Limits of the CUSUM and the rivals come from other seeds."
)
_QUIET = (
    "Wanted: 0.5 to 1.5 alarms a week over all seeds, none over 2, an incident open for less than 0.1 % of the time."
)
_DELAYS = "Judged: over the CUSUM, in restless streams over the Poisson bound."
_VARIANTS = (
    "2 seeds, 2 weeks to learn from, 3 that count, 10 moments of each change; mean delays over the Poisson bound."
)
_STRANGE = "Streams in which nothing happens but what they always do: 2 weeks to learn from, 3 that count, 3 seeds."


def run() -> Section:
    """All of it."""
    return Section("detection", "\n\n".join(parts()))


def parts() -> Iterator[str]:
    """Table by table, as each is done."""
    from benchmarks.detection.bank import bank
    from benchmarks.detection.plan import Plan
    from benchmarks.detection.regimes import REGIMES
    from benchmarks.detection.strange import strange, strange_table
    from benchmarks.detection.tables import rival_table
    from benchmarks.detection.variants import variant_table, variants
    from benchmarks.detection.work import matches

    plan = Plan(_SEEDS, number=30)
    yield _HEAD.format(number=plan.number, seeds=len(_SEEDS))
    for name in REGIMES:
        yield from _of_bank(name, plan, 24)
    for name in ("season", "restless"):
        yield f"### {name}, rivals\n\n{rival_table(matches(REGIMES[name], plan._replace(seeds=_SEEDS[:2])))}"
    few = Plan(_SEEDS[:2], learn=2, weeks=3, number=10)
    yield f"### restless, with other values\n\n{_VARIANTS}\n\n{variant_table(variants(bank, few))}"
    yield f"### streams of another kind\n\n{_STRANGE}\n\n{strange_table(strange(bank, _SEEDS[:3], plan.workers))}"


def quick() -> Section:
    """A rough look: two seeds, a week to learn, ten moments of each change, two quiet weeks; no rivals."""
    from benchmarks.detection.plan import Plan
    from benchmarks.detection.regimes import REGIMES

    plan = Plan(_SEEDS[:2], learn=1, weeks=1, number=5)
    rough = ["One week of learning, 10 moments, 2 quiet weeks of 2 seeds: rough."]
    for name in REGIMES:
        rough += _of_bank(name, plan, 2)
    return Section("detection", "\n\n".join(rough))


def _of_bank(name: str, plan: Plan, weeks: int) -> Iterator[str]:
    """What is told of a regime while nothing happens in so many weeks, and how soon each change is told."""
    from benchmarks.detection.bank import bank
    from benchmarks.detection.regimes import REGIMES
    from benchmarks.detection.tables import delay_table, quiet_table
    from benchmarks.detection.work import known, quiets, trials

    regime = REGIMES[name]
    quiet = quiet_table(quiets(bank, regime, plan._replace(weeks=weeks)))
    yield f"### {name}, nothing happens\n\n{_QUIET}\n\n{quiet}"
    delays = delay_table(trials(bank, regime, plan), known(regime, plan), name)
    yield f"### {name}, delays\n\n{_DELAYS}\n\n{delays}"
