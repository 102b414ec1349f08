"""The mix of the simulated states: their shares, their time zones, and those that changes are about."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

LARGEST: Final = 0.13
SMALLEST: Final = 0.0003
_ZONES: Final = (0, 1, 2, 2, 2, 1, 2, 3, 2, 1)
"""The zone of each state in turn, by its place in `Regime.zones`: half of the states are Eastern."""


@lru_cache
def shares(categories: int) -> NDArray[np.float64]:
    """Shares from 13 % to 0.03 % that sum to 1, shape (categories,).

    log p falls as (i / (n - 1))^c: c = 1 would be geometric and is what 50 states nearly have (0.92).

    >>> shares(50)[[0, 1, -1]].round(4).tolist()
    [0.13, 0.1099, 0.0003]
    """
    place = np.arange(categories) / (categories - 1)
    fall = np.log(SMALLEST / LARGEST)
    low, high = -10.0, 10.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        total = float(LARGEST * np.exp(fall * place ** np.exp(middle)).sum())
        low, high = (low, middle) if total > 1 else (middle, high)
    found = np.asarray(LARGEST * np.exp(fall * place ** np.exp(low)))
    if abs(found.sum() - 1) > 1e-9:
        raise ValueError(f"expected 9 to 2,000 categories, got {categories}")
    found.setflags(write=False)
    return found


def zones(categories: int) -> NDArray[np.int64]:
    """The time zone of each state, shape (categories,)."""
    return np.resize(np.array(_ZONES, np.int64), categories)


class Cast(NamedTuple):
    """The states that changes are about."""

    large: int
    """13 %."""
    middle: int
    """About 3 %."""
    small: int
    """About 0.3 %."""
    rare: int
    """0.03 %."""
    watched: NDArray[np.int64]
    """Every fifth state from the second largest on, ten of 50; together about 22 %."""


def cast(categories: int) -> Cast:
    """Who plays what.

    >>> round(float(shares(50)[cast(50).watched].sum()), 3)
    0.224
    """
    share = shares(categories)
    middle, small = (int(np.abs(np.log(share / wanted)).argmin()) for wanted in (0.03, 0.003))
    return Cast(0, middle, small, categories - 1, np.arange(1, categories, 5))
