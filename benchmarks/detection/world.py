"""Worlds: a regime and a seed, and from them the true intensity and the events of any stretch of time.

Intensities are constant within a minute, so what the detector that knows everything is told is exactly what the events
were drawn from. Each day is drawn from its own seed, so a stretch does not depend on what was asked for before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from benchmarks.detection import rhythm
from benchmarks.detection.counts import count, end_of, pieces
from benchmarks.detection.mix import shares, zones
from benchmarks.detection.regimes import DAY, START, WEEK, Regime
from rarebird.detect.counts import Counts

_LONGEST: Final = 80
"""Weeks for which a level is drawn."""


class Events(NamedTuple):
    """Events in any order, n rows."""

    tick: NDArray[np.int64]
    category: NDArray[np.int32]
    coin: NDArray[np.float32]
    """Uniform, the same for an event and all that follow it: what a fall of the rate keeps is below its factor."""

    def rows(self, wanted: NDArray[np.bool_]) -> Events:
        """The events at some rows."""
        return Events(self.tick[wanted], self.category[wanted], self.coin[wanted])

    def within(self, start: int, end: int) -> Events:
        """The events of the ticks [start, end)."""
        return self.rows((self.tick >= start) & (self.tick < end))

    def counts(self, start: int, end: int) -> Counts:
        """The counts of the ticks [start, end)."""
        found = self.within(start, end)
        return count(found.tick, found.category, start, end)


class World(NamedTuple):
    """All that is random comes from the seed."""

    regime: Regime
    seed: int

    @property
    def categories(self) -> int:
        """How many states there are."""
        return self.regime.categories

    def intensity(self, minute: NDArray[np.int64]) -> NDArray[np.float64]:
        """Events a second of each category in minutes since 1970, shape (minutes, categories)."""
        level = self.regime.rate * self._level(minute)
        return np.asarray(level[:, None] * self._season(minute))

    def shares(self, minute: NDArray[np.int64]) -> NDArray[np.float64]:
        """The mix in minutes since 1970, shape (minutes, categories)."""
        season = self._season(minute)
        return np.asarray(season / season.sum(axis=1, keepdims=True))

    def usual(self, minute: NDArray[np.int64]) -> NDArray[np.float64]:
        """Events a second of all categories if the level were 1: the season and nothing else, shape (minutes,)."""
        return np.asarray(self.regime.rate * self._season(minute).sum(axis=1))

    def events(self, start: int, end: int) -> Events:
        """The events of the ticks [start, end), in any order."""
        parts = [_day(self, day) for day in range((start - START) // DAY - 1, (end - 1 - START) // DAY + 1) if day >= 0]
        return joined(parts).within(start, end)

    def counts(self, start: int, end: int) -> Counts:
        """The counts of the ticks [start, end)."""
        return self.events(start, end).counts(start, end)

    def blocks(self, start: int, end: int, length: int = DAY) -> Iterator[Counts]:
        """The counts of [start, end) in stretches of a length that divides a day, the last one shorter."""
        while start < end:
            day = self.counts(start, min(end, START + ((start - START) // DAY + 1) * DAY))
            yield from pieces(day, length)
            start = end_of(day)

    def _season(self, minute: NDArray[np.int64]) -> NDArray[np.float64]:
        share = shares(self.categories)
        if not self.regime.season:
            return np.broadcast_to(share, (len(minute), self.categories))
        curves = np.stack([rhythm.bookings(zone, minute) for zone in self.regime.zones], axis=1)
        return np.asarray(share * curves[:, zones(self.categories)])

    def _level(self, minute: NDArray[np.int64]) -> NDArray[np.float64]:
        since = minute - START // 60
        return np.asarray(_wander(self)[since] * np.exp(self.regime.growth * since / (WEEK // 60)))


def minutes(start: int, end: int) -> NDArray[np.int64]:
    """The minutes since 1970 that [start, end) touches."""
    return np.arange(start // 60, (end - 1) // 60 + 1)


def joined(parts: Sequence[Events]) -> Events:
    """The events of all parts."""
    return Events(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def scatter(rng: np.random.Generator, regime: Regime, rate: NDArray[np.float64], start: int, end: int) -> Events:
    """Events that begin in [start, end), and those that follow them, if later.

    The intensity is in events a second, shape (minutes, categories), for each minute that the stretch touches.
    """
    if regime.followers:
        rate = rate * (1 - regime.followers)
    number = rng.poisson(60 * rate)
    category = np.repeat(np.tile(np.arange(rate.shape[1], dtype=np.int32), len(rate)), number.ravel())
    minute = start // 60 + np.repeat(np.arange(len(rate)), number.sum(axis=1))
    time = 60 * (minute + rng.random(len(minute)))
    inside = (time >= start) & (time < end)
    time, category = time[inside], category[inside]
    coin = rng.random(len(category), np.float32)
    leader = np.repeat(np.arange(len(time)), _groups(rng, regime, len(time)))
    later = time[leader] + rng.exponential(regime.delay, len(leader))
    return Events(
        np.concatenate((time, later)).astype(np.int64),
        np.concatenate((category, category[leader])),
        np.concatenate((coin, coin[leader])),
    )


def _groups(rng: np.random.Generator, regime: Regime, leaders: int) -> NDArray[np.int64]:
    """How many follow each event: none for most, else at least one, geometric with mean `group` - 1."""
    if not regime.followers:
        return np.zeros(leaders, np.int64)
    mean = regime.group - 1
    followed = regime.followers / (1 - regime.followers) / mean
    return np.where(rng.random(leaders) < followed, rng.geometric(1 / mean, leaders), 0)


@lru_cache(maxsize=4)
def _day(world: World, day: int) -> Events:
    """The events that begin on a day, counted from the start, and those that follow them, if later."""
    start, end = START + day * DAY, START + (day + 1) * DAY
    return scatter(
        np.random.default_rng((world.seed, day)), world.regime, world.intensity(minutes(start, end)), start, end
    )


@lru_cache(maxsize=16)
def _wander(world: World) -> NDArray[np.float64]:
    """The wandering level by the minute, mean 1: its log is an Ornstein-Uhlenbeck process."""
    spread, kept = world.regime.wander, np.exp(-60 / world.regime.wander_time)
    noise = np.random.default_rng((world.seed, 2**40)).normal(0, spread, _LONGEST * WEEK // 60)
    noise[1:] *= np.sqrt(1 - kept**2)
    log = lfilter([1.0], [1.0, -kept], noise) if spread else noise
    return np.asarray(np.exp(log - spread**2 / 2))
