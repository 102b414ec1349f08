"""What a rival must keep: a score at some moments; it alarms where the score is above its limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.branch import altered
from benchmarks.detection.changes import LENGTH, Placed
from benchmarks.detection.counts import joined
from benchmarks.detection.regimes import START, WEEK
from benchmarks.detection.world import World
from rarebird.detect.counts import Counts

REARM: Final = 1_800
"""An alarm is over when the score has been below the limit for this many seconds."""
_LIMITS: Final = 300


class Scores(NamedTuple):
    """Scores in the order of time."""

    time: NDArray[np.int64]
    """The second at whose begin a score is known: all ticks before it have been seen."""
    value: NDArray[np.float64]


class Rival(Protocol):
    """Scores from counts. Rivals are told the true season of the world, which favours them; not its level."""

    @property
    def name(self) -> str: ...
    @property
    def lead(self) -> int:
        """Seconds before a change that must be seen for the scores to be those of a long run."""

    @property
    def fixed(self) -> float | None:
        """The limit, where it is not set by the rate of false alarms."""

    def scores(self, world: World, counts: Counts) -> Scores: ...


class Limited(NamedTuple):
    """A rival and its limit."""

    rival: Rival
    limit: float

    def delay(self, placed: Placed) -> int:
        """Seconds from the begin of the change to the first score above the limit; `LENGTH` if there is none."""
        start = max(placed.began - self.rival.lead, START)
        time, value = self.rival.scores(placed.world, altered(placed, start, placed.ended))
        over = time[(value > self.limit) & (time > placed.began)]
        return int(over[0]) - placed.began if len(over) else LENGTH


def limited(rival: Rival, worlds: Sequence[World], first: int, weeks: int) -> Limited:
    """The lowest limit with no more than one alarm a week, over weeks of worlds in which nothing happens."""
    if rival.fixed is not None:
        return Limited(rival, rival.fixed)
    found = [quiet_scores(rival, world, first, weeks) for world in worlds]
    values = np.unique(np.concatenate([each.value for each in found]))
    best = float(values[-1])
    for back in np.unique(np.geomspace(1, len(values), _LIMITS).astype(int)):
        limit = float(values[-back])
        if sum(len(alarms(each, limit)) for each in found) > len(worlds) * weeks:
            break
        best = limit
    return Limited(rival, best)


def quiet_scores(rival: Rival, world: World, first: int, weeks: int) -> Scores:
    """The scores of some weeks in which nothing happens."""
    start = START + first * WEEK
    lead = rival.lead if first else 0
    found = rival.scores(world, joined(list(world.blocks(start - lead, start + weeks * WEEK))))
    late = found.time > start
    return Scores(found.time[late], found.value[late])


def alarms(scores: Scores, limit: float) -> NDArray[np.int64]:
    """When alarms begin.

    >>> alarms(Scores(np.array([0, 10, 20, 3000]), np.array([5.0, 1, 5, 5])), 4).tolist()
    [0, 3000]
    """
    over = scores.time[scores.value > limit]
    return over[np.diff(over, prepend=-REARM - 1) > REARM]
