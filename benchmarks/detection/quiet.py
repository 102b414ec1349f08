"""Worlds in which nothing happens: alarms a week, and the time with an incident open."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from benchmarks.detection.contract import Maker, setting
from benchmarks.detection.plan import Plan
from benchmarks.detection.regimes import DAY, START, WEEK
from benchmarks.detection.told import Told, open_seconds, run
from benchmarks.detection.world import World

BLOCK = DAY // 4
"""Ticks in a step."""


class Quiet(NamedTuple):
    """What was told over some weeks of a world in which nothing happens, after others in which it learned."""

    world: World
    start: int
    weeks: int
    told: list[Told]
    learning: list[Told]
    """What was told before the weeks that count."""
    seconds: float
    """What a week of stepping took of the processor."""

    @property
    def a_week(self) -> float:
        """Alarms a week."""
        return len(self.told) / self.weeks

    @property
    def by_week(self) -> list[int]:
        """Alarms in each week."""
        number = Counter(int(one.detected - self.start) // WEEK for one in self.told)
        return [number[week] for week in range(self.weeks)]

    @property
    def open_share(self) -> float:
        """Share of the time with at least one incident open."""
        length = self.weeks * WEEK
        return open_seconds([*self.learning, *self.told], self.start, self.start + length) / length

    @property
    def kinds(self) -> Counter[str]:
        """How many alarms of each kind."""
        return Counter(one.name for one in self.told)


def quiet(make: Maker, world: World, plan: Plan) -> Quiet:
    """Steps over weeks to learn from and weeks that count."""
    detector, start = make(setting(world)), START + plan.learn * WEEK
    whole = run(detector, detector.blank(), world.blocks(START, start + plan.weeks * WEEK, BLOCK))
    learning, told = ([one for one in whole.told if (one.detected > start) is late] for late in (False, True))
    return Quiet(world, start, plan.weeks, told, learning, whole.seconds / (plan.learn + plan.weeks))
