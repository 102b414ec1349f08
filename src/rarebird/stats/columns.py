"""Columns that grow: one value a category, in step with the table of categories."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)


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
