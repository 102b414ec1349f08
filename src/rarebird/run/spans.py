"""Spans: the closed ticks of a watch as seconds of its history."""

from __future__ import annotations

import numpy as np

from rarebird.model.history import Span
from rarebird.model.ticks import Cells


def spans_of(cells: Cells) -> list[Span]:
    """A span for each tick in which something happened, oldest first; a tick is a second.

    >>> cells = Cells(*(np.array(column) for column in ([1, 1, 2], [7, 9, 7], [5, 1, 2], [70, 90, 71], [75, 90, 72])))
    >>> [(span.start, span.first, span.last, span.events.tolist()) for span in spans_of(cells)]
    [(7, 70, 75, [5, 2]), (9, 90, 90, [1])]
    """
    if not len(cells.tick):
        return []
    cells = cells.rows(np.argsort(cells.tick, kind="stable"))
    begin = np.flatnonzero(np.diff(cells.tick, prepend=cells.tick[0] - 1))
    ends = [*begin[1:].tolist(), len(cells.tick)]
    first = np.minimum.reduceat(cells.first, begin).tolist()
    last = np.maximum.reduceat(cells.last, begin).tolist()
    starts = cells.tick[begin].tolist()
    return [
        Span(starts[at], first[at], last[at], cells.category[start:end], cells.events[start:end])
        for at, (start, end) in enumerate(zip(begin.tolist(), ends, strict=True))
    ]
