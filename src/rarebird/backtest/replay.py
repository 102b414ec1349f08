"""A replay: a watch that is moved by event time alone, and what is decided of what is found in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import structs

from rarebird.backtest.curve import Curve
from rarebird.config.settings import Settings
from rarebird.detect.detection import Detection
from rarebird.incident import life
from rarebird.incident.decision import Decision
from rarebird.incident.entry import Life
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

    It sees nothing that a watch would not have seen live, and decides what a watch decides of which nothing is muted:
    its limits come from the past alone. How the input is cut
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
        """By id, each as it was decided last."""
        self.listeners: list[Callable[[Closed], object]] = []
        """Who else gets all that closes."""
        self._ahead = sorted(forget)
        self._until = until
        self._life = Life()
        self._taken = UNKNOWN

    @property
    def done(self) -> bool:
        """Whether all up to `until` was taken in."""
        return self._until is not None and self._taken >= self._until

    def take(self, batch: Batch) -> list[Decision]:
        """What is decided with a batch, in order."""
        return self._decided(self.watch.feed(batch._replace(arrival=UNKNOWN, idle=False)))

    def finish(self) -> list[Decision]:
        """What is decided with the end of the input."""
        decided = self._decided(self.watch.finish())
        self._life, last = life.finish(self._life)
        return [*decided, *self._noted(last)]

    def _decided(self, closed: Closed) -> list[Decision]:
        if closed.ticks is None:
            return []
        self.curve.add(closed.ticks.cells)
        for listener in self.listeners:
            listener(closed)
        found = [incident for part in self._parts(closed.ticks) for incident in self.detection.take(part)]
        self._life, decided = life.step(self._life, found, self._taken)
        return self._noted(decided)

    def _noted(self, decided: list[Decision]) -> list[Decision]:
        self.incidents.update((each.incident.id, each.incident) for each in decided)
        return decided

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
