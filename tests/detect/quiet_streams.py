"""Streams of few events, in which a level is hard to know: clumps, rows, stamps cut to the minute, bursts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.counts import Counts
from tests.detect.streams import DAY, HOUR, START

MINUTE = 60


class Stream(NamedTuple):
    """Counts, and the stretches [begin, end) in which something truly happens."""

    counts: Counts
    bursts: tuple[tuple[int, int], ...] = ()


def clumps(seed: int, days: int = 14) -> Stream:
    """A log of a server: a job writes two lines an hour, sessions of 3 to 12 lines within a second come by day.

    On the fifth day 60 lines come within 20 minutes.
    """
    draws = np.random.default_rng(seed)
    jobs = np.repeat(np.arange(0, days * DAY, HOUR) + 17 * MINUTE + 1, 2)
    hours = np.arange(days * 24)
    busy = hours[(hours % 24 >= 8) & (hours % 24 < 18) & (draws.random(len(hours)) < 0.63)]
    begins = busy * HOUR + draws.integers(0, HOUR, len(busy))
    sessions = np.repeat(begins, draws.integers(3, 13, len(busy)))
    sessions += draws.random(len(sessions)) < 0.5
    burst = 4 * DAY + 7 * HOUR
    more = burst + draws.integers(0, 20 * MINUTE, 60)
    return Stream(_counts(days, [jobs, np.append(sessions, more)]), ((burst, burst + 20 * MINUTE),))


def rows(seed: int, days: int = 14) -> Stream:
    """Counts by the half hour and nothing else: 140 an hour by day, 10 by night, each in its first second."""
    draws = np.random.default_rng(seed)
    row = np.arange(days * 48)
    mean = 70 * (0.07 + np.maximum(0.0, np.sin((row % 48 / 2 - 6) / 24 * 2 * np.pi)))
    return Stream(_counts(days, [np.repeat(row * 30 * MINUTE, draws.poisson(mean))]))


def minutes(seed: int, days: int = 14) -> Stream:
    """One event a minute from 6 to 22 h, one in ten minutes else, with stamps that are cut to the minute."""
    draws = np.random.default_rng(seed)
    minute = np.arange(days * DAY // MINUTE)
    hour = minute % 1440 / 60
    second = np.repeat(minute * MINUTE, draws.poisson(np.where((hour >= 6) & (hour < 22), 1.0, 0.1)))
    kind = draws.choice(3, len(second), p=(0.5, 1 / 3, 1 / 6))
    return Stream(_counts(days, [second[kind == each] for each in range(3)]))


def bursts(seed: int, days: int = 14) -> Stream:
    """Five lines an hour, and every other day from the fourth on 60 more within 20 minutes."""
    draws = np.random.default_rng(seed)
    usual = np.flatnonzero(draws.random(days * DAY) < 5 / HOUR)
    begins = [day * DAY + int(draws.integers(8 * HOUR, 20 * HOUR)) for day in range(3, days, 2)]
    more = [begin + draws.integers(0, 20 * MINUTE, 60) for begin in begins]
    few = draws.random(len(usual)) < 0.25
    return Stream(
        _counts(days, [np.concatenate((usual[~few], *more)), usual[few]]),
        tuple((begin, begin + 20 * MINUTE) for begin in begins),
    )


def _counts(days: int, seconds: list[NDArray[np.int64]]) -> Counts:
    """The counts of days, from the seconds of each category's events."""
    keys = np.concatenate([np.asarray(each, np.int64) * len(seconds) + code for code, each in enumerate(seconds)])
    key, events = np.unique(keys[keys < days * DAY * len(seconds)], return_counts=True)
    tick, category = np.divmod(key, len(seconds))
    return Counts(START, days * DAY, tick + START, category.astype(np.int32), events.astype(np.int64))
