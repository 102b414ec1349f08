"""The best there can be: a CUSUM that knows the true intensity and the change, and the bound for Poisson streams.

The CUSUM adds up the log likelihood ratio of each tick, sum over k of n_k ln f_k - lambda_k (f_k - 1), n_k the events,
lambda_k the true expectation and f_k the factor of category k, and starts anew where the sum falls below 0. For a
Poisson stream no rule with the same rate of false alarms has a smaller worst mean delay (Moustakides 2002; El Karoui,
Loisel, Salhi 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.branch import altered
from benchmarks.detection.changes import LENGTH, Change, Placed
from benchmarks.detection.counts import end_of
from benchmarks.detection.regimes import START, WEEK
from benchmarks.detection.world import World, minutes
from rarebird.detect.counts import Counts

_NEVER: Final = -60.0
"""In place of ln 0: one event undoes any evidence of a silence."""
_TAIL_A_WEEK: Final = 20
"""Excursions a week from which the limit is read off: e^3 more than there may be alarms."""
_RUN_UP: Final = 4 * 3_600
"""Seconds before a change over which the CUSUM gets going."""


def ratios(world: World, change: Change, counts: Counts) -> NDArray[np.float64]:
    """The log likelihood ratio of each tick, nats, shape (ticks,)."""
    minute = minutes(counts.start, end_of(counts))
    factor = change.at(world, minute)
    drift = (world.intensity(minute) * (factor - 1)).sum(axis=1)
    with np.errstate(divide="ignore"):
        gain = np.maximum(np.log(factor), _NEVER)[counts.tick // 60 - minute[0], counts.category] * counts.events
    place = np.arange(counts.start, end_of(counts)) // 60 - minute[0]
    return np.asarray(np.bincount(counts.tick - counts.start, gain, counts.length) - drift[place])


def cusum(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """S_t = max(0, S_{t-1} + x_t) with S = 0 before the first step.

    >>> cusum(np.array([1.0, -3, 2, 2, -1])).tolist()
    [1.0, 0.0, 2.0, 4.0, 3.0]
    """
    total = np.cumsum(steps)
    return np.asarray(total - np.minimum(np.minimum.accumulate(total), 0))


def peaks(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest value of each excursion above 0.

    >>> peaks(np.array([1.0, 2, 0, 0, 3, 1])).tolist()
    [2.0, 3.0]
    """
    up = path > 0
    begins = np.flatnonzero(up & ~np.concatenate(([False], up[:-1])))
    return np.maximum.reduceat(path, begins) if len(begins) else np.empty(0)


class Known(NamedTuple):
    """The CUSUM that knows one change, with its limit for one alarm a week."""

    change: Change
    limit: float

    def delay(self, placed: Placed) -> int:
        """Seconds from the begin of the change to the end of the tick of the alarm; `LENGTH` if there is none."""
        start = max(placed.began - _RUN_UP, START)
        path = cusum(ratios(placed.world, self.change, altered(placed, start, placed.ended)))[placed.began - start :]
        over = np.flatnonzero(path > self.limit)
        return int(over[0]) + 1 if len(over) else LENGTH


def calibrated(worlds: Sequence[World], changes: Sequence[Change], weeks: int) -> list[Known]:
    """Each change's limit for one alarm a week, from the first weeks of worlds in which nothing happens.

    The peaks of excursions fall off as e^-h exactly where the stream is Poisson (Lundberg), and with a mean excess that
    is measured where events follow others. So the limit is read off a part of the tail that is well filled.
    """
    found: list[list[NDArray[np.float64]]] = [[] for _ in changes]
    for world in worlds:
        for week in range(weeks):
            for place, each in enumerate(_week_peaks(world, changes, START + week * WEEK)):
                found[place].append(each)
    exact = all(world.regime.followers == 0 for world in worlds)
    number = len(worlds) * weeks
    return [
        Known(change, _limit(np.sort(np.concatenate(each)), number, exact=exact))
        for change, each in zip(changes, found, strict=True)
    ]


def _limit(found: NDArray[np.float64], weeks: int, *, exact: bool) -> float:
    """From the largest peaks; where a slow stream has few of them, from the upper half."""
    number = min(_TAIL_A_WEEK * weeks, len(found) // 2)
    base, tail = found[-number - 1], found[-number:]
    mean_excess = 1.0 if exact else float((tail - base).mean())
    return max(0.0, float(base + mean_excess * np.log(number / weeks)))


def _week_peaks(world: World, changes: Sequence[Change], start: int) -> list[NDArray[np.float64]]:
    days = [[ratios(world, each, counts) for each in changes] for counts in world.blocks(start, start + WEEK)]
    return [peaks(cusum(np.concatenate(steps))) for steps in zip(*days, strict=True)]


def information(placed: Placed) -> float:
    """Nats a second at the begin of a change, sum of lambda (f ln f - f + 1)."""
    minute = minutes(placed.began, placed.began + 1)
    factor = placed.change.at(placed.world, minute)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(factor > 0, factor * np.log(factor), 0) - factor + 1
    return float((placed.world.intensity(minute) * each).sum())


def bound(placed: Placed, arl: float = WEEK) -> float:
    """The Poisson bound log(ARL I) / I in seconds, ARL the seconds between false alarms; 0 where ARL I is under 1.

    >>> from benchmarks.detection.changes import CHANGES
    >>> from benchmarks.detection.regimes import CLEAN
    >>> round(bound(Placed(World(CLEAN, 1), CHANGES[3], START)), 3)  # ln(5 * 604800) / 5
    2.984
    """
    nats = information(placed)
    return max(float(np.log(arl * nats)), 0.0) / nats
