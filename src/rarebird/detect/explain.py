"""Explanations: which categories make up what is told, in events beyond those expected."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.absence import REACH, Absence
from rarebird.detect.finding import Contribution
from rarebird.detect.surge import Surge

NAMED: Final = 8
"""Categories are named at most; the rest is one more contribution."""


def between(kept: Surge, minutes: Absence, begin: int, end: int, now: int) -> NDArray[np.int64]:
    """Events of each category in the seconds [begin, end), shape (n,); `now` is the second that comes next.

    Exact where the seconds in which a category came are remembered; else its count begins with a whole minute.
    """
    total = _before(kept, end) - _before(kept, begin)
    oldest = np.where(np.isfinite(kept.clock[:, 0]), kept.second[:, 0], -1)
    short = np.flatnonzero(oldest[: len(minutes.last)] > begin)
    back = min(max(-(-(now - begin) // 60), 0), REACH)
    held = minutes.events[short, -1] - minutes.events[short, REACH - back]
    total[short] = np.maximum(total[short], held)
    return total


def _before(kept: Surge, second: int) -> NDArray[np.int64]:
    """Events of each category before a second."""
    known = np.isfinite(kept.clock) & (kept.second >= second)
    first = known.argmax(axis=1)
    rows = np.arange(len(first))
    return np.where(known[rows, first], kept.before[rows, first], kept.events)


def contributions(events: NDArray[np.int64], expected: NDArray[np.float64], whole: float) -> tuple[Contribution, ...]:
    """The largest differences by category, and the rest of the whole as one.

    >>> told = contributions(np.array([9, 1, 0]), np.array([2.0, 1.0, 4.0]), 3.0)
    >>> [(one.category, one.events) for one in told]
    [(0, 7.0), (2, -4.0), (None, 0.0)]
    """
    beyond = events - expected
    largest = np.argsort(-np.abs(beyond), kind="stable")[:NAMED]
    named = [Contribution(int(code), float(beyond[code])) for code in largest if abs(beyond[code]) > 1e-9]
    return (*named, Contribution(None, whole - sum(one.events for one in named)))
