"""The stages that write into a store: each is the one owner of a watch there, and adds its history second by second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, Generic

from rarebird.model.history import Spans, joined
from rarebird.model.plural import are, counted
from rarebird.pipe.asked import PATIENT, asked
from rarebird.pipe.closing import Closing
from rarebird.pipe.inflow import Inflow, Kind, Say
from rarebird.pipe.line import EventLine, GapLine
from rarebird.pipe.taken import Taken
from rarebird.source.live import Backoff
from rarebird.stats.spans import spans_of
from rarebird.store.contract import Step, Store

COMMIT_S: Final = 1.0
"""A commit at most so often."""
RENEW_S: Final = 3600.0
"""A commit at least so often, s, though nothing has changed: a store may drop what nobody writes to."""
_COST: Final = 10
"""Commits that take long are made less often: at most a tenth of the time goes into them."""


def gaps_of(name: str) -> str:
    """The watch that holds the gaps of a stream."""
    return f"{name} gaps"


def distribution_of(name: str) -> str:
    """The watch that holds the categories of a stream."""
    return f"{name} distribution"


def stream_of(watch: str) -> str:
    """The stream whose categories a watch holds; the watch itself where it is another one.

    >>> stream_of("rsvps distribution"), stream_of("rsvps")
    ('rsvps', 'rsvps')
    """
    return watch.removesuffix(distribution_of(""))


def incidents_of(name: str) -> str:
    """The watch that holds what detectors find in the categories of a stream."""
    return f"{name} incidents"


def of_event(line: EventLine) -> str:
    """What an event is counted as: its category."""
    return str(line.category)


def of_gap(line: GapLine) -> str:
    """What a gap is counted as: all are of one kind."""
    del line
    return "gap"


class Insertion(Generic[Kind]):
    """Lines into the history of one watch, from where it stands in the store.

    Closed seconds are committed about once a second of real time, with a checkpoint, so after a crash the store holds
    all seconds up to a point. What comes again from before that point is late: counted, and not added twice.
    """

    def __init__(
        self,
        store: Store,
        counted_as: Callable[[Kind], str],
        say: Say,
        *,
        clock: Callable[[], float] = time.monotonic,
        backoff: Backoff = PATIENT,
    ) -> None:
        self._store, self._counted_as, self._say = store, counted_as, say
        self._clock, self._backoff = clock, backoff
        self._taken = Taken()
        self._closing = Closing()
        self._spans: list[Spans] = []
        self._changed = True
        self._named = 0
        self._earlier = (0, 0)
        self._due = self._stale = 0.0

    async def run(self, inflow: Inflow[Kind], *, fresh: bool = False) -> None:
        """Until the end of input; with `fresh` what was kept is forgotten first.

        Raises StoreError for what trying again cannot mend.
        """
        if fresh:
            await self._store.forget()
        saved = await self._store.open(write=True)
        self._taken, self._named = Taken.of(saved), len(saved.names)
        self._closing = Closing(self._taken.until)
        self._earlier = (self._taken.late, self._taken.malformed)
        try:
            await self._commit(inflow)
            async for lines in inflow.lines():
                self._take(lines)
                now = self._clock()
                if (self._changed and now >= self._due) or now >= self._stale:
                    await self._commit(inflow)
            self._close(final=inflow.over)
            await self._commit(inflow, ended=inflow.over)
        except asyncio.CancelledError:
            await self._commit(inflow)
            raise
        finally:
            self._tell(inflow)

    def _take(self, lines: list[Kind]) -> None:
        events = [line for line in lines if not line.is_mark]
        codes = self._taken.categories.encode([self._counted_as(line) for line in events]).tolist()
        following = iter(codes)
        for line in lines:
            if line.watermark:
                self._closing.move(line.at)
            elif not line.end:
                self._closing.take(line.at, next(following))
        self._close(final=False)

    def _close(self, *, final: bool) -> None:
        ticks = self._closing.close(final=final)
        if ticks is not None:
            self._taken.add(ticks)
            self._spans.append(spans_of(ticks.cells))
            self._changed = True

    async def _commit(self, inflow: Inflow[Kind], *, ended: bool = False) -> None:
        """Makes what has closed durable; where this task is cancelled meanwhile, that is finished first."""
        began = self._clock()
        late, malformed = self._earlier
        self._taken.late, self._taken.malformed = late + self._closing.late, malformed + inflow.malformed
        names = self._taken.categories.names
        step = Step(
            checkpoint=self._taken.checkpoint(),
            names=tuple(names[self._named :]),
            history=joined(self._spans),
            status=self._taken.status(ended=ended),
            moved=self._taken.until if self._taken.gaps.events else None,
        )
        self._named, self._spans, self._changed = len(names), [], False
        making = asyncio.ensure_future(self._durable(step))
        try:
            await asyncio.shield(making)
        except asyncio.CancelledError:
            await self._last(making, step)
            raise
        now = self._clock()
        self._due, self._stale = now + max(COMMIT_S, _COST * (now - began)), now + RENEW_S

    async def _durable(self, step: Step) -> None:
        await asked(lambda: self._store.commit(step), self._say, self._backoff, "nothing is lost, ")

    async def _last(self, making: asyncio.Future[None], step: Step) -> None:
        """Waits for a commit that is under way, unless this is cancelled once more."""
        try:
            await making
        except asyncio.CancelledError:
            seconds = len(step.history.start)
            self._say(
                f"stopped before {self._store.url} was back: {counted(seconds, 'seconds')} {are(seconds)} not kept"
            )
            raise

    def _tell(self, inflow: Inflow[Kind]) -> None:
        late = self._closing.late
        if late:
            self._say(
                f"{late:,} of {counted(inflow.read, 'lines')} {are(late)} from seconds closed already, and not "
                "counted again; to count them apart name another --name, to begin anew use --fresh"
            )
        if not inflow.over:
            self._say("the input was cut off before its end mark: the stream is not marked as ended")
