"""A span of history as bytes: start, first, last, the codes, the counts; all little-endian and of fixed width."""

from __future__ import annotations

from struct import Struct
from typing import Final

import numpy as np

from rarebird.model.history import Span, Spans

_HEAD: Final = Struct("<qqq")
_CELL: Final = 12
"""Bytes of one category: its code in 4, its events in 8."""


def pack(spans: Spans) -> list[bytes]:
    """The bytes of each span: 24, and 12 for each category."""
    heads = np.column_stack((spans.start, spans.first, spans.last)).astype("<i8", copy=False).tobytes()
    codes = spans.category.astype("<i4", copy=False).tobytes()
    events = spans.events.astype("<i8", copy=False).tobytes()
    cells = zip(spans.begins.tolist(), spans.ends.tolist(), strict=True)
    return [
        heads[24 * row : 24 * row + 24] + codes[4 * begin : 4 * end] + events[8 * begin : 8 * end]
        for row, (begin, end) in enumerate(cells)
    ]


def unpack(body: bytes) -> Span:
    """The span of bytes that `pack` made; its arrays look into them and cannot be written to.

    >>> spans = Spans.of([Span(60, 60_000_000, 61_000_000, np.array([1, 3], np.int32), np.array([5, 2], np.int64))])
    >>> [unpack(body).events.tolist() for body in pack(spans)]
    [[5, 2]]
    """
    count = (len(body) - _HEAD.size) // _CELL
    category = np.frombuffer(body, "<i4", count, _HEAD.size)
    events = np.frombuffer(body, "<i8", count, _HEAD.size + 4 * count)
    start, first, last = _HEAD.unpack_from(body)
    return Span(start, first, last, category, events)
