"""Absence: a category that comes less often than its share, or not at all, on the clock of events; once a minute.

Of each category the count N over the last 1 to 90 minutes, and since its last event, is held against its share of all
events that came in the same time, M: the total drops out. The evidence is `evidence.changed` with the shape of the
share, where at least five events are missing.

Memory: 1.5 KB a category, of 4,096 at most. Cost: 0.1 ms a minute, and 0.5 µs a category. Limits: a beginning is known
to the minute; a category that makes less than five events in 90 minutes is never missed by its windows, only by the
time since its last event; those beyond the first 4,096 are not missed at all.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.evidence import changed

WINDOWS: Final = np.array([1, 2, 3, 4, 6, 8, 12, 17, 24, 34, 48, 66, 90])
"""Minutes."""
REACH: Final = 90
LITTLE: Final = 5.0
"""Events that have to be missing before a window is looked at: the evidence is less than they are."""
FOLLOWED: Final = 4096
"""Categories beyond these are too rare to be missed within the longest window: they come less than once in it."""


class Absence(NamedTuple):
    """The last minutes of n categories, the newest at the end."""

    events: NDArray[np.int64]
    """Events of each before each minute and before now, shape (n, REACH + 1)."""
    clock: NDArray[np.float64]
    """What was expected of it, in the same places; inf before the first minute that counts."""
    last: NDArray[np.float64]
    """The clock at its last event."""


def blank() -> Absence:
    """No categories."""
    return Absence(np.zeros((0, REACH + 1), np.int64), np.zeros((0, REACH + 1)), np.zeros(0))


def wide(state: Absence, categories: int, clock: NDArray[np.float64], events: NDArray[np.int64]) -> Absence:
    """The state with room for so many categories, at the end of a minute.

    `clock`, `events`: what was expected of each so far and what came. New ones count from now on.
    """
    known, rows = len(state.last), min(categories, FOLLOWED)
    if rows <= known:
        return state
    counted, clocks = np.zeros((rows, REACH + 1), np.int64), np.full((rows, REACH + 1), np.inf)
    counted[:known], clocks[:known] = state.events, state.clock
    counted[known:, -1], clocks[known:, -1] = events[known:rows], clock[known:rows]
    return Absence(counted, clocks, np.append(state.last, clock[known:rows]))


def forget(state: Absence) -> Absence:
    """Windows begin anew."""
    clock = np.full_like(state.clock, np.inf)
    clock[:, -1] = state.clock[:, -1]
    return state._replace(clock=clock, last=np.maximum(state.last, clock[:, -1]))


def broken_off(state: Absence, events: NDArray[np.int64], clock: NDArray[np.float64]) -> Absence:
    """A minute was seen in part only: the windows that began with it begin behind that part.

    `events`, `clock`: what came in that part, and what was expected of each up to its end.
    """
    rows = len(state.last)
    events, clock = events[:rows], clock[:rows]
    counted, clocks = state.events.copy(), state.clock.copy()
    counted[:, -1] += events
    clocks[:, -1] = clock
    return Absence(counted, clocks, np.where(events > 0, clock, state.last))


def step(
    state: Absence, events: NDArray[np.int64], clock: NDArray[np.float64], shape: NDArray[np.float64]
) -> tuple[Absence, NDArray[np.float64], NDArray[np.int64]]:
    """A minute is over: its events, and what was expected up to its end. Each category's evidence, and since when.

    The evidence is in nats, 0 where there are more events than expected; the window in minutes.
    """
    rows = len(state.last)
    events, clock, shape = events[:rows], clock[:rows], shape[:rows]
    counted = np.concatenate((state.events[:, 1:], (state.events[:, -1] + events)[:, None]), axis=1)
    clocks = np.concatenate((state.clock[:, 1:], clock[:, None]), axis=1)
    last = np.where(events > 0, clock, state.last)
    begins = REACH - WINDOWS
    count = counted[:, -1:] - counted[:, begins]
    mean = clock[:, None] - clocks[:, begins]
    count = np.concatenate((count, np.zeros((rows, 1), np.int64)), axis=1)
    mean = np.concatenate((mean, (clock - last)[:, None]), axis=1)
    less = mean - count
    # The evidence is at most (N - M)^2 / N, and of the mean itself; little of it is no matter.
    row, at = np.nonzero((less > LITTLE) & np.isfinite(less))
    nats = np.zeros(mean.shape)
    nats[row, at] = -changed(count[row, at], mean[row, at], shape[row])
    best = nats.argmax(axis=1) if rows else np.zeros(0, np.int64)
    window = np.append(WINDOWS, 0)[best]
    silent = np.flatnonzero(best == len(WINDOWS))
    since = (clocks[silent] >= last[silent, None]) & np.isfinite(clocks[silent])
    window[silent] = np.maximum(REACH - since.argmax(axis=1), 1)
    return Absence(counted, clocks, last), nats[np.arange(rows), best], window
