"""The past: readings of each span of a history, as columns."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from rarebird.errors import InputError
from rarebird.model.history import Past, Spans
from rarebird.model.instant import SECOND
from rarebird.model.reading import History
from rarebird.watch import TICK, Watch

_DAY: Final = 86_400 * SECOND
_SPANS: Final = 3_000
"""Spans of an answer, unless they are hours."""


class Archive(Protocol):
    """Where history is kept."""

    async def history(self, start: int, end: int, most: int) -> Past:
        """The spans that overlap [start, end), s since 1970, of the finest level that gives at most `most`."""
        ...


async def history(
    archive: Archive | None, watch: Watch, start: int | None, end: int | None, category: str | None
) -> History:
    """What was counted from one instant to another, µs UTC; the last day of a watch where they are None."""
    if archive is None:
        raise InputError("expected a watch that keeps its history; this one runs without a store")
    code = None if category is None else watch.categories.code(category)
    if category is not None and code is None:
        raise InputError(f"expected a category that was seen, got {category!r}")
    until = end if end is not None else watch.recent.until * TICK
    since = start if start is not None else until - _DAY
    return read(await archive.history(since // SECOND, -(-until // SECOND), _SPANS), code)


def read(past: Past, code: int | None) -> History:
    """The readings of what a store holds of a range, with the events of one category where its code is given."""
    spans = past.spans
    events = _counts(spans, spans.events)
    gaps = (spans.last - spans.first) / SECOND / np.maximum(1, events - 1)
    return History(
        seconds=past.seconds,
        start=spans.start.tolist(),
        events=events.tolist(),
        mean_gap_s=[gap if count > 1 else None for gap, count in zip(gaps.tolist(), events.tolist(), strict=True)],
        entropy_bits=_entropy(spans, events).tolist(),
        of_category=None if code is None else _counts(spans, spans.events * (spans.category == code)).tolist(),
    )


def _entropy(spans: Spans, events: NDArray[np.int64]) -> NDArray[np.float64]:
    """-sum q log2 q over the shares of each span, bits; never below 0 by rounding."""
    shares = spans.events / np.repeat(events, spans.sizes)
    terms = shares * np.log2(shares)
    sums: NDArray[np.float64] = np.add.reduceat(terms, spans.begins) if len(spans.start) else terms
    return np.maximum(0.0, 0.0 - sums)


def _counts(spans: Spans, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum over the cells of each span, of which each has at least one."""
    sums: NDArray[np.int64] = np.add.reduceat(values, spans.begins) if len(spans.start) else values
    return sums
