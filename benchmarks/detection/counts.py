"""Counts: events per tick of one second and category, only where there were some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Counts(NamedTuple):
    """All ticks [start, start + length), in seconds since 1970; m cells, sorted by tick and then category."""

    start: int
    length: int
    tick: NDArray[np.int64]
    category: NDArray[np.int32]
    events: NDArray[np.int64]

    @property
    def end(self) -> int:
        """The first second after the last tick."""
        return self.start + self.length

    def within(self, start: int, end: int) -> Counts:
        """The ticks [start, end) of these."""
        if not self.start <= start <= end <= self.end:
            raise ValueError(f"expected ticks within [{self.start}, {self.end}), got [{start}, {end})")
        low, high = np.searchsorted(self.tick, (start, end))
        return Counts(start, end - start, self.tick[low:high], self.category[low:high], self.events[low:high])

    def totals(self, each: int = 1) -> NDArray[np.int64]:
        """Events of all categories in buckets of `each` ticks, shape (length // each,)."""
        bucket = (self.tick - self.start) // each
        whole = np.bincount(bucket, self.events, self.length // each + 1)
        return whole[: self.length // each].astype(np.int64)


def count(tick: NDArray[np.int64], category: NDArray[np.int32], start: int, end: int) -> Counts:
    """The counts of events in any order, all of them in [start, end).

    >>> count(np.array([7, 5, 7]), np.array([1, 0, 1], np.int32), 5, 9).events.tolist()
    [1, 2]
    """
    wide = int(category.max(initial=0)) + 1
    cell, events = np.unique((tick - start) * wide + category, return_counts=True)
    return Counts(start, end - start, start + cell // wide, (cell % wide).astype(np.int32), events.astype(np.int64))


def joined(parts: Sequence[Counts]) -> Counts:
    """Counts of stretches that follow one another, as one."""
    return Counts(
        parts[0].start,
        sum(part.length for part in parts),
        np.concatenate([part.tick for part in parts]),
        np.concatenate([part.category for part in parts]),
        np.concatenate([part.events for part in parts]),
    )
