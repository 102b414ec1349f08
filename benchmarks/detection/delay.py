"""How long a detector takes to tell a change: it learns once, and goes on from many moments into every change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.branch import altered
from benchmarks.detection.changes import LENGTH, Placed
from benchmarks.detection.contract import Detector, Maker, setting
from benchmarks.detection.counts import end_of
from benchmarks.detection.plan import Plan
from benchmarks.detection.quiet import BLOCK
from benchmarks.detection.regimes import START, WEEK
from benchmarks.detection.told import Told, once, run
from benchmarks.detection.world import World
from rarebird.detect.counts import Counts

_AFTER = 1_800
"""Seconds after a change at which it should be over for the detector too."""
_FIRST_STEP = 60
"""Ticks in the first step into a change; each further step is twice as long, so little is stepped after the alarm."""


class Trial(NamedTuple):
    """A change and how it was told."""

    placed: Placed
    delay: float
    """Seconds from the begin of the change to the first alarm within it; `LENGTH` where there is none."""
    name: str
    """What was told first, empty where nothing was."""

    @property
    def missed(self) -> bool:
        """Nothing was told of it."""
        return not self.name


def moments(world: World, plan: Plan) -> list[int]:
    """The moments at which changes begin in a world, in order."""
    rng = np.random.default_rng((world.seed, 2**42))
    start = START + plan.learn * WEEK
    return sorted((start + rng.integers(0, plan.weeks * WEEK - 2 * LENGTH, plan.number)).tolist())


def placed(world: World, plan: Plan) -> list[Placed]:
    """Every change at every moment."""
    return [Placed(world, change, began) for began in moments(world, plan) for change in plan.changes]


def delays(make: Maker, world: World, plan: Plan) -> list[Trial]:
    """A trial of each change at each moment of the weeks that follow those the detector learns from."""
    detector = make(setting(world))
    return [
        _trial(detector, deepcopy(state), Placed(world, change, began))
        for began, state in states(detector, world, moments(world, plan))
        for change in plan.changes
    ]


def states(detector: Detector, world: World, wanted: Sequence[int]) -> Iterator[tuple[int, Any]]:
    """The state of a detector at some moments in order, nothing having happened before; to be copied before a step."""
    state, reached = detector.blank(), START
    for moment in wanted:
        state = run(detector, state, world.blocks(reached, moment, BLOCK)).state
        reached = moment
        yield moment, state


def _trial(detector: Detector, state: Any, placed: Placed) -> Trial:
    counts = altered(placed, placed.began, placed.ended)
    for part in _growing(counts):
        state, incidents = detector.step(state, part)
        alarms = [one for one in once(incidents) if one.detected > placed.began]
        if alarms:
            return Trial(placed, min(alarms[0].detected - placed.began, LENGTH), alarms[0].name)
    return Trial(placed, LENGTH, "")


def _growing(counts: Counts) -> Iterator[Counts]:
    start, length = counts.start, _FIRST_STEP
    while start < end_of(counts):
        yield counts.within(start, min(start + length, end_of(counts)))
        start, length = start + length, 2 * length


class Aftermath(NamedTuple):
    """All that was told from the begin of a change until half an hour after its end."""

    placed: Placed
    told: list[Told]

    @property
    def is_open(self) -> bool:
        """Whether something of it is still open then."""
        return any(one.ended is None for one in self.told)


def aftermaths(make: Maker, world: World, plan: Plan) -> list[Aftermath]:
    """The same changes as those of `delays`, looked at to their ends."""
    detector = make(setting(world))
    return [
        Aftermath(one, run(detector, deepcopy(state), [altered(one, began, one.ended + _AFTER)]).told)
        for began, state in states(detector, world, moments(world, plan))
        for one in (Placed(world, change, began) for change in plan.changes)
    ]


class Delays(NamedTuple):
    """The delays of some trials of one change."""

    seconds: NDArray[np.float64]
    missed: float
    """Share of the changes that were not told."""

    @classmethod
    def of(cls, trials: Sequence[Trial]) -> Delays:
        """The delays of trials."""
        return cls(np.array([one.delay for one in trials]), float(np.mean([one.missed for one in trials])))

    @property
    def mean(self) -> float:
        """Seconds, those missed with the whole length of the change."""
        return float(self.seconds.mean())

    @property
    def median(self) -> float:
        """Seconds."""
        return float(np.median(self.seconds))

    @property
    def late(self) -> float:
        """Seconds that 90 % of the changes did not exceed."""
        return float(np.quantile(self.seconds, 0.9))
