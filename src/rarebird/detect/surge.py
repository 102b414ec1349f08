"""Surges: a category that comes more often than its share, on the clock of events, so that the total drops out.

The evidence for a rise is greatest where a window begins and ends with events of the category. So it is looked for at
each of its events, over the last 1, 2, 3, 4, 6 … of the seconds in which it came.

Of a window the count N is held against M = share x events of all, by `evidence.changed` with the shape of the share.
Cost: 1.2 µs a cell. Limits: a window reaches back over 512 cells of a category, fewer where there are more than 4,096
categories, 16 at 100,000; slots reach further. The window that says most loses a little against all windows.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.counts import Counts
from rarebird.detect.evidence import changed
from rarebird.detect.shares import Expected

BACK: Final = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512])
"""Cells of the category, this one included."""
REACH: Final = 6 * 3600
"""Seconds that are looked back at most: what has lasted longer is told, or is the usual."""
LITTLE: Final = 5.0
"""Nats: less of a window is not looked at."""
_CELLS: Final = 1 << 21
"""Cells that are remembered of all categories together: 32 bytes each, 67 MB at most."""
_LEAST: Final = 16
SIZES: Final = np.array([2, 3, 4, 6, 8, 12, 16, 24, 32, 64])
"""Windows are told apart by their events: each size has a tail of its own, as bursts are bounded."""


SPANS: Final = np.array([40, 120, 400])
"""Seconds: windows are told apart by their length too, as a burst is over within a minute or so."""
CLASSES: Final = (len(SIZES) + 1) * (len(SPANS) + 1)


_AT_ONCE: Final = 512
"""Cells that are looked at together: their windows stay within what malloc does not fetch anew each time."""


class Surge(NamedTuple):
    """The last cells of n categories, the newest at the end."""

    before: NDArray[np.int64]
    """Events of the category before the cell, shape (n, depth)."""
    clock: NDArray[np.float64]
    """Events that were expected of it before the cell; -inf where there was none."""
    ratio: NDArray[np.float64]
    """What the clock has to be taken times in a window that begins with the cell: the share as it was then."""
    second: NDArray[np.int64]
    """The second of the cell."""
    events: NDArray[np.int64]
    """Events of each category so far."""


class Found(NamedTuple):
    """Windows with more events than expected: w of them."""

    cell: NDArray[np.int64]
    """The cell with which the window ends, shape (w,)."""
    kind: NDArray[np.int64]
    """Its class by its events and its length, an index below CLASSES."""
    nats: NDArray[np.float64]
    began: NDArray[np.int64]
    """The second in which it begins."""
    events: NDArray[np.int64]
    expected: NDArray[np.float64]


def blank(depth: int = int(BACK[-1])) -> Surge:
    """No categories; `depth` cells of each are remembered."""
    codes, values = np.zeros((0, depth), np.int64), np.zeros((0, depth))
    return Surge(codes, values, values, codes, np.zeros(0, np.int64))


def wide(state: Surge, categories: int) -> Surge:
    """The state with room for so many categories; each remembers the less the more there are."""
    known, depth = state.before.shape
    if categories <= known:
        return state
    rows = max(64, 1 << (categories - 1).bit_length())
    depth = min(depth, max(_LEAST, _CELLS // rows))
    before, second = np.zeros((rows, depth), np.int64), np.zeros((rows, depth), np.int64)
    clock, ratio = np.full((rows, depth), -np.inf), np.ones((rows, depth))
    before[:known], clock[:known] = state.before[:, -depth:], state.clock[:, -depth:]
    ratio[:known], second[:known] = state.ratio[:, -depth:], state.second[:, -depth:]
    events = np.zeros(rows, np.int64)
    events[:known] = state.events
    return Surge(before, clock, ratio, second, events)


def forget(state: Surge) -> Surge:
    """Windows begin anew. Uses the memory of `state`."""
    state.clock.fill(-np.inf)
    return state


class Cells(NamedTuple):
    """Events of a category within a tick or a longer slot, m rows by category and then time."""

    category: NDArray[np.int32]
    second: NDArray[np.int64]
    """The second with which it begins."""
    place: NDArray[np.int64]
    """The tick with whose end it is complete, counted from the first of the step."""
    events: NDArray[np.int64]
    at: NDArray[np.float64]
    """Events of the category that were expected before it, since any time."""
    until: NDArray[np.float64]
    """Those with it."""
    ratio: NDArray[np.float64]
    """What both have to be taken times, as it is known now."""


class _Rows(NamedTuple):
    """The remembered cells of the touched categories and behind each the new ones, in one column."""

    before: NDArray[np.int64]
    clock: NDArray[np.float64]
    ratio: NDArray[np.float64]
    second: NDArray[np.int64]


class Look(NamedTuple):
    """What some ticks show, and what `keep` needs to remember them."""

    found: Found
    cells: Cells
    touched: NDArray[np.int32]
    events: NDArray[np.int64]
    """New events of each touched category."""
    rows: _Rows
    last: NDArray[np.int64]
    """Places in the rows of what is remembered from now on, shape (touched, depth)."""


def of_ticks(counts: Counts, clock: NDArray[np.float64], total: NDArray[np.int64], told: Expected) -> Cells:
    """The cells of ticks.

    `clock`: events that hour and overall share expect of each so far; `total`: events of all in the period
    before each tick and behind the last, shape (length + 1,).
    """
    order = np.argsort(counts.category, kind="stable")
    category, second = counts.category[order], counts.tick[order]
    tick = second - counts.start
    expected, each = clock[category], told.base[category]
    return Cells(
        category, second, tick, counts.events[order], expected + each * total[tick], expected + each * total[tick + 1],
        told.share[category] / each,
    )  # fmt: skip


def look(state: Surge, cells: Cells, shape: NDArray[np.float64]) -> Look | None:
    """What cells show; None where there are none. `shape`: how sure the share of each category is."""
    if not len(cells.category):
        return None
    category, events = cells.category, cells.events
    opens = np.diff(category, prepend=-1) != 0
    first = np.flatnonzero(opens)
    touched, run = category[first], np.cumsum(opens) - 1
    upto = np.cumsum(events) - events
    before = state.events[category] + upto - upto[first][run]
    depth = state.before.shape[1]
    sizes = np.diff(np.append(first, len(category)))
    starts = np.cumsum(sizes + depth) - sizes - depth
    new = np.arange(len(category)) + depth * (run + 1)
    old = (starts[:, None] + np.arange(depth)).ravel()
    rows = _Rows(
        _filled(old, state.before[touched], new, before),
        _filled(old, state.clock[touched], new, cells.at),
        _filled(old, state.ratio[touched], new, cells.ratio),
        _filled(old, state.second[touched], new, cells.second),
    )
    found = _windows(rows, new, before + events, cells.until, shape[category], depth)
    last = (starts + sizes)[:, None] + np.arange(depth)
    return Look(found, cells, touched, np.add.reduceat(events, first), rows, last)


def _filled(old: NDArray[np.int64], kept: NDArray[Any], new: NDArray[np.int64], added: NDArray[Any]) -> NDArray[Any]:
    column = np.empty(len(old) + len(new), kept.dtype)
    column[old], column[new] = kept.ravel(), added
    return column


def keep(state: Surge, seen: Look | None) -> Surge:
    """Remembers what was looked at. Uses the memory of `state`, which must not be used any more."""
    if seen is None:
        return state
    for kept, column in zip((state.before, state.clock, state.ratio, state.second), seen.rows, strict=True):
        kept[seen.touched] = column.take(seen.last, mode="clip")
    state.events[seen.touched] += seen.events
    return state


def _windows(  # noqa: PLR0913, PLR0917 - the columns
    rows: _Rows, place: NDArray[np.int64], count: NDArray[np.int64], until: NDArray[np.float64],
    shape: NDArray[np.float64], depth: int,
) -> Found:  # fmt: skip
    """All windows that end with the new cells and hold more than expected."""
    back = BACK[depth >= BACK] - 1
    parts = [_near(rows, back, place, count, until, at) for at in range(0, len(place), _AT_ONCE)]
    cell, begin, events, mean = (np.concatenate(column) for column in zip(*parts, strict=True))
    nats = changed(events, mean, shape[cell])
    began = rows.second[begin]
    span = np.searchsorted(SPANS, rows.second[place[cell]] - began)
    kind = np.searchsorted(SIZES, events, side="right") * (len(SPANS) + 1) + span
    return Found(cell, kind, nats, began, events, mean)


def _near(  # noqa: PLR0913, PLR0917 - the columns
    rows: _Rows, back: NDArray[np.int64], place: NDArray[np.int64], count: NDArray[np.int64],
    until: NDArray[np.float64], first: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
    """Of some new cells from one on the windows worth a look: cell, place of its begin, events, those expected."""
    some = slice(first, first + _AT_ONCE)
    begins = place[some, None] - back
    events = count[some, None] - rows.before.take(begins, mode="clip")
    # As the share was known when the window began: so a slow rise is not learned away while it is looked for.
    mean = (until[some, None] - rows.clock.take(begins, mode="clip")) * rows.ratio.take(begins, mode="clip")
    more = events - mean
    # The evidence is at most (N - M)^2 / M, and little of it is no matter.
    at = np.flatnonzero((more > 0) & (more * more > LITTLE * mean))
    cell, begin = at // len(back) + first, begins.ravel()[at]
    near = rows.second[place[cell]] - rows.second[begin] <= REACH
    return cell[near], begin[near], events.ravel()[at][near], np.maximum(mean.ravel()[at], 1e-9)[near]
