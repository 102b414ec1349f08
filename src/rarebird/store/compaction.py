"""Compaction: seconds become minutes and hours, exactly, and each level is kept for its own time.

Minutes and hours are kept from the first second on, beside the seconds: a step adds to the minute and the hour that
it touches, and what has grown too old is dropped. So a commit does little, and a query reads one level only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.model.history import LEVELS, NONE, Span, Spans, joined
from rarebird.model.instant import SECOND
from rarebird.store.contract import Level, Retention

_MINUTE: Final = LEVELS["m"]
_HOUR: Final = LEVELS["h"]
_BEGINNING: Final = -(2**53)
"""Earlier than any span; a double, which Redis keeps scores in, holds it exactly."""


class Cuts(NamedTuple):
    """Per level the start of the first span that is kept, s since 1970."""

    s: int = _BEGINNING
    m: int = _BEGINNING
    h: int = _BEGINNING

    def moved(self, moved: int | None, retention: Retention) -> Cuts:
        """The cuts once all is counted up to an event time, µs UTC: never earlier than they were.

        Whole minutes of seconds, and whole hours of minutes, stay together: a minute whose seconds are kept can be
        counted anew when one of them is replaced.
        """
        if moved is None:
            return self
        now = moved // SECOND
        seconds = max(self.s, _floor(now - retention.s, _MINUTE))
        minutes = max(self.m, _floor(min(now - retention.m, seconds), _HOUR))
        return Cuts(seconds, minutes, max(self.h, min(_floor(now - retention.h, _HOUR), minutes)))

    def whole(self, start: int, oldest: Span) -> Level:
        """The finest level of which nothing was dropped since `start`, s, in a history whose `oldest` hour is given."""
        first = max(start, oldest.first // SECOND)
        return "s" if first >= self.s else "m" if first >= self.m else "h"


class Grown(NamedTuple):
    """The spans of each level that a step adds or changes, oldest first."""

    s: Spans
    m: Spans
    h: Spans


class Reach(NamedTuple):
    """What has to be known to count a step into its minutes and hours: spans of a level in [start, end), s."""

    seconds: tuple[int, int]
    minutes: tuple[int, int]


def fold(spans: Spans, seconds: int) -> Spans:
    """The spans summed into spans of a length, s, that begin at its multiples; oldest first.

    Counts are exact, and the order and the grouping of the spans change nothing.

    >>> one, two = (Span(t, t, t, np.array([7], np.int32), np.array([t], np.int64)) for t in (61, 62))
    >>> fold(Spans.of([two, one]), 60).each()
    [Span(start=60, first=61, last=62, category=array([7], dtype=int32), events=array([123]))]
    """
    if not len(spans.start):
        return NONE
    starts = spans.start // seconds * seconds
    order = np.argsort(starts, kind="stable")
    opens, group = _runs(starts[order])
    first = np.minimum.reduceat(spans.first[order], opens)
    last = np.maximum.reduceat(spans.last[order], opens)
    of_span = np.empty(len(starts), np.int64)
    of_span[order] = group
    of_cell = np.repeat(of_span, spans.sizes)
    by_cell = np.lexsort((spans.category, of_cell))
    of_cell, category, events = of_cell[by_cell], spans.category[by_cell], spans.events[by_cell]
    cells, _ = _runs(of_cell, category)
    sums = np.add.reduceat(events, cells) if len(cells) else events
    ends = np.searchsorted(of_cell[cells], np.arange(len(opens)), side="right")
    return Spans(starts[order][opens], first, last, ends, category[cells], sums)


def reach(spans: Spans) -> Reach:
    """What of the history has to be read before these spans of one second, at least one, can be added."""
    first, last = int(spans.start.min()), int(spans.start.max())
    return Reach(
        (_floor(first, _MINUTE), _floor(last, _MINUTE) + _MINUTE), (_floor(first, _HOUR), _floor(last, _HOUR) + _HOUR)
    )


def grow(new: Spans, seconds: Sequence[Span], minutes: Sequence[Span]) -> Grown:
    """What a history becomes by new spans of one second, given what it holds within their `reach`."""
    in_minutes = new.start // _MINUTE
    grown = fold(joined([_beside(Spans.of(seconds), new, in_minutes, _MINUTE), new]), _MINUTE)
    hours = fold(joined([_beside(Spans.of(minutes), grown, grown.start // _HOUR, _HOUR), grown]), _HOUR)
    return Grown(new, grown, hours)


def _beside(known: Spans, new: Spans, touched: NDArray[np.int64], length: int) -> Spans:
    """Of what is known the spans in the touched spans of a length that no new one replaces."""
    return known.where(np.isin(known.start // length, touched) & ~np.isin(known.start, new.start))


def _runs(*columns: NDArray[np.int64] | NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where runs of equal rows begin, and for each row the number of its run."""
    rows = len(columns[0])
    is_open = np.ones(rows, np.bool_)
    if rows:
        is_open[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.flatnonzero(is_open), np.cumsum(is_open) - 1


def _floor(instant: int, length: int) -> int:
    return instant // length * length
