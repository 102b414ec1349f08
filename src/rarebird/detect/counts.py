"""What the detectors see: events per tick of one second and category, only where there were any."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.model.categories import OTHER
from rarebird.model.instant import SECOND
from rarebird.model.ticks import Ticks


class Counts(NamedTuple):
    """All ticks [start, start + length), s since 1970, in m cells by tick and then category."""

    start: int
    length: int
    tick: NDArray[np.int64]
    category: NDArray[np.int32]
    events: NDArray[np.int64]

    def within(self, start: int, end: int) -> Counts:
        """The ticks [start, end) of these."""
        low, high = self.tick.searchsorted((start, end)).tolist()
        return Counts(start, end - start, self.tick[low:high], self.category[low:high], self.events[low:high])

    def only(self, wanted: NDArray[np.bool_]) -> Counts:
        """The same ticks, and of their events those of the categories that are wanted, shape (n,)."""
        rows = wanted[self.category]
        return self._replace(tick=self.tick[rows], category=self.category[rows], events=self.events[rows])

    def folded(self, most: int) -> Counts:
        """The same events, those of categories from code `most` on as "other".

        >>> one = np.ones(3, np.int64)
        >>> Counts(7, 1, 7 * one, np.array([0, 1, 5], np.int32), one).folded(5).events.tolist()
        [2, 1]
        """
        if not (self.category >= most).any():
            return self
        category = np.where(self.category < most, self.category, np.int32(OTHER))
        order = np.lexsort((category, self.tick))
        tick, category = self.tick[order], category[order]
        first = np.flatnonzero((np.diff(tick, prepend=-1) != 0) | (np.diff(category, prepend=-1) != 0))
        events = np.add.reduceat(self.events[order], first)
        return self._replace(tick=tick[first], category=category[first], events=events)


def of_ticks(ticks: Ticks, since: int | None) -> Counts:
    """The counts of closed ticks that follow tick `since`, or begin with their first event where that is None.

    >>> from rarebird.eventtime.ticks import gather
    >>> ticks = gather(np.array([5_200_000, 3_000_000]), np.array([1, 2], np.int32), SECOND, 7_000_000)
    >>> counts = of_ticks(ticks, None)
    >>> counts.start, counts.length, counts.tick.tolist(), counts.category.tolist()
    (3, 4, [3, 5], [2, 1])
    """
    cells = ticks.cells
    order = np.lexsort((cells.category, cells.tick))
    tick, end = cells.tick[order], ticks.until // SECOND
    start = since if since is not None else int(tick[0]) if len(tick) else end
    return Counts(start, end - start, tick, cells.category[order], cells.events[order])
