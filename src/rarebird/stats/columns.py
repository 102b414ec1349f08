"""Columns that grow: one value a category, in step with the table of categories."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)
_CLOSE = 16
"""Up to so many values that are not there for each row."""


def trimmed(column: NDArray[Number]) -> NDArray[Number]:
    """The column without the zeros at its end, which the table of categories has not reached yet.

    >>> trimmed(np.array([3, 0, 4, 0])).tolist()
    [3, 0, 4]
    """
    used = column.nonzero()[0]
    return column[: int(used[-1]) + 1 if len(used) else 0]


def grown(column: NDArray[Number], size: int) -> NDArray[Number]:
    """The column with at least `size` rows, new ones 0; by an eighth at least, so that growing costs little each.

    >>> grown(np.array([3, 4]), 3).tolist()
    [3, 4, 0]
    """
    if size <= len(column):
        return column
    longer = np.zeros(max(size, len(column) * 9 // 8), column.dtype)
    longer[: len(column)] = column
    return longer


def edges(column: NDArray[Number]) -> NDArray[np.int64]:
    """Where each run of equal values begins, and where the last ends: shape (runs + 1,), of a column with rows.

    >>> edges(np.array([7, 7, 5])).tolist()
    [0, 2, 3]
    """
    inner = (column[1:] != column[:-1]).nonzero()[0]
    found = np.zeros(len(inner) + 2, np.int64)
    np.add(inner, 1, out=found[1:-1])
    found[-1] = len(column)
    return found


def running(ends: NDArray[np.int64], events: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums up to each row that begin anew with each run; `ends`: the `edges` of the runs, of one row at least.

    >>> running(edges(np.array([3, 3, 7])), np.array([1, 2, 5])).tolist()
    [1, 3, 5]
    """
    total, first = np.cumsum(events), ends[:-1]
    return total - (total[first] - events[first]).repeat(ends[1:] - first)


def ranked(column: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct values of a column in order, and the place of each of its rows among them.

    Where they lie close together by a table over their span, which takes a tenth of the time of sorting them.

    >>> distinct, place = ranked(np.array([7, 5, 7]))
    >>> distinct.tolist(), place.tolist()
    ([5, 7], [1, 0, 1])
    """
    low = column.min() if len(column) else 0
    if not len(column) or column.max() - low > _CLOSE * len(column):
        return np.unique(column, return_inverse=True)
    offset = column - low
    there = np.zeros(int(offset.max()) + 1, np.bool_)
    there[offset] = True
    return there.nonzero()[0] + low, (np.cumsum(there) - 1)[offset]
