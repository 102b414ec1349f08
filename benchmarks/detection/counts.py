"""Counts per second and category, made from events, put together and added up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.counts import Counts


def count(tick: NDArray[np.int64], category: NDArray[np.int32], start: int, end: int) -> Counts:
    """The counts of events in any order, all of them in [start, end).

    >>> count(np.array([7, 5, 7]), np.array([1, 0, 1], np.int32), 5, 9).events.tolist()
    [1, 2]
    """
    wide = int(category.max(initial=0)) + 1
    cell, events = np.unique((tick - start) * wide + category, return_counts=True)
    return Counts(start, end - start, start + cell // wide, (cell % wide).astype(np.int32), events.astype(np.int64))


def end_of(counts: Counts) -> int:
    """The first second after the last tick."""
    return counts.start + counts.length


def joined(parts: Sequence[Counts]) -> Counts:
    """Counts of stretches that follow one another, as one."""
    tick, category, events = (np.concatenate(column) for column in list(zip(*parts, strict=True))[2:])
    return Counts(parts[0].start, sum(part.length for part in parts), tick, category, events)


def pieces(counts: Counts, length: int) -> Iterator[Counts]:
    """The same counts in stretches of a length, the last one shorter."""
    for first in range(counts.start, end_of(counts), length):
        yield counts.within(first, min(first + length, end_of(counts)))


def totals(counts: Counts, each: int = 1) -> NDArray[np.int64]:
    """Events of all categories in buckets of `each` ticks, shape (length // each,)."""
    bucket = (counts.tick - counts.start) // each
    whole = np.bincount(bucket, counts.events, counts.length // each + 1)
    return whole[: counts.length // each].astype(np.int64)
