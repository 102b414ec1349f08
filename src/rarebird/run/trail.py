"""The trail: the readings of a watch over time, for the curves, in bounded memory."""

from __future__ import annotations

from math import isnan
from typing import Final

import numpy as np
from msgspec import structs

from rarebird.model.instant import SECOND
from rarebird.model.reading import Moment
from rarebird.model.state import State

LONGEST: Final = 2_000
_STEP: Final = 5 * SECOND


class Trail:
    """Moments at least a step of event time apart; when there are too many, every second is dropped and steps double.

    >>> trail = Trail(longest=4)
    >>> for second in range(0, 100, 5):
    ...     trail.note(Moment(second * SECOND, 1.0, 0.5, 1.5, 2.0))
    >>> [moment.time // SECOND for moment in trail.moments]
    [0, 40, 80]
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self.moments: list[Moment] = []
        self._longest, self._step = longest, _STEP

    def state(self) -> State:
        """The moments as columns, with NaN where a reading is None."""
        times = np.array([moment.time for moment in self.moments], np.int64)
        readings = np.array([structs.astuple(moment)[1:] for moment in self.moments], np.float64)
        return {"step": self._step, "time": times, "readings": readings}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        self._step = state["step"]
        rows = zip(state["time"].tolist(), state["readings"].tolist(), strict=True)
        self.moments = [Moment(time, *(None if isnan(value) else value for value in row)) for time, row in rows]

    def due(self, time: int) -> bool:
        """Whether a moment at this event time, µs UTC, is far enough from the last."""
        return not self.moments or time - self.moments[-1].time >= self._step

    def note(self, moment: Moment) -> None:
        """Takes in a moment that is due."""
        if not self.due(moment.time):
            return
        self.moments.append(moment)
        if len(self.moments) > self._longest:
            self.moments = self.moments[::2]
            self._step *= 2
