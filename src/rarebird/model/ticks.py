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


def summed(cells: Cells) -> Cells:
    """The same events with one cell for each category and tick, by category and then tick.

    >>> summed(Cells(*(np.array(column) for column in ([2, 1, 2], [7, 7, 7], [1, 4, 2], [5, 1, 3], [5, 6, 8])))).events
    array([4, 3])
    """
    if not len(cells.tick):
        return cells
    cells = cells.rows(np.lexsort((cells.tick, cells.category)))
    first = np.ones(len(cells.tick), np.bool_)
    first[1:] = (np.diff(cells.category) != 0) | (np.diff(cells.tick) != 0)
    begin = first.nonzero()[0]
    return Cells(
        cells.category[begin],
        cells.tick[begin],
        np.add.reduceat(cells.events, begin),
        np.minimum.reduceat(cells.first, begin),
        np.maximum.reduceat(cells.last, begin),
    )


class Ticks(NamedTuple):
    """Events of closed ticks, n rows in order of event time (of arrival where that is equal), and their cells."""

    time: NDArray[np.int64]
    category: NDArray[np.int32]
    cells: Cells
    order: NDArray[np.int64]
    """The rows as the cells hold them: cell by cell, shape (n,)."""
    until: int
    """All ticks before this event time are closed, µs UTC."""
