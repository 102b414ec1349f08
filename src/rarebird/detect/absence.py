"""Absence: a category that comes less often than its share, or not at all, on the clock of events; once a minute.

Of each category the count N over the last 1 to 90 minutes, and since its last event, is held against its share of all
events that came in the same time, M: the total drops out. The evidence is `evidence.changed` with the shape of the
share, where at least five events are missing.

Memory: 1.5 KB a category, of 4,096 at most. Cost: 0.2 ms a step, and 0.5 µs a category and minute. Limits: a beginning
is known to the minute; a category that makes less than five events in 90 minutes is never missed by its windows, only
by the time since its last event; those beyond the first 4,096 are not missed at all.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def forget(state: Absence, categories: Sequence[int] | None = None) -> Absence:
    """Windows begin anew, of some categories or of all."""
    rows = np.arange(len(state.last)) if categories is None else np.array(categories, np.int64)
    rows = rows[rows < len(state.last)]
    clock, last = state.clock.copy(), state.last.copy()
    clock[rows, :-1] = np.inf
    last[rows] = np.maximum(last[rows], clock[rows, -1])
    return state._replace(clock=clock, last=last)


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
    """Some minutes are over: their events, and what was expected up to the end of each, shape (minutes, n).

    Each category's evidence at the end of each, nats, 0 where there are more events than expected; and the window that
    says it, minutes.
    """
    rows, minutes = len(state.last), len(events)
    events, clock = events[:, :rows].T, clock[:, :rows].T
    counted = np.concatenate((state.events, state.events[:, -1:] + np.cumsum(events, axis=1)), axis=1)
    clocks = np.concatenate((state.clock, clock), axis=1)
    last = np.maximum.accumulate(np.where(events > 0, clock, state.last[:, None]), axis=1)
    ends = REACH + 1 + np.arange(minutes)
    begins = ends[:, None] - WINDOWS
    # The last window is the time since the last event.
    count = np.zeros((rows, minutes, len(WINDOWS) + 1), np.int64)
    np.subtract(counted[:, ends, None], counted[:, begins], out=count[..., :-1])
    mean = np.empty(count.shape)
    np.subtract(clock[..., None], clocks[:, begins], out=mean[..., :-1])
    np.subtract(clock, last, out=mean[..., -1])
    less = mean - count
    # The evidence is at most (N - M)^2 / N, and of the mean itself; little of it is no matter.
    at = np.flatnonzero((less > LITTLE) & (less < np.inf))
    nats = np.zeros(mean.shape)
    nats.ravel()[at] = -changed(count.ravel()[at], mean.ravel()[at], shape[at // (minutes * mean.shape[2])])
    best = nats.argmax(axis=2)
    window = np.append(WINDOWS, 0)[best]
    row, minute = np.nonzero(best == len(WINDOWS))
    seen = clocks[row[:, None], minute[:, None] + np.arange(1, REACH + 2)]
    since = (seen >= last[row, minute, None]) & np.isfinite(seen)
    window[row, minute] = np.maximum(REACH - since.argmax(axis=1), 1)
    return Absence(counted[:, minutes:], clocks[:, minutes:], last[:, -1]), nats.max(axis=2).T, window.T
