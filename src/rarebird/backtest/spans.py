"""Spans of time that may overlap."""

from __future__ import annotations

from collections.abc import Iterable

from rarebird.model.instant import UNKNOWN


def covered(spans: Iterable[tuple[int, int]], within: tuple[int, int]) -> int:
    """How much of a span at least one of others covers; each is [begin, end).

    >>> covered([(0, 4), (3, 6), (8, 20)], (2, 10))
    6
    """
    total, until = 0, UNKNOWN
    for begin, end in sorted(spans):
        total += max(0, min(end, within[1]) - max(begin, until, within[0]))
        until = max(until, end)
    return total
