"""Counts per category over a lifetime: a fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.model.ticks import Cells
from rarebird.stats.columns import edges, grown


class Counts(NamedTuple):
    """Events per category, by code; rows behind the last category are 0.

    `merge` is associative and commutative and `Counts()` its identity, up to rows of 0 at the end.
    """

    events: NDArray[np.int64] = np.zeros(0, np.int64)

    @classmethod
    def of(cls, cells: Cells) -> Counts:
        """The counts of some cells."""
        return cls().add(cells)

    def add(self, cells: Cells) -> Counts:
        """These and those of some cells. Uses the memory of `self`, which must not be used any more."""
        if not len(cells.category):
            return self
        events = grown(self.events, int(cells.category[-1]) + 1)
        begin = edges(cells.category)[:-1]
        events[cells.category[begin]] += np.add.reduceat(cells.events, begin)
        return Counts(events)

    def merge(self, other: Counts) -> Counts:
        """The counts of both."""
        events = np.zeros(max(len(self.events), len(other.events)), np.int64)
        events[: len(self.events)] += self.events
        events[: len(other.events)] += other.events
        return Counts(events)

    @property
    def total(self) -> int:
        """All events."""
        return int(self.events.sum())


def by_name(counts: NDArray[np.int64], names: Sequence[str]) -> dict[str, int]:
    """Events by name, where there are any; two codes may have one name, such as those of 1 and "1"."""
    found: dict[str, int] = {}
    for name, count in zip(names, counts.tolist(), strict=False):
        if count:
            found[name] = found.get(name, 0) + count
    return found
