"""Surges: a category that comes more often than its share, on the clock of events, so that the total drops out.

The evidence for a rise is greatest where a window begins and ends with events of the category. So it is looked for at
each of its events, over the last 1, 2, 3, 4, 6 … of the seconds in which it came.

Of a window the count N is held against M = share x events of all, by `evidence.changed` with the shape of the share,
which is no surer than the events of the category that were known when the window began.
Cells are remembered in a ring, so the cost is that of the new ones: 0.1 ms a step and 0.7 µs a cell.
Limits: a window reaches back over 512 cells of a category, fewer where there are more than 4,096 categories, 16 at
100,000; slots reach further. The window that says most loses a little against all windows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.counts import Counts
from rarebird.detect.evidence import changed
from rarebird.detect.shares import Expected
from rarebird.stats.columns import Number, edges, running

BACK: Final = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512])
"""Cells of the category, this one included."""
REACH: Final = 6 * 3600
"""Seconds that are looked back at most: what has lasted longer is told, or is the usual."""
LITTLE: Final = 5.0
"""Nats: less of a window is not looked at."""
_CELLS: Final = 1 << 21
"""Cells that are remembered of all categories together: 36 bytes each, 20 where each is one event, 75 MB at most."""
_LEAST: Final = 16
SIZES: Final = np.array([2, 3, 4, 6, 8, 12, 16, 24, 32, 64])
"""Windows are told apart by their events: each size has a tail of its own, as bursts are bounded."""


SPANS: Final = np.array([40, 120, 400])
"""Seconds: windows are told apart by their length too, as a burst is over within a minute or so."""
CLASSES: Final = (len(SIZES) + 1) * (len(SPANS) + 1)


LESS: Final = 0.95
"""Of what was expected since an event no more is taken."""
_CORRECTED: Final = 1 << 16
"""Cells that are corrected together, for the same reason."""
_AT_ONCE: Final = 9216
"""Windows that are looked at together: they stay within what malloc does not fetch anew each time."""


class Surge(NamedTuple):
    """The last cells of n categories: that which has k before it stands at place k % depth, depth a power of two."""

    clock: NDArray[np.float64]
    """Events that were expected of the category before the cell; -inf where there was none, shape (n, depth)."""
    second: NDArray[np.int64]
    """The second of the cell."""
    known: NDArray[np.float32]
    """Events that the share rested on then."""
    before: NDArray[np.int64] | None
    """Events of the category before the cell; None where each cell counts as one."""
    ratio: NDArray[np.float64] | None
    """What the clock has to be taken times in a window that begins with the cell: the share as it was then.

    None where that is always 1."""
    cells: NDArray[np.int64]
    """Cells of each category so far, shape (n,)."""
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
    shape: NDArray[np.float64]
    """How sure that is."""


def blank(depth: int = int(BACK[-1]), *, ones: bool = False) -> Surge:
    """No categories; `depth` cells of each are remembered. `ones`: each is one event, and its clock is as it counts."""
    codes, values, none = np.zeros((0, depth), np.int64), np.zeros((0, depth)), np.zeros(0, np.int64)
    return Surge(
        values, codes, values.astype(np.float32), None if ones else codes, None if ones else values, none, none
    )


def wide(state: Surge, categories: int) -> Surge:
    """The state with room for so many categories; each remembers the less the more there are."""
    known, kept = state.clock.shape
    if categories <= known:
        return state
    rows = max(64, 1 << (categories - 1).bit_length())
    depth = min(kept, max(_LEAST, _CELLS // rows))
    newest = state.cells[:, None] - np.arange(1, depth + 1)
    row, old, new = np.arange(known)[:, None], newest & (kept - 1), newest & (depth - 1)

    def wider(column: NDArray[Number], fill: float) -> NDArray[Number]:
        found = np.full((rows, depth), fill, column.dtype)
        found[row, new] = column[row, old]
        return found

    cells, events = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    cells[:known], events[:known] = state.cells, state.events
    return Surge(
        wider(state.clock, -np.inf),
        wider(state.second, 0),
        wider(state.known, 0),
        None if state.before is None else wider(state.before, 0),
        None if state.ratio is None else wider(state.ratio, 1),
        cells,
        events,
    )


def before(state: Surge, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Events of some categories before each cell that is remembered, shape (rows, depth)."""
    if state.before is not None:
        return state.before[rows]
    last, depth = state.cells[rows, None] - 1, state.clock.shape[1]
    number: NDArray[np.int64] = last - ((last - np.arange(depth)) & (depth - 1))
    return number


def forget(state: Surge, categories: Sequence[int] | None = None) -> Surge:
    """Windows begin anew, of some categories or of all. Uses the memory of `state`."""
    state.clock[slice(None) if categories is None else list(categories)] = -np.inf
    return state


def last(state: Surge) -> NDArray[np.int64]:
    """The second of the last cell of each category, 0 where there was none."""
    place = (state.cells - 1) & (state.clock.shape[1] - 1)
    return np.where(state.cells > 0, state.second[np.arange(len(place)), place], 0)


def since(state: Surge, category: int, start: int, now: int) -> NDArray[np.int64]:
    """Events of a category from a second on before each of [start, now], as far as they are remembered."""
    there = np.isfinite(state.clock[category]) & (state.second[category] >= start)
    second, count = state.second[category][there], before(state, np.array([category]))[0][there]
    order = np.argsort(count)
    events = np.diff(count[order], append=state.events[category])
    found = np.zeros(now - start + 1, np.int64)
    np.add.at(found, second[order] - start + 1, events)
    return np.cumsum(found)


def corrected(
    state: Surge, now: NDArray[np.float64], less: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    share: NDArray[np.float64],
) -> None:  # fmt: skip
    """Takes from what was expected of each category since each of its cells its share of what is less since then.

    `now`: what was expected of each up to now, shape (n,). Uses the memory of `state`.
    """
    some = max(1, _CORRECTED // state.clock.shape[1])
    for at in range(0, len(now), some):
        rows = slice(at, min(at + some, len(now)))
        kept = state.clock[rows]
        kept += np.minimum(share[rows, None] * less(state.second[rows]), LESS * (now[rows, None] - kept))


def moved(state: Surge, now: NDArray[np.float64], factor: NDArray[np.float64]) -> None:
    """Shares are so many times what they were, of which hour and overall know nothing: so for windows of before, too.

    `now`: what was expected of each up to now, shape (n,). Uses the memory of `state`.
    """
    if state.ratio is not None:
        kept = state.clock[: len(now)]
        kept[:] = now[:, None] - (now[:, None] - kept) / factor[:, None]
        state.ratio[: len(now)] *= factor[:, None]


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
    known: NDArray[np.float32]
    """Events that the share rests on."""


class _New(NamedTuple):
    """Where new cells stand among those of their category, m rows."""

    before: NDArray[np.int64]
    """Events of the category before the cell."""
    upto: NDArray[np.int64]
    """Those with it."""
    number: NDArray[np.int64]
    """Cells of the category before it."""
    nth: NDArray[np.int64]
    """How many of them are new."""
    row: NDArray[np.int64]
    """Where the cells of the category begin among those of all."""


class Look(NamedTuple):
    """What some ticks show, and what `keep` needs to remember them."""

    found: Found
    cells: Cells
    new: _New
    last: NDArray[np.int64]
    """The last cell of each category that came."""


def of_ticks(counts: Counts, clock: NDArray[np.float64], total: NDArray[Any], told: Expected) -> Cells:
    """The cells of ticks.

    `clock`: events that hour and overall share expect of each so far; `total`: events of all since then, before each
    tick and behind the last, shape (length + 1,).
    """
    order = np.argsort(counts.category, kind="stable")
    category, second = counts.category[order], counts.tick[order]
    tick = second - counts.start
    expected, each = clock[category], told.base[category]
    return Cells(
        category, second, tick, counts.events[order], expected + each * total[tick], expected + each * total[tick + 1],
        told.share[category] / each, told.known[category].astype(np.float32),
    )  # fmt: skip


def look(state: Surge, cells: Cells, shape: NDArray[np.float64]) -> Look | None:
    """What cells show; None where there are none. `shape`: how sure the share of each category is."""
    category, events = cells.category, cells.events
    if not len(category):
        return None
    ends = edges(category)
    first = ends[:-1]
    touched, sizes = category[first], ends[1:] - first
    upto = running(ends, events) + state.events[touched].repeat(sizes)
    nth = np.arange(len(category)) - first.repeat(sizes)
    number = state.cells[touched].repeat(sizes) + nth
    row = category.astype(np.int64) * state.clock.shape[1]
    new = _New(upto - events, upto, number, nth, row)
    found = _windows(state, cells, new, shape)
    return Look(found, cells, new, ends[1:] - 1)


def among(seen: Look, own: NDArray[np.float64]) -> Look:
    """What is seen where the events of a category count among those of all by which it is judged.

    `own`: its share where they were not counted, else 0, shape (n,).
    """
    found = seen.found
    share = own[seen.cells.category[found.cell]]
    mean = found.expected * (1 - share) + found.events * share
    return seen._replace(found=found._replace(expected=mean, nats=changed(found.events, mean, found.shape)))


def only(seen: Look, wanted: NDArray[np.bool_]) -> Look:
    """What is seen of the categories that are wanted, shape (n,)."""
    found = seen.found
    rows = wanted[seen.cells.category[found.cell]]
    return seen._replace(
        found=Found(
            found.cell[rows], found.kind[rows], found.nats[rows], found.began[rows], found.events[rows],
            found.expected[rows], found.shape[rows],
        )
    )  # fmt: skip


def keep(state: Surge, seen: Look | None) -> Surge:
    """Remembers what was looked at. Uses the memory of `state`, which must not be used any more."""
    if seen is None:
        return state
    cells, new, last, depth = seen.cells, seen.new, seen.last, state.clock.shape[1]
    newest: slice | NDArray[np.int64] = slice(None)
    if new.nth.max() >= depth:
        newest = np.flatnonzero(new.number[last].repeat(new.nth[last] + 1) - new.number < depth)
    place = (new.row + (new.number & (depth - 1)))[newest]
    rings: list[tuple[NDArray[Any] | None, NDArray[Any]]] = [
        (state.clock, cells.at), (state.second, cells.second), (state.known, cells.known),
        (state.before, new.before), (state.ratio, cells.ratio),
    ]  # fmt: skip
    for kept, column in rings:
        if kept is not None:
            kept.reshape(-1)[place] = column[newest]
    category = cells.category[last]
    state.cells[category], state.events[category] = new.number[last] + 1, new.upto[last]
    return state


def _windows(state: Surge, cells: Cells, new: _New, shape: NDArray[np.float64]) -> Found:
    """All windows that end with the new cells and hold more than expected."""
    back = BACK[state.clock.shape[1] >= BACK] - 1
    some = _AT_ONCE // len(back)
    parts = [_near(state, cells, new, back, slice(at, at + some)) for at in range(0, len(new.nth), some)]
    cell, began, events, mean, known = (np.concatenate(column) for column in zip(*parts, strict=True))
    # A share is no surer than what it rested on when the window began.
    sure = np.minimum(shape[cells.category[cell]], known)
    nats = changed(events, mean, sure)
    span = np.searchsorted(SPANS, cells.second[cell] - began)
    kind = np.searchsorted(SIZES, events, side="right") * (len(SPANS) + 1) + span
    return Found(cell, kind, nats, began, events, mean, sure)


def _near(
    state: Surge, cells: Cells, new: _New, back: NDArray[np.int64], some: slice
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Of some new cells the windows worth a look: cell, second of its begin, events, those expected, known."""
    depth = state.clock.shape[1]
    place = new.number[some] - back[:, None]
    place &= depth - 1
    place += new.row[some]
    # The shortest windows begin with new cells: those are not remembered yet.
    nth, short = new.nth[some], slice(int(back.searchsorted(new.nth[some].max(), side="right")))
    inside = nth >= back[short, None]
    begin = (np.arange(some.start, some.start + len(nth)) - back[short, None])[inside]

    def at_begin(kept: NDArray[Number], added: NDArray[Number]) -> NDArray[Number]:
        column = kept.take(place, mode="clip")
        column[short][inside] = added[begin]
        return column

    mean = cells.until[some] - at_begin(state.clock, cells.at)
    if state.ratio is not None:
        # As the share was known when the window began: so a slow rise is not learned away while it is looked for.
        mean *= at_begin(state.ratio, cells.ratio)
    events = back[:, None] + 1
    # The evidence is at most (N - M)^2 / M, and little of it is no matter. A window of k cells holds k events or more.
    least = np.sqrt(LITTLE * (events + LITTLE / 4)) - LITTLE / 2
    if state.before is not None:
        events = new.upto[some] - at_begin(state.before, new.before)
    window, cell = np.divmod(np.flatnonzero(events - mean > least), len(nth))
    order = np.argsort(cell, kind="stable")
    window, cell = window[order], cell[order]
    events, mean, far = np.broadcast_to(events, mean.shape)[window, cell], mean[window, cell], back[window]
    recent, there, is_new = cell + some.start - far, place[window, cell], nth[cell] >= far
    began = np.where(is_new, cells.second.take(recent, mode="clip"), state.second.take(there))
    cell += some.start
    near = (events - mean > np.sqrt(LITTLE * mean)) & (cells.second[cell] - began <= REACH)
    known = np.where(is_new, cells.known[cell], state.known.take(there)).astype(np.float64)
    return cell[near], began[near], events[near], np.maximum(mean[near], 1e-9), known[near]
