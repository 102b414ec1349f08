"""Explanations: which categories make up what is told, in events beyond those expected.

Cost: only at an alarm, a look at the cells of the categories that have come since.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import surge
from rarebird.detect.absence import REACH, Absence
from rarebird.detect.finding import Contribution

NAMED: Final = 8
"""Categories are named at most; the rest is one more contribution."""
_MOST: Final = np.iinfo(np.int64).max


def between(kept: surge.Surge, minutes: Absence, begin: int, now: int) -> NDArray[np.int64]:
    """Events of each category in the seconds [begin, now), shape (n,); `now` is the second that comes next.

    Exact where the seconds in which a category came are remembered; else its count begins with the minute of `begin`,
    as far as minutes are remembered.
    """
    total = np.zeros(len(kept.events), np.int64)
    rows = np.flatnonzero(surge.last(kept) >= begin // 60 * 60)
    events = kept.events[rows]
    before = np.where(np.isfinite(kept.clock[rows]), surge.before(kept, rows), _MOST)
    oldest, first = before.min(axis=1), np.where(kept.second[rows] >= begin, before, _MOST).min(axis=1)
    total[rows] = events - np.minimum(first, events)
    # Events before the oldest cell that is remembered may lie in the window too.
    unsure = np.where(oldest < _MOST, (oldest > 0) & (first == oldest), events > 0)
    short = rows[unsure & (rows < len(minutes.last))]
    back = min(now // 60 - begin // 60, REACH)
    total[short] = np.maximum(total[short], kept.events[short] - minutes.events[short, REACH - back])
    return total


def contributions(events: NDArray[np.int64], expected: NDArray[np.float64], whole: float) -> tuple[Contribution, ...]:
    """The largest differences by category, and the rest of the whole as one.

    >>> told = contributions(np.array([9, 1, 0]), np.array([2.0, 1.0, 4.0]), 3.0)
    >>> [(one.category, one.events) for one in told]
    [(0, 7.0), (2, -4.0), (None, 0.0)]
    """
    beyond = events - expected
    size = np.abs(beyond)
    least = np.partition(size, -NAMED)[-NAMED] if len(size) > NAMED else 0.0
    rows = np.flatnonzero(size >= least)
    largest = rows[np.argsort(-size[rows], kind="stable")[:NAMED]]
    named = [Contribution(int(code), float(beyond[code])) for code in largest if abs(beyond[code]) > 1e-9]
    return (*named, Contribution(None, whole - sum(one.events for one in named)))
