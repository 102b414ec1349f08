"""The trail: the readings of a watch over time, for the curves, in bounded memory."""

from __future__ import annotations

from typing import Final

from rarebird.model.instant import SECOND
from rarebird.model.reading import Moment

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
