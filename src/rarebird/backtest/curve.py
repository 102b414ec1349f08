"""The curve: how many events came over a span whose length nobody knows beforehand, in bounded memory."""

from __future__ import annotations

from typing import Final

import numpy as np

from rarebird.model.ticks import Cells

MOST: Final = 1024
"""Steps of a curve; an even number."""


class Curve:
    """Events in steps of equal length, which doubles whenever the span has outgrown `MOST` of them.

    >>> from rarebird.eventtime.ticks import gather
    >>> from rarebird.model.instant import SECOND
    >>> curve = Curve()
    >>> curve.add(gather(np.array([0, 1, 2]) * SECOND, np.zeros(3, np.int32), SECOND, 3 * SECOND).cells)
    >>> curve.start, curve.step, curve.columns(3)
    (0, 1, [1.0, 1.0, 1.0])
    """

    def __init__(self) -> None:
        self.start = 0
        """The beginning of the first step, s since 1970."""
        self.step = 1
        """Its length, s."""
        self.events = np.zeros(MOST, np.int64)
        self.used = 0
        """Steps up to the last event."""

    def add(self, cells: Cells) -> None:
        """Adds ticks of one second that follow those before."""
        if not len(cells.tick):
            return
        first, last = int(cells.tick.min()), int(cells.tick.max())
        if not self.used:
            self.start = first
        while (last - self.start) // self.step >= MOST:
            self.events = np.append(self.events.reshape(-1, 2).sum(axis=1), np.zeros(MOST // 2, np.int64))
            self.step, self.used = self.step * 2, (self.used + 1) // 2
        np.add.at(self.events, (cells.tick - self.start) // self.step, cells.events)
        self.used = max(self.used, (last - self.start) // self.step + 1)

    def columns(self, count: int) -> list[float]:
        """Events a second in so many equal parts of the span, or in fewer where there are fewer steps."""
        count = min(count, self.used)
        ends = np.arange(count + 1) * self.used // max(count, 1)
        upto = np.concatenate(([0], np.cumsum(self.events[: self.used])))
        return [float(each) for each in np.diff(upto[ends]) / np.maximum(np.diff(ends) * self.step, 1)]
