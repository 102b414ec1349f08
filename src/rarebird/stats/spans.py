"""Spans: closed ticks as seconds of history."""

from __future__ import annotations

import numpy as np

from rarebird.model.history import NONE, Spans
from rarebird.model.ticks import Cells


def spans_of(cells: Cells) -> Spans:
    """A span for each tick in which something happened, oldest first; a tick is a second.

    >>> cells = Cells(*(np.array(column) for column in ([1, 1, 2], [7, 9, 7], [5, 1, 2], [70, 90, 71], [75, 90, 72])))
    >>> [(span.start, span.first, span.last, span.events.tolist()) for span in spans_of(cells).each()]
    [(7, 70, 75, [5, 2]), (9, 90, 90, [1])]
    """
    if not len(cells.tick):
        return NONE
    cells = cells.rows(np.argsort(cells.tick, kind="stable"))
    begin = np.flatnonzero(np.diff(cells.tick, prepend=cells.tick[0] - 1))
    first, last = np.minimum.reduceat(cells.first, begin), np.maximum.reduceat(cells.last, begin)
    ends = np.append(begin[1:], len(cells.tick))
    return Spans(cells.tick[begin], first, last, ends, cells.category, cells.events)
