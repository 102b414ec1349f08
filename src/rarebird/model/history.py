"""History: what was counted in spans of event time, finer where it is recent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVELS: Final = {"s": 1, "m": 60, "h": 3600}
"""Seconds of event time in one span of each level."""


class Span(NamedTuple):
    """The events of one span of event time."""

    start: int
    """Beginning of the span, s since 1970 UTC: a multiple of the length of its level."""
    first: int
    """Event time of its first event, µs UTC."""
    last: int
    """Event time of its last event, µs UTC."""
    category: NDArray[np.int32]
    """Codes of the categories with events, ascending."""
    events: NDArray[np.int64]
    """Events of each."""


class Spans(NamedTuple):
    """Many spans as columns: n spans, and their m cells, one span's behind the other's."""

    start: NDArray[np.int64]
    """As in `Span`, shape (n,)."""
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    ends: NDArray[np.int64]
    """Where the cells of each span end, shape (n,)."""
    category: NDArray[np.int32]
    """Shape (m,)."""
    events: NDArray[np.int64]

    @classmethod
    def of(cls, spans: Sequence[Span]) -> Spans:
        """The columns of some spans."""
        if not spans:
            return NONE
        times = np.array([span[:3] for span in spans], np.int64)
        ends = np.cumsum([len(span.category) for span in spans], dtype=np.int64)
        category = np.concatenate([span.category for span in spans])
        events = np.concatenate([span.events for span in spans])
        return cls(times[:, 0], times[:, 1], times[:, 2], ends, category, events)

    @property
    def begins(self) -> NDArray[np.int64]:
        """Where the cells of each span begin, shape (n,)."""
        return self.ends - self.sizes

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The cells of each span, shape (n,)."""
        return np.diff(self.ends, prepend=0)

    def where(self, wanted: NDArray[np.bool_]) -> Spans:
        """The spans at some rows."""
        cells = np.repeat(wanted, self.sizes)
        ends = np.cumsum(self.sizes[wanted])
        return Spans(
            self.start[wanted], self.first[wanted], self.last[wanted], ends, self.category[cells], self.events[cells]
        )

    def latest(self) -> Spans:
        """Of spans with one start only the last."""
        _, places = np.unique(self.start[::-1], return_index=True)
        wanted = np.zeros(len(self.start), np.bool_)
        wanted[len(self.start) - 1 - places] = True
        return self.where(wanted)

    def each(self) -> list[Span]:
        """The spans one by one."""
        columns = (self.start, self.first, self.last, self.begins, self.ends)
        return [
            Span(start, first, last, self.category[begin:end], self.events[begin:end])
            for start, first, last, begin, end in zip(*(column.tolist() for column in columns), strict=True)
        ]


_NO: Final = np.empty(0, np.int64)
NONE: Final = Spans(_NO, _NO, _NO, _NO, np.empty(0, np.int32), _NO)
"""No spans."""


class Past(NamedTuple):
    """What a history holds of a range."""

    seconds: int
    """Length of the spans, s."""
    spans: Spans
    """Those in which something happened, oldest first."""


def joined(parts: Sequence[Spans]) -> Spans:
    """The spans of all parts, one after another."""
    if len(parts) == 1:
        return parts[0]
    start, first, last, _, category, events = (np.concatenate(column) for column in zip(NONE, *parts, strict=True))
    sizes = np.concatenate([NONE.ends, *(part.sizes for part in parts)])
    return Spans(start, first, last, np.cumsum(sizes), category, events)
