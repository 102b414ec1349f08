"""A span of history as bytes: start, first, last, the codes, the counts; all little-endian and of fixed width."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

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


def unpack_all(bodies: Sequence[bytes]) -> Spans:
    """The spans of many bytes, as columns.

    >>> spans = Spans.of([Span(60, 60, 61, np.array([1, 3], np.int32), np.array([5, 2**40], np.int64))] * 2)
    >>> [column.tolist() for column in unpack_all(pack(spans))] == [column.tolist() for column in spans]
    True
    """
    sizes, words = np.array([len(body) for body in bodies], np.int64), np.frombuffer(b"".join(bodies), "<i4")
    begins = (np.cumsum(sizes) - sizes) // 4
    cells = (sizes - _HEAD.size) // _CELL
    of_cell = np.repeat(begins + _HEAD.size // 4, cells)
    within = np.arange(len(of_cell)) - np.repeat(np.cumsum(cells) - cells, cells)
    at = of_cell + np.repeat(cells, cells) + 2 * within
    start, first, last = (_long(words, begins + 2 * field) for field in range(3))
    return Spans(start, first, last, np.cumsum(cells), words[of_cell + within], _long(words, at))


def _long(words: NDArray[np.int32], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """The 64-bit numbers that begin at some words."""
    return np.column_stack((words[at], words[at + 1])).view("<i8").reshape(-1)


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
