"""Ticks: closed spans of event time, and the counts of each category in them as cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Cells(NamedTuple):
    """What happened per category and tick, only where something did; m rows, by category and then tick."""

    category: NDArray[np.int32]
    tick: NDArray[np.int64]
    """Number of the tick: event time // length of a tick."""
    events: NDArray[np.int64]
    first: NDArray[np.int64]
    """Event time of the first event, µs UTC."""
    last: NDArray[np.int64]
    """Event time of the last event, µs UTC."""

    def rows(self, wanted: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Cells:
        """The cells at some rows."""
        return Cells(
            self.category[wanted], self.tick[wanted], self.events[wanted], self.first[wanted], self.last[wanted]
        )


NONE: Final = Cells(np.empty(0, np.int32), *(np.empty(0, np.int64) for _ in range(4)))
"""No cells."""


def joined(parts: Sequence[Cells]) -> Cells:
    """The cells of all parts, one after another."""
    if len(parts) == 1:
        return parts[0]
    category, tick, events, first, last = (np.concatenate(column) for column in zip(NONE, *parts, strict=True))
    return Cells(category, tick, events, first, last)


class Ticks(NamedTuple):
    """Events of closed ticks, n rows in order of event time (of arrival where that is equal), and their cells."""

    time: NDArray[np.int64]
    category: NDArray[np.int32]
    cells: Cells
    order: NDArray[np.int64]
    """The rows as the cells hold them: cell by cell, shape (n,)."""
    until: int
    """All ticks before this event time are closed, µs UTC."""


def gather(time: NDArray[np.int64], category: NDArray[np.int32], length: int, until: int) -> Ticks:
    """The ticks of events in any order; `length` of a tick and `until` in µs.

    >>> ticks = gather(np.array([2, 0, 11, 1]), np.array([5, 5, 5, 7], np.int32), 10, 20)
    >>> ticks.cells.category.tolist(), ticks.cells.tick.tolist(), ticks.cells.events.tolist()
    ([5, 5, 7], [0, 1, 0], [2, 1, 1])
    """
    in_time = np.argsort(time, kind="stable")
    time, category = time[in_time], category[in_time]
    tick = time // length
    order = np.argsort(_narrow(category), kind="stable")
    by_category, by_tick = category[order], tick[order]
    starts = np.ones(len(time), np.bool_)
    starts[1:] = (by_category[1:] != by_category[:-1]) | (by_tick[1:] != by_tick[:-1])
    begin = np.flatnonzero(starts)
    end = np.append(begin[1:], len(time))[: len(begin)]
    in_cells = time[order]
    cells = Cells(by_category[begin], by_tick[begin], end - begin, in_cells[begin], in_cells[end - 1])
    return Ticks(time, category, cells, order, until)


def _narrow(category: NDArray[np.int32]) -> NDArray[np.int32] | NDArray[np.uint16]:
    """As 16 bits where they fit: numpy then sorts by radix, five times faster."""
    if len(category) and int(category.max()) < 65_536:
        return category.astype(np.uint16)
    return category
