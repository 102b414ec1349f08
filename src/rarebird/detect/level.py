"""The level of a stream: how many events are expected, from the hour, the weekday and the last hours.

What is expected of a second is profile(time of day) x week(hour of week) x ratio. The profile holds 144 slots of the
day, each the events over the seconds that were counted there, the last days before the earlier ones, smoothed over as
many slots as make about 3,000 events. The week holds 56 factors, drawn towards 1 until weeks speak for them. What was
never counted of the day or the week takes the value of its neighbours. The ratio is what came over what profile and
week expected, forgotten over one of 13 times between three minutes and half a day: of the trackers whose error on the
next five minutes is within 4 % of the best, the slowest. They forget more slowly in hours in which less is expected,
with the square root, as the filter that is best for a level that wanders does (the steady gain of Kalman 1960: memory
is sqrt(noise / (events a second x wander))). Each leans on the next slower one by a few events, so that in a pause
between clumps a fast one falls back on the hours before, and not to nothing. All of it follows the clock on the wall of
a time zone, so a night of daylight saving is no change.

The minutes of an open incident are set aside until it is known whether they are the usual of their hours.

Memory: 5 KB, and 23 KB while an incident is open. Cost: 13 µs a minute, and one smoothing a day. Limits: no profile
before the first day is over, no week before the eighth; months and holidays are not known; an error counts at most 25
times a Poisson count's, so that on fast streams that wander by a third within minutes all trackers look alike, and a
slow one is taken.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.model.clock import DAY, Zone

MINUTE: Final = 60
SLOTS: Final = 144
_SLOT: Final = DAY // SLOTS
MEMORIES: Final = np.array(
    [180.0, 300.0, 480.0, 720.0, 1200.0, 1800.0, 2700.0, 4500.0, 7200.0, 10_800.0, 18_000.0, 27_000.0, 43_200.0]
)
"""Of the trackers, s, in an hour in which as much is expected as in the mean of a day."""
_PACE: Final = 16.0
"""By how much the rate expected of an hour may differ from that mean to count."""
_TRIAL: Final = 300
"""Each tracker is tried on stretches of so many seconds."""
_TRIALS: Final = 144.0
"""Trials that are remembered."""
_FAR: Final = 10.0
_PARTS_KEEP: Final = 0.97
"""Of what was counted of the week, a day later."""
_NEAR: Final = 1.04
"""Of the trackers whose error is within so much of the best the slowest is taken."""
_TINY: Final = 1e-9
"""Instead of nothing where it divides."""
_WORST: Final = 400.0
_DAYS: Final = 0.9
"""A day of the profile counts for so much of the next."""
_SMOOTH: Final = 3000.0
"""Events that a point of the profile should rest on."""
_LEAN: Final = 4.0
"""Events that speak for the last hours being like those that the next slower tracker remembers."""
_ASIDE: Final = DAY // MINUTE
"""Minutes of what is open that are remembered."""
_FIRST_WEEK: Final = 8 * DAY
"""Of what is expected of a part of the week nothing is known on the first day, and then something of each day."""
_WEEKS: Final = 0.7
"""Weeks that speak for all days being alike."""
PARTS: Final = 56
"""Of a week, three hours each."""
_PART: Final = 7 * DAY // PARTS


class Level(NamedTuple):
    """What is known of the level; all in events a second of event time."""

    slot_events: NDArray[np.float64]
    """Events of each slot of the day, forgetting slowly, shape (SLOTS,)."""
    slot_time: NDArray[np.float64]
    """Seconds of each slot that were counted."""
    profile: NDArray[np.float64]
    """Events a second by slot of the day; all 1 before the first day is over."""
    part_events: NDArray[np.float64]
    """Events of each part of the week, shape (PARTS,)."""
    part_expected: NDArray[np.float64]
    """What the profile of the day alone expected of them."""
    week: NDArray[np.float64]
    """Factor of each part of the week."""
    events: NDArray[np.float64]
    """Of each tracker, forgetting, shape (len(MEMORIES),)."""
    expected: NDArray[np.float64]
    """What profile and weekday expected of them."""
    trial: NDArray[np.float64]
    """Events in the trial that runs, and what the hour of the week expected of it."""
    foreseen: NDArray[np.float64]
    """The ratio of each tracker when the trial began."""
    error: NDArray[np.float64]
    trials: float
    chosen: int
    age: int
    """Seconds that it has learned from."""
    aside: NDArray[np.float64] = np.zeros((0, 2))
    """Minutes in which an incident was open: when each began, s, and its events. What they teach is not known yet."""

    @property
    def ratio(self) -> float:
        """The level now over that of profile and weekday; 0 before anything came."""
        return _ratios(self, self.chosen)[0] if self.age else 0.0

    @property
    def support(self) -> float:
        """Events that the ratio rests on, the few at the slower ratio among them; never more than are remembered."""
        return min(float(self.events[self.chosen]) + _LEAN, float(self.events[-1]))


def blank() -> Level:
    """Nothing learned."""
    few = np.zeros(len(MEMORIES))
    slots = np.zeros(SLOTS)
    return Level(
        slots, slots, np.ones(SLOTS), np.zeros(PARTS), np.zeros(PARTS), np.ones(PARTS), few, few, np.zeros(2), few, few,
        0.0, len(MEMORIES) - 1, 0,
    )  # fmt: skip


def expected(level: Level, zone: Zone, time: int) -> float:
    """Events a second that the hour of the week makes expect at an instant, s UTC."""
    local = zone.local(time)
    return _between(level.profile, local % DAY / _SLOT) * _between(level.week, zone.of_week(local) / _PART)


def _between(points: NDArray[np.float64], place: float) -> float:
    """The value at a place on a circle whose points stand in the middle of their places, straight between them."""
    low = math.floor(place - 0.5)
    part = place - 0.5 - low
    count = len(points)
    return float(points[low % count]) * (1 - part) + float(points[(low + 1) % count]) * part


def learn(level: Level, zone: Zone, minute: int, events: float, base: float) -> Level:
    """What is known after one more minute that begins at `minute`, s, of which `base` was expected each second."""
    pace = min(max(base / (float(level.profile.sum()) / SLOTS), 1 / _PACE), _PACE)
    keep = np.exp(-MINUTE * math.sqrt(pace) / MEMORIES)
    level = teach(level, zone, minute, events, base)._replace(
        trial=level.trial + np.array([events, base * MINUTE]),
        events=level.events * keep + events,
        expected=level.expected * keep + base * MINUTE,
        age=level.age + MINUTE,
    )
    if level.age % _TRIAL == 0:
        level = _judged(level)
    return _renewed(level, zone, minute + MINUTE) if level.age % DAY == 0 else level


def teach(level: Level, zone: Zone, minute: int, events: float, base: float) -> Level:
    """What is known of hours and weeks after a minute that says nothing of the last hours: see `learn`."""
    local = zone.local(minute)
    slot, part = local % DAY // _SLOT, zone.of_week(local) // _PART
    factor = _between(level.week, zone.of_week(local) / _PART)
    return level._replace(
        slot_events=_added(level.slot_events, slot, events),
        slot_time=_added(level.slot_time, slot, MINUTE * factor),
        part_events=_added(level.part_events, part, events),
        part_expected=_added(level.part_expected, part, base / factor * MINUTE),
    )


def set_aside(level: Level, minute: int, events: float) -> Level:
    """What is known after a minute of an incident that is open."""
    return level._replace(aside=np.append(level.aside[1 - _ASIDE :], [[minute, events]], axis=0))


def settled(level: Level, zone: Zone, since: int, *, usual: bool) -> Level:
    """What is known once an incident that began `since`, s, is over: its minutes teach their hours if they are usual.

    They do where what changed has stayed, and where it returns at its hour; all else is forgotten.
    """
    minutes = level.aside[level.aside[:, 0] >= since] if usual else level.aside[:0]
    level = level._replace(aside=level.aside[:0])
    for minute, events in minutes.tolist():
        level = teach(level, zone, int(minute), events, expected(level, zone, int(minute)))
    return level


def moved(level: Level, events: float, hour: float, ratio: float, *, whole: bool = True) -> tuple[Level, float]:
    """What is known where the level has changed for good, and by how much what the hour expects changes with it.

    The last minutes brought `events` where the hour expected `hour`; `ratio` was the level before. All that was
    learned of hours and weeks moves along, or it would look as if they differed; not where the stream came or went,
    nor before a day is over, as it may be the hour that differs, nor unless it is the `whole` day that has changed.
    """
    now = events / max(hour, _TINY)
    factor = now / ratio if ratio > 0 else 1.0
    factor = factor if whole and level.age >= DAY and 1 / _FAR < factor < _FAR else 1.0
    count = len(MEMORIES)
    return level._replace(
        slot_events=level.slot_events * factor,
        part_events=level.part_events * factor,
        profile=level.profile * factor,
        events=np.full(count, events),
        expected=np.full(count, max(hour * factor, _TINY)),
        trial=np.zeros(2),
        foreseen=np.full(count, now / factor),
    ), factor


def _ratios(level: Level, first: int = 0) -> list[float]:
    """The ratio of each tracker from one on: what came over what was expected, and a few events at the slower ratio.

    So in a pause of a stream whose events come in clumps a fast tracker falls back on a slower one, and not to nothing.
    """
    ratios: list[float] = []
    slower = float(level.events[-1] / max(float(level.expected[-1]), _TINY))
    pairs = zip(level.events[first:].tolist(), level.expected[first:].tolist(), strict=True)
    for events, expected in reversed(list(pairs)):
        slower *= (events + _LEAN) / (expected * slower + _LEAN)
        ratios.append(slower)
    return ratios[::-1]


def scaled(level: Level, factor: float) -> Level:
    """What is known where all that is expected is so many times what it was."""
    return level._replace(
        slot_events=level.slot_events * factor,
        part_events=level.part_events * factor,
        part_expected=level.part_expected * factor,
        profile=level.profile * factor,
        events=level.events * factor,
        expected=level.expected * factor,
        trial=level.trial * factor,
        aside=level.aside * (1.0, factor),
    )


def _added(column: NDArray[np.float64], at: int, more: float) -> NDArray[np.float64]:
    column = column.copy()
    column[at] += more
    return column


def _judged(level: Level) -> Level:
    """The trial is over: the error of each tracker is that of a Poisson count, squared over its mean."""
    events, base = level.trial
    told = np.maximum(level.foreseen * base, 0.5)
    error = np.minimum((events - told) ** 2 / told, _WORST)
    weight = 1 / min(level.trials + 1, _TRIALS)
    errors = level.error + (error - level.error) * weight
    return level._replace(
        trial=np.zeros(2),
        foreseen=np.array(_ratios(level)),
        error=errors,
        trials=level.trials + 1,
        chosen=int(np.flatnonzero(errors <= _NEAR * errors.min())[-1]),
    )


def _renewed(level: Level, zone: Zone, now: int) -> Level:
    """A day is over: profile and week from all that was counted, and the trackers set to them."""
    before = expected(level, zone, now)
    rate = _smooth(level.slot_events, level.slot_time)
    first = level.age == DAY
    # Before the first profile what was expected is no rate.
    events, told = (np.zeros(PARTS), np.zeros(PARTS)) if first else (level.part_events, level.part_expected)
    level = level._replace(
        slot_events=level.slot_events * _DAYS,
        slot_time=level.slot_time * _DAYS,
        profile=np.maximum(rate, _TINY),
        week=_weekly(events, told, level.age),
        part_events=events * _PARTS_KEEP,
        part_expected=told * _PARTS_KEEP,
    )
    grown = expected(level, zone, now) / before
    return level._replace(expected=level.expected * grown, foreseen=level.foreseen / grown)


def _weekly(events: NDArray[np.float64], told: NDArray[np.float64], age: int) -> NDArray[np.float64]:
    """The factor of each part of the week: what was counted over what the day alone made expect, shrunk towards 1."""
    if age < _FIRST_WEEK:
        return np.ones(PARTS)
    weeks = min(age / (7 * DAY), 4.0)
    ratio = _around(events / np.maximum(told, _TINY), told > 0)
    factor: NDArray[np.float64] = (ratio / ratio.mean() * weeks + _WEEKS) / (weeks + _WEEKS)
    return factor


def _around(values: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The values on a circle, where they are not known those of their neighbours, straight between them."""
    if known.all() or not known.any():
        return values
    places = np.arange(len(values))
    return np.interp(places, places[known], values[known], period=len(values))


def _smooth(events: NDArray[np.float64], time: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rate of each slot over its neighbourhood, as wide as small counts need it: a Gaussian around the clock.

    A slot of which no second was counted takes the rate of the nearest that were.
    """
    width = float(np.clip(_SMOOTH / (2.5 * max(float(events.mean()), _TINY)), 0.6, 9.0))
    away = np.minimum(np.arange(SLOTS), SLOTS - np.arange(SLOTS))
    kernel = np.exp(-0.5 * (away / width) ** 2)
    around = (np.arange(SLOTS)[:, None] - np.arange(SLOTS)) % SLOTS
    mixing = kernel[around]
    rate: NDArray[np.float64] = (mixing @ events) / np.maximum(mixing @ time, _TINY)
    return _around(rate, time > 0)
