"""Compaction: seconds become minutes and hours, exactly, and each level is kept for its own time.

Minutes and hours are kept from the first second on, beside the seconds: a step adds to the minute and the hour that
it touches, and what has grown too old is dropped. So a commit does little, and a query reads one level only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from rarebird.model.history import LEVELS, Span
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

    s: list[Span]
    m: list[Span]
    h: list[Span]


class Reach(NamedTuple):
    """What has to be known to count a step into its minutes and hours: spans of a level in [start, end), s."""

    seconds: tuple[int, int]
    minutes: tuple[int, int]


def fold(spans: Iterable[Span], seconds: int) -> list[Span]:
    """The spans summed into spans of a length, s, that begin at its multiples; oldest first.

    Counts are exact, and the order and the grouping of the spans change nothing.

    >>> one, two = (Span(t, t, t, np.array([7], np.int32), np.array([t], np.int64)) for t in (61, 62))
    >>> fold([two, one], 60)
    [Span(start=60, first=61, last=62, category=array([7], dtype=int32), events=array([123]))]
    """
    ordered = sorted(spans, key=_start)
    if not ordered:
        return []
    starts = np.array([span.start for span in ordered], np.int64) // seconds * seconds
    opens, group = _runs(starts)
    first = np.minimum.reduceat(np.array([span.first for span in ordered], np.int64), opens).tolist()
    last = np.maximum.reduceat(np.array([span.last for span in ordered], np.int64), opens).tolist()
    of_cell = np.repeat(group, [len(span.category) for span in ordered])
    category = np.concatenate([span.category for span in ordered])
    order = np.lexsort((category, of_cell))
    cells, _ = _runs(of_cell[order], category[order])
    events = np.concatenate([span.events for span in ordered])[order]
    sums = np.add.reduceat(events, cells) if len(cells) else events
    code = category[order][cells]
    ends = np.searchsorted(of_cell[order][cells], np.arange(len(opens) + 1)).tolist()
    return [
        Span(start, first[at], last[at], code[ends[at] : ends[at + 1]], sums[ends[at] : ends[at + 1]])
        for at, start in enumerate(starts[opens].tolist())
    ]


def reach(spans: Sequence[Span]) -> Reach:
    """What of the history has to be read before these spans of one second, at least one, can be added."""
    first, last = min(map(_start, spans)), max(map(_start, spans))
    return Reach(
        (_floor(first, _MINUTE), _floor(last, _MINUTE) + _MINUTE), (_floor(first, _HOUR), _floor(last, _HOUR) + _HOUR)
    )


def grow(new: Iterable[Span], seconds: Iterable[Span], minutes: Iterable[Span]) -> Grown:
    """What a history becomes by new spans of one second, given what it holds within their `reach`."""
    added = {span.start: span for span in new}
    touched = {_floor(start, _MINUTE) for start in added}
    known = {span.start: span for span in seconds if _floor(span.start, _MINUTE) in touched}
    grown = fold((known | added).values(), _MINUTE)
    hours = {_floor(start, _HOUR) for start in touched}
    beside = {span.start: span for span in minutes if _floor(span.start, _HOUR) in hours}
    changed = {span.start: span for span in grown}
    return Grown(sorted(added.values(), key=_start), grown, fold((beside | changed).values(), _HOUR))


def _runs(*columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where runs of equal rows begin, and for each row the number of its run."""
    rows = len(columns[0])
    is_open = np.ones(rows, np.bool_)
    if rows:
        is_open[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.flatnonzero(is_open), np.cumsum(is_open) - 1


def _floor(instant: int, length: int) -> int:
    return instant // length * length


def _start(span: Span) -> int:
    return span.start
