"""A running watch brought to what an inserting stage keeps of a stream, and kept to it as that grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec
import numpy as np

from rarebird.errors import StoreError
from rarebird.eventtime.ticks import gather
from rarebird.model.history import Span
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.state import State, pack, unpack
from rarebird.model.tally import Tally
from rarebird.model.ticks import Ticks
from rarebird.pipe.learned import as_tick, spans_before
from rarebird.pipe.taken import Status, Taken
from rarebird.store.contract import Saved, Store
from rarebird.watch import LONGEST_WINDOW, TICK, Closed, Watch

_HOUR: Final = LONGEST_WINDOW // SECOND
KEPT: Final = 100
"""Incidents that are shown."""


class Filled(Protocol):
    """What is shown of a watch, as far as it is filled from here."""

    watch: Watch
    clock: Callable[[], int] | None
    finished: bool

    def close(self, ticks: Ticks) -> Closed:
        """Takes in ticks that another process has closed."""
        ...

    def list(self, incidents: Sequence[Incident]) -> None:
        """Shows incidents that another process has found, the oldest first."""
        ...

    def state(self) -> State:
        """All of it."""
        ...

    def restore(self, state: State, names: Sequence[str]) -> None:
        """Takes a state in place of its own."""
        ...


class Kept:
    """Reads the history of a stage into a running watch that is new and reads no source itself.

    Counts over the life of the stream are those of the stage's checkpoint. Mix, windows and curves come from the
    history: exact as far back as seconds are kept, of which windows need an hour; see `Learned` for what is older.
    """

    def __init__(self, store: Store, running: Filled, incidents: Store | None = None) -> None:
        self._store, self._running, self._incidents = store, running, incidents
        self._listed: list[bytes] = []
        self._blank = pack(running.state())
        self._clock = running.clock
        self._seen: tuple[Saved, bytes | None] | None = None
        self._until = UNKNOWN
        self._names: tuple[str, ...] = ()

    async def look(self) -> bool:
        """Takes in what is new of the stream and of its incidents; whether anything is. Raises StoreError."""
        is_new = await self._look()
        return await self._list(is_filled=is_new) or is_new

    async def _list(self, *, is_filled: bool) -> bool:
        """Shows the incidents that detectors have found, where any do; again where what is shown was just filled."""
        if self._incidents is None:
            return False
        listed = await self._incidents.incidents(KEPT)
        if listed == self._listed and not is_filled:
            return False
        self._listed = listed
        self._running.list([msgspec.json.decode(body, type=Incident) for body in reversed(listed)])
        return True

    async def _look(self) -> bool:
        seen = await self._store.open(write=False), await self._store.status()
        if seen == self._seen:
            return False
        saved, body = seen
        if saved.checkpoint is None and self._seen is None:
            return False
        if saved.checkpoint is None:
            raise StoreError(f"{self._store.url}: this stream was forgotten while it was shown", permanent=True)
        taken = Taken.of(saved)
        spans = await self._since(taken.until) if self._goes_on(taken, saved.names) else None
        if spans is None:
            spans = await spans_before(self._store, taken.until)
            self._running.restore(unpack(self._blank), ())
        self._fill(taken, saved.names, spans)
        ended = body is not None and msgspec.json.decode(body, type=Status).ended
        self._running.finished, self._running.clock = ended, None if ended else self._clock
        self._seen, self._until, self._names = seen, taken.until, saved.names
        return True

    def _goes_on(self, taken: Taken, names: tuple[str, ...]) -> bool:
        """Whether what is kept goes on from what is shown, and not for too long to be read at once."""
        first = self._running.watch.gaps.first
        same = names[: len(self._names)] == self._names and first in (UNKNOWN, taken.gaps.first)
        return same and self._until <= taken.until <= self._until + LONGEST_WINDOW

    async def _since(self, until: int) -> list[Span] | None:
        """The seconds that are new; None where not all of them are kept any more."""
        start, end = self._until // SECOND, until // SECOND
        past = await self._store.history(start, end, _HOUR)
        return past.spans.each() if past.seconds == 1 else None

    def _fill(self, taken: Taken, names: tuple[str, ...], spans: Sequence[Span]) -> None:
        watch = self._running.watch
        watch.categories.restore(names, 0)
        near = taken.until // SECOND - _HOUR
        for span in spans:
            (self._running.close if span.start >= near else watch.close)(as_tick(span))
        if taken.until != UNKNOWN:
            self._running.close(gather(np.empty(0, np.int64), np.empty(0, np.int32), TICK, taken.until))
        kept, late, malformed = taken.gaps.events, taken.late, taken.malformed
        watch.counts, watch.gaps = taken.counts, taken.gaps
        watch.tally = Tally(read=kept + late + malformed, kept=kept, late=late, malformed=malformed)
