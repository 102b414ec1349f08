"""The read side of a running watch: what the page, the API, the terminal and the heartbeat see of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import structs

from rarebird.config.settings import Settings
from rarebird.incident.health import Signs, health_of
from rarebird.model.health import Health
from rarebird.model.incident import Incident, Reason, Tells
from rarebird.model.instant import SECOND
from rarebird.model.reading import Entropy, History, Moment, Probability, Rate
from rarebird.model.snapshot import Note, Snapshot, StoreReading
from rarebird.model.vitals import Decided, Vitals
from rarebird.run import past
from rarebird.run.arrivals import Arrivals
from rarebird.run.channels import Channels
from rarebird.run.incidents import Incidents
from rarebird.run.missing import Missing
from rarebird.run.note_queue import NoteQueue
from rarebird.run.snapshot import snapshot, source_reading
from rarebird.run.surprises import Surprises
from rarebird.run.trail import Trail
from rarebird.source.contract import Source
from rarebird.supervise import Supervisor
from rarebird.watch import Watch

_INCIDENTS: Final = 10


class WatchView:
    """What is seen of a running watch, which changes none of it."""

    settings: Settings
    sources: Sequence[Source]
    clock: Callable[[], int] | None
    tasks: Supervisor
    is_open: bool
    """Whether the store and the state are open."""
    notes: deque[Note]
    lines: NoteQueue
    """The notes that the terminal has not said yet."""
    missing: Missing
    store: StoreReading | None
    committing_since: int | None
    """Since when a step is on its way to the store."""
    archive: past.Archive | None
    surprises: Surprises
    trail: Trail
    found: Incidents
    decisions: Counter[tuple[Reason, Tells]]
    channels: Channels | None
    arrivals: Arrivals
    commits: int
    failures: int
    past_until: int | None
    finished: bool
    version: int
    _changed: asyncio.Event
    _shown: Snapshot | None

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def histogram(self, window: int | None) -> dict[str, float]:
        """Share by category, over the life of the watch or the last `window` µs."""
        return self.watch.histogram(window)

    def entropy(self, window: int | None) -> Entropy | None:
        """How evenly the events spread, over the same horizon."""
        return self.watch.entropy(window)

    def probability(self, category: str) -> Probability:
        """How likely the next event is to be of the category."""
        return self.watch.probability(category)

    def category_of(self, message: bytes) -> str:
        """The category of a message; InputError where it has none."""
        return self.watch.category_of(message)

    def rate(self, category: str | None) -> Rate:
        """How often events come: all, or those of one category."""
        return self.watch.rate(category)

    @property
    def name(self) -> str:
        """What is watched, for people."""
        return self.settings.title

    async def history(self, start: int | None, end: int | None, category: str | None) -> History:
        """What was counted from one instant to another, µs UTC; the last day where they are None."""
        return await past.history(self.archive, self.watch, start, end, category)

    def moments(self) -> list[Moment]:
        """The history for the curves, oldest first."""
        return self.trail.moments

    def incidents(self) -> list[Incident]:
        """The latest incidents: those that are open first, of them and of the others the newest first."""
        return list(self.found.shown)

    def snapshot(self) -> Snapshot:
        """All that the page shows."""
        if self._shown is None or self._shown.version != self.version:
            shown = snapshot(self.watch, self.settings, self.sources, self.surprises)
            self._shown = structs.replace(
                shown,
                version=self.version,
                past_until=self.past_until,
                notes=tuple(self.notes),
                store=self.store,
                missed=tuple(self.missing.gaps),
                missed_count=self.missing.count,
                finished=self.finished,
                incidents=self.found.shown[:_INCIDENTS],
                incidents_open=self.found.open,
            )
        signs = self._signs()
        return structs.replace(
            self._shown,
            behind_s=self.behind_s,
            sources=signs.sources,
            channels=signs.channels,
            tasks=signs.tasks,
            health=health_of(signs, self.now),
        )

    def health(self) -> Health:
        """Whether the watch does its work."""
        return health_of(self._signs(), self.now)

    def _signs(self) -> Signs:
        return Signs(
            sources=tuple(map(source_reading, self.sources)),
            store=self.store,
            committing_since=self.committing_since,
            channels=() if self.channels is None else self.channels.readings(),
            tasks=self.tasks.readings(),
            arrivals=self.arrivals.reading(),
            is_open=self.is_open,
        )

    def vitals(self) -> Vitals:
        """What was done since the process began."""
        decided = (Decided(reason, tells, count) for (reason, tells), count in self.decisions.items())
        return Vitals(tuple(decided), self.commits, self.failures)

    @property
    def now(self) -> int:
        """The clock by which the health of the watch is judged, µs UTC: that of a recording is the one on the wall."""
        return time.time_ns() // 1_000 if self.clock is None else self.clock()

    @property
    def behind_s(self) -> float | None:
        """How long ago by the clock all is counted up to, s; None for a recording, or before the first event."""
        watermark = self.watch.watermark
        if self.clock is None or watermark is None:
            return None
        return (self.clock() - watermark) / SECOND

    async def changed(self, version: int) -> Snapshot:
        """The first snapshot whose version is above `version`."""
        while self.version <= version:
            await self._changed.wait()
        return self.snapshot()
