"""Inter-arrival gaps: how many events between a first and a last, and so their mean gap."""

from __future__ import annotations

from typing import NamedTuple

from rarebird.eventtime.ticks import Cells
from rarebird.model.instant import SECOND, UNKNOWN


class Gaps(NamedTuple):
    """The gaps between neighbours in order of event time add up to last - first, so these three values say the mean.

    `merge` is associative and commutative and `Gaps()` its identity.

    >>> Gaps(count=5, first=0, last=8_000_000).mean_s
    2.0
    """

    count: int = 0
    first: int = UNKNOWN
    """Event time of the first event, µs UTC; UNKNOWN without events."""
    last: int = UNKNOWN

    @classmethod
    def of(cls, cells: Cells) -> Gaps:
        """The gaps of the events in some cells, over all categories."""
        if not len(cells.count):
            return cls()
        return cls(int(cells.count.sum()), int(cells.first.min()), int(cells.last.max()))

    def merge(self, other: Gaps) -> Gaps:
        """The gaps between the events of both together."""
        if not self.count or not other.count:
            return self if self.count else other
        return Gaps(self.count + other.count, min(self.first, other.first), max(self.last, other.last))

    @property
    def mean_s(self) -> float | None:
        """Mean gap in seconds; None below two events."""
        return (self.last - self.first) / SECOND / (self.count - 1) if self.count > 1 else None
