"""Draws: what is random about messages, as columns. Their text follows from these numbers alone."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.model.instant import SECOND

MILLISECOND: Final = 1_000
WEEK: Final = 7 * 86_400 * SECOND

FRESH: Final = 0.844
"""Share of messages whose `mtime` has milliseconds; they come almost in order."""
OLD: Final = 0.015
"""Share of messages that are hours to months old."""
ECHO: Final = 1 - FRESH - OLD
"""Share of messages that repeat an earlier one some 4 s later, with `mtime` rounded to the second."""
LATE: Final = 0.015
"""Share of the fresh that are stamped before their forerunner."""
LATEST_S: Final = 0.27
REVISED: Final = 0.046
"""Share of the fresh that change an earlier answer: same `rsvp_id`, another response or number of guests."""
HORIZON: Final = 30 * SECOND
"""A repeat or a changed answer comes at most so long after its original."""
_SOONEST = SECOND // 2
"""A repeat comes no earlier than half a second after its original, so that no `mtime` lies ahead of its arrival."""
_ECHO_MEDIAN_S, _ECHO_SIGMA = 4.0, 1.0
_REVISE_MEDIAN_S, _REVISE_SIGMA = 12.0, 0.7
_AGE_MEDIAN_S, _AGE_SIGMA, _AGE_LEAST_S, _AGE_MOST_S = 36 * 3_600.0, 1.3, 3_600.0, 120 * 86_400.0
_YES = 0.77
_GUESTS = (0.93, 0.978, 0.991, 0.996)
"""How many bring at most 0, 1, 2, 3 guests; the rest bring 4."""
_AHEAD = 2.2
"""Mean weeks from an answer to its event, less one."""
_BRINGS = 0.45
"""Share of the changed answers that change the guests, not the response."""
_WHOSE = ("place", "group", "week", "member", "rsvp")
_MEMBERS = 200_000_000


class Draws(NamedTuple):
    """Messages as columns, one row each."""

    arrival: NDArray[np.int64]
    """When the server sends it, µs UTC."""
    mtime: NDArray[np.int64]
    """µs UTC, whole milliseconds, never after the arrival."""
    place: NDArray[np.int16]
    """Index into `places.PLACES`."""
    group: NDArray[np.float32]
    """Which of the place's groups, 0 to 1."""
    week: NDArray[np.int32]
    """The week of the event, counted from 1970."""
    member: NDArray[np.int32]
    rsvp: NDArray[np.int64]
    yes: NDArray[np.bool_]
    guests: NDArray[np.int8]
    echo: NDArray[np.int64]
    """When the server sends it again, µs UTC; 0 for never."""
    revises: NDArray[np.int64]
    """The instant, µs UTC, whose answer this one changes; 0 for none."""


def take(draws: Draws, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Draws:
    """Some rows of the columns, by mask, index or slice."""
    return Draws._make(column[rows] for column in draws)


def join(parts: list[Draws]) -> Draws:
    """Several columns one after another."""
    return parts[0] if len(parts) == 1 else Draws._make(map(np.concatenate, zip(*parts, strict=True)))


def in_order(draws: Draws) -> Draws:
    """The rows by arrival; rows of the same instant stay as they are."""
    return take(draws, np.argsort(draws.arrival, kind="stable"))


def draw(random: np.random.Generator, begin: int, length: int, rates: NDArray[np.float64], first_id: int) -> Draws:
    """Messages that arrive in [begin, begin + length), without the repeats that they cause; `rates` a second by place.

    The rates hold for all messages, repeats included; within the stretch they are constant.
    """
    total = float(rates.sum()) * (FRESH + OLD)
    count = int(random.poisson(total * length / SECOND))
    arrival = begin + np.sort(random.integers(0, length, count))
    pick, kind, early, echo, spread, group, ahead, member, yes, guests = random.random((10, count))
    bell = random.standard_normal(count)
    cumulated = np.cumsum(rates)
    old = kind < OLD / (FRESH + OLD)
    revises = (kind > 1 - REVISED) & ~old
    return Draws(
        arrival=arrival,
        mtime=np.where(old, _stamped_old(arrival, bell), _stamped_fresh(arrival, early, total)),
        place=np.searchsorted(cumulated[:-1], pick * cumulated[-1], side="right").astype(np.int16),
        group=(group * group).astype(np.float32),
        week=(arrival // WEEK + 1 - (_AHEAD * np.log1p(-ahead)).astype(np.int64)).astype(np.int32),
        member=1 + (member * _MEMBERS).astype(np.int32),
        rsvp=first_id + np.arange(count),
        yes=yes < _YES,
        guests=np.searchsorted(_GUESTS, guests, side="right").astype(np.int8),
        echo=np.where((echo < ECHO / FRESH) & ~old, arrival + _lag(bell, _ECHO_MEDIAN_S, _ECHO_SIGMA, spread), 0),
        revises=np.where(revises, arrival - _lag(bell, _REVISE_MEDIAN_S, _REVISE_SIGMA, spread), 0),
    )


def revise(draws: Draws, rows: NDArray[np.intp], source: Draws) -> Draws:
    """The answers of `source` given anew in `rows`: mostly the other answer, else with one more guest."""
    columns = {name: getattr(draws, name).copy() for name in (*_WHOSE, "yes", "guests")}
    for name in _WHOSE:
        columns[name][rows] = getattr(source, name)
    brings = draws.group[rows] < _BRINGS**2
    columns["yes"][rows] = source.yes ^ ~brings
    columns["guests"][rows] = source.guests + brings
    return draws._replace(**columns)


def _lag(bell: NDArray[np.float64], median_s: float, sigma: float, spread: NDArray[np.float64]) -> NDArray[np.int64]:
    """Log-normal delays in µs; those beyond the horizon are spread evenly over it."""
    lag = (median_s * SECOND * np.exp(sigma * bell)).astype(np.int64)
    lag = np.where(lag >= HORIZON, (spread * HORIZON).astype(np.int64), lag)
    return np.maximum(lag, _SOONEST)


def _stamped_fresh(arrival: NDArray[np.int64], early: NDArray[np.float64], rate: float) -> NDArray[np.int64]:
    """`mtime` is the arrival, but a few stand up to 0.27 s before their forerunner, at any rate."""
    chance = min(1.0, LATE / -np.expm1(-rate * LATEST_S)) if rate else 0.0
    before = np.concatenate([arrival[:1], arrival[:-1]])
    late = (early < chance) & (arrival - before < LATEST_S * SECOND)
    late[:1] = False
    behind = 2 * MILLISECOND + (early * ((LATEST_S * SECOND - 3 * MILLISECOND) / (chance or 1.0))).astype(np.int64)
    stamp = np.where(late, before - behind, arrival)
    return np.asarray(stamp // MILLISECOND * MILLISECOND)


def _stamped_old(arrival: NDArray[np.int64], bell: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole seconds, hours to months ago."""
    age = np.clip(_AGE_MEDIAN_S * np.exp(_AGE_SIGMA * bell), _AGE_LEAST_S, _AGE_MOST_S)
    return np.asarray((arrival - (age * SECOND).astype(np.int64)) // SECOND * SECOND)
