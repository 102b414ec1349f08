"""A replay: a watch that is moved by event time alone, and what is found in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import structs

from rarebird.backtest.curve import Curve
from rarebird.backtest.returns import Returns
from rarebird.config.settings import Settings
from rarebird.detect.detection import Detection
from rarebird.model.batch import Batch
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.ticks import Ticks
from rarebird.watch import Closed


class Stretch(NamedTuple):
    """A span of event time [start, end), µs UTC."""

    start: int
    end: int


class Replay:
    """Takes batches in as if they were read from a recording, whatever clock they came by.

    It sees nothing that a watch would not have seen live: its limits come from the past alone. How the input is cut
    into batches changes nothing. In the stretches of `forget` nothing is looked for and from them nothing is learned
    of what is usual; with `until` all that comes behind that instant is left out.
    """

    def __init__(self, settings: Settings, forget: Sequence[Stretch] = (), until: int | None = None) -> None:
        self.budget = settings.false_alarms or 1.0
        self.watch = structs.replace(settings, false_alarms=None).watch()
        self.detection = Detection(
            self.watch.categories, budget=self.budget, zone=settings.zone, watched=settings.watched
        )  # fmt: skip
        self.curve = Curve()
        self.incidents: dict[int, Incident] = {}
        """By id, each as it was told last."""
        self.listeners: list[Callable[[Closed], object]] = []
        """Who else gets all that closes."""
        self._ahead = sorted(forget)
        self._until = until
        self._returns = Returns()
        self._taken = UNKNOWN

    @property
    def done(self) -> bool:
        """Whether all up to `until` was taken in."""
        return self._until is not None and self._taken >= self._until

    def take(self, batch: Batch) -> list[Incident]:
        """The incidents that began or ended with a batch, in the order in which they did."""
        return self._told(self.watch.feed(batch._replace(arrival=UNKNOWN, idle=False)))

    def finish(self) -> list[Incident]:
        """Those with the end of the input."""
        return [*self._told(self.watch.finish()), *self._noted(self._returns.finish())]

    def _told(self, closed: Closed) -> list[Incident]:
        if closed.ticks is None:
            return []
        self.curve.add(closed.ticks.cells)
        for listener in self.listeners:
            listener(closed)
        found = [incident for part in self._parts(closed.ticks) for incident in self.detection.take(part)]
        return self._noted(self._returns.take(found, self._taken))

    def _noted(self, told: list[Incident]) -> list[Incident]:
        self.incidents.update((incident.id, incident) for incident in told)
        return told

    def _parts(self, ticks: Ticks) -> Iterator[Ticks]:
        """The ticks up to where a stretch begins that is to be forgotten, the others behind it; none behind `until`."""
        end = ticks.until if self._until is None else min(ticks.until, self._until)
        while self._ahead and self._ahead[0].start < end:
            stretch = self._ahead.pop(0)
            yield from self._part(ticks, stretch.start)
            self.detection.miss(stretch.end)
        yield from self._part(ticks, end)

    def _part(self, ticks: Ticks, end: int) -> Iterator[Ticks]:
        """The ticks from what was taken before to an instant."""
        end = end // SECOND * SECOND
        if end > self._taken:
            tick = ticks.cells.tick * SECOND
            yield ticks._replace(
                cells=ticks.cells.rows(np.flatnonzero((tick >= self._taken) & (tick < end))), until=end
            )
            self._taken = end
