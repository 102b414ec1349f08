"""Inter-arrival gaps: how many events between a first and a last, and so their mean gap."""

from __future__ import annotations

from typing import NamedTuple

from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.ticks import Cells


class Gaps(NamedTuple):
    """The gaps between neighbours in order of event time add up to last - first, so these three values say the mean.

    `merge` is associative and commutative and `Gaps()` its identity.

    >>> Gaps(events=5, first=0, last=8_000_000).mean_s
    2.0
    """

    events: int = 0
    first: int = UNKNOWN
    """Event time of the first event, µs UTC; UNKNOWN without events."""
    last: int = UNKNOWN

    @classmethod
    def of(cls, cells: Cells) -> Gaps:
        """The gaps of the events in some cells, over all categories."""
        if not len(cells.events):
            return cls()
        return cls(int(cells.events.sum()), int(cells.first.min()), int(cells.last.max()))

    def merge(self, other: Gaps) -> Gaps:
        """The gaps between the events of both together."""
        if not self.events or not other.events:
            return self if self.events else other
        return Gaps(self.events + other.events, min(self.first, other.first), max(self.last, other.last))

    @property
    def mean_s(self) -> float | None:
        """Mean gap in seconds; None below two events."""
        return (self.last - self.first) / SECOND / (self.events - 1) if self.events > 1 else None
