"""Thinned events: of the events of a category within a slot of some seconds the first alone counts.

A burst of events that follow one another then counts as one or two. What is expected of a slot in which n events of
all came is 1 - exp(-p n), the probability that a category of share p was among them (of Poisson many, n in the mean;
of exactly n it is 1 - (1 - p)^n, for a rare category nearly the same). Slots are looked at as surges look at seconds.

Memory: 2 KB a category and length of slot, 34 MB at most. Cost: 0.02 µs a category and slot, 0.5 µs a slot in which it
came, next to nothing while a slot goes on. Limits: a slot counts with its end, so up to its length later; a category
that is in nearly every slot shows no rise.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import surge
from rarebird.detect.counts import Counts
from rarebird.detect.shares import Expected

SLOTS: Final = (10, 60)
"""Seconds; each a divisor of a period."""


_DEPTH: Final = 128
"""Slots of each category that are remembered."""


class Thin(NamedTuple):
    """The slot that runs, and what was remembered of those before it."""

    surge: surge.Surge
    clock: NDArray[np.float64]
    """Slots in which each category was expected so far, shape (n,)."""
    there: NDArray[np.bool_]
    """Whether each has come in the slot that runs."""
    total: int
    """Events of all in it."""


class Look(NamedTuple):
    """What some ticks show, and the state behind them but for what `keep` remembers."""

    seen: surge.Look | None
    clock: NDArray[np.float64]
    there: NDArray[np.bool_]
    total: int


def blank() -> Thin:
    """No categories."""
    return Thin(surge.blank(_DEPTH, ones=True), np.zeros(0), np.zeros(0, np.bool_), 0)


def wide(state: Thin, categories: int) -> Thin:
    """The state with room for so many categories."""
    more = categories - len(state.clock)
    return Thin(
        surge.wide(state.surge, categories),
        np.append(state.clock, np.zeros(more)),
        np.append(state.there, np.zeros(more, np.bool_)),
        state.total,
    )


def look(  # noqa: PLR0913, PLR0917 - what was seen, and what is expected
    state: Thin, slot: int, counts: Counts, events: NDArray[np.int64], scale: float, told: Expected
) -> Look:  # fmt: skip
    """What the slots show that end within some ticks of a period.

    `events`: of those that are counted in each tick, of which one stands for `scale` of all.
    """
    first, end = counts.start // slot, counts.start + counts.length
    slots = end // slot - first
    if not slots:
        so_far = state.there.copy()
        so_far[counts.category] = True
        return Look(None, state.clock, so_far, state.total + int(events.sum()))
    number = counts.tick // slot - first
    there = np.zeros((slots + 1, len(state.clock)), np.bool_)
    there[0] = state.there
    there[number, counts.category] = True
    ticks = (counts.start + np.arange(counts.length)) // slot - first
    totals = np.bincount(ticks, weights=events, minlength=slots + 1).astype(np.float64)
    totals[0] += state.total
    running = int(totals[slots])
    totals *= scale
    clocks = _clocks(state, there[:slots], totals[:slots], told.share)
    categories = len(state.clock)
    category, at = np.divmod(np.flatnonzero(there[:slots].T), slots)
    place = at * categories + category
    cells = surge.Cells(
        category.astype(np.int32),
        (first + at) * slot,
        (first + at + 1) * slot - 1 - counts.start,
        np.ones(len(at), np.int64),
        clocks.take(place),
        clocks.take(place + categories),
        np.ones(len(at)),
        told.known[category].astype(np.float32),
    )
    return Look(surge.look(state.surge, cells, told.shape), clocks[-1].copy(), there[slots].copy(), running)


def _clocks(
    state: Thin, there: NDArray[np.bool_], totals: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Slots in which each category was expected before each of some slots and behind the last, shape (slots + 1, n)."""
    clocks = np.empty((len(there) + 1, len(share)))
    clocks[0] = state.clock
    each = np.multiply(-totals[:, None], share, out=clocks[1:])
    np.negative(np.expm1(each, out=each), out=each)
    # Of a category that has never come nothing is expected: when room was made for it is no matter.
    new = np.flatnonzero(state.surge.events[: len(share)] == 0)
    if len(new):
        each[:, new] *= np.logical_or.accumulate(there[:, new], axis=0)
    for at in range(len(there)):
        clocks[at + 1] += clocks[at]
    return clocks


def keep(state: Thin, seen: Look) -> Thin:
    """Remembers what was looked at. Uses the memory of `state`, which must not be used any more."""
    return Thin(surge.keep(state.surge, seen.seen), seen.clock, seen.there, seen.total)
