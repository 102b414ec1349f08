"""Closing: events that come as lines are gathered into ticks, which close as time moves."""

from __future__ import annotations

import numpy as np

from rarebird.eventtime.ticks import gather
from rarebird.model.instant import UNKNOWN
from rarebird.model.ticks import Ticks
from rarebird.watch import TICK


class Closing:
    """Ticks of one second, closed by a watermark or by an event of a later tick.

    What belongs to a tick that is closed already is late: it is counted and left out. `until`: the ticks before this
    event time were closed earlier.
    """

    def __init__(self, until: int = UNKNOWN) -> None:
        self.until = until
        self.late = 0
        self._reached = until
        self._time: list[int] = []
        self._category: list[int] = []

    def take(self, time: int, category: int) -> None:
        """Takes an event in: its time, µs UTC, and the code of its category."""
        if time < self._reached:
            self.late += 1
            return
        self._time.append(time)
        self._category.append(category)
        self.move(time)

    def move(self, time: int) -> None:
        """Nothing before the tick of this event time follows."""
        self._reached = max(self._reached, time // TICK * TICK)

    def close(self, *, final: bool = False) -> Ticks | None:
        """The ticks that can be closed since the last call; with `final` all of them. None where time stands still."""
        if final and self._time:
            self._reached = max(self._reached, max(self._time) // TICK * TICK + TICK)
        if self._reached == self.until:
            return None
        self.until = self._reached
        time, category = np.array(self._time, np.int64), np.array(self._category, np.int32)
        ready = time < self.until
        self._time, self._category = time[~ready].tolist(), category[~ready].tolist()
        return gather(time[ready], category[ready], TICK, self.until)
