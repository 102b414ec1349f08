"""Keeping: an intake with a store behind it, from which the next start goes on as if nothing had happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

from rarebird.errors import StoreError
from rarebird.model.batch import Batch, empty
from rarebird.model.position import Position
from rarebird.model.snapshot import StoreReading
from rarebird.run.handing import Handing
from rarebird.run.held import bring_back, unpacked
from rarebird.run.intake import settle
from rarebird.run.journal import Entry, Heard
from rarebird.run.pending import Item, Pending, item_of
from rarebird.run.redelivery import Redelivery
from rarebird.run.relearning import incidents, upgrade
from rarebird.run.running import Running
from rarebird.run.seams import Seams
from rarebird.run.sending import Sending
from rarebird.run.steps import USUAL, Pace, Steps
from rarebird.source.contract import Source
from rarebird.source.live import Backoff
from rarebird.store.contract import Saved, Step, Store
from rarebird.supervise import always

_RECALLED_S: Final = 7200
"""History that is written anew where a store forgets its last steps just after a start."""
PATIENT: Final = Backoff(first_s=0.5, longest_s=10.0)


class Former(NamedTuple):
    """Under which name a store may still hold the watch, and what is to stand in its texts in place of secrets."""

    name: str
    swap: Callable[[bytes], bytes]


class Keeping:
    """Journals all that comes in, and makes a checkpoint when the journal has grown long.

    Where all sources give again what is missing, a batch counts at once and is durable within a second. Where one
    does not, all batches are counted only once they are durable, so that nothing counted is ever lost.
    """

    def __init__(  # noqa: PLR0913 - what is kept where, and how, each by name
        self,
        running: Running,
        store: Store,
        *,
        keeps: str = "",
        fresh: bool = False,
        pace: Pace = USUAL,
        backoff: Backoff = PATIENT,
        handing: Handing | None = None,
        sending: Sending | None = None,
        former: Former | None = None,
    ) -> None:
        self._former, self._is_renamed = former, False
        self._running, self._store, self._keeps, self._fresh = running, store, keeps, fresh
        self._is_held = not all(source.again for source in running.sources)
        self._every_s = pace.held_s if self._is_held else pace.every_s
        self._pace, self._backoff, self._sending = pace, backoff, sending
        self._pending, self._steps, self._seams = (
            Pending(),
            Steps(running, pace, handing),
            Seams(sources=running.sources),
        )
        self._redelivery = Redelivery(running.watch, running.sources)
        self._in_flight: list[Item] = []
        self._news, self._full, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._is_closing = False
        self._since: int | None = None
        self._committing: asyncio.Task[None] | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._heard = 0
        self._committed = asyncio.Event()

    async def open(self) -> dict[str, Position]:
        """Goes on from what the store holds, and begins to commit. Raises StoreError where it cannot."""
        saved = await self._opened()
        self._steps.begin(saved)
        self._seams = Seams(saved.positions, self._running.sources)
        if saved.checkpoint is None:
            if self._running.outbox is not None:
                self._running.outbox.go_on()
            await self._store.commit(self._steps.checkpoint())
        else:
            held = unpacked(saved, self._store.url)
            listed = await incidents(self._store) if held.is_outdated else ()
            bring_back(self._running, held, self._count, listed)
            await self._recall()
            self._since = self._running.watch.watermark
            is_asked = held.missing != self._running.watch.categories.missing
            is_upgraded = await upgrade(self._store, self._running)
            if self._running.go_on() or is_asked or is_upgraded or self._is_renamed:
                await self._store.commit(self._steps.checkpoint())
        self._redelivery = Redelivery(self._running.watch, self._running.sources, saved.positions)
        if self._sending is not None:
            self._sending.begin(self._store, self._running.tasks)
        self._show()
        self._running.archive = self._store
        self._running.wake = self._news.set
        if self._steps.hands_over:
            self._news.set()
        # Before anything comes in: it may have been said before what is told next.
        self._heard = self._running.answers.last
        await self._hear()
        self._committing = self._running.tasks.start("committing", self._commit_on, ends=always)
        self._hearing = self._running.tasks.start("answers", self._hear_on)
        return self._beginnings(saved.positions)

    def _beginnings(self, positions: dict[str, Position]) -> dict[str, Position]:
        """Where each source goes on. A store that knows categories knows their field, also in a source that is new."""
        if not positions or len(self._running.watch.categories) == 1:
            return positions
        return {source.name: Position(present=True) for source in self._running.sources} | positions

    async def _opened(self) -> Saved:
        if self._former is not None:
            self._is_renamed = await self._store.rename(self._former.name, self._former.swap)
        if not self._fresh:
            return await self._store.open(write=True)
        # What cannot be opened, such as that of another version, can still be forgotten.
        with suppress(StoreError):
            await self._store.open(write=True)
        await self._store.forget()
        return await self._store.open(write=True)

    async def _recall(self) -> None:
        until = self._running.watch.recent.until
        past = await self._store.history(until - _RECALLED_S, until, _RECALLED_S)
        if past.seconds == 1:
            self._steps.recall(past.spans)

    async def take(self, source: Source, batch: Batch, position: Position) -> None:
        """Takes a batch in, and waits while too much is not durable yet."""
        watch = self._running.watch
        missed = self._seams.crossed(source, batch, position, watch.watermark)
        batch = self._redelivery.marked(source, batch)
        self._enter(Entry(batch, watch.categories.folded, missed), source.name, position)
        if batch.read or batch.handed or missed:
            self._news.set()
        if self._pending.size + self._steps.size >= self._pace.room:
            self._full.set()
            self._room.clear()
            await self._room.wait()

    def _enter(self, entry: Entry, source: str = "", position: Position | None = None) -> None:
        """Counts an entry, unless it has to wait until it is durable or for another one that has."""
        is_counted = not self._is_held or not (entry.batch.read or self._in_flight or self._waits)
        item = item_of(entry, source, position, counted=is_counted)
        self._pending.add(item)
        if is_counted:
            self._take_in(item)

    def _take_in(self, item: Item) -> None:
        if item.position is not None:
            self._steps.at(item.source, item.position)
        self._count(item.entry)

    def checkpoint_soon(self) -> None:
        """Has the next commit hold the whole state: something was learned that the journal does not hold."""
        self._steps.is_due = True
        self._news.set()

    async def _hear_on(self) -> None:
        """Looks for what somebody said after each commit, and now and then where nothing is committed."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.hear_s):
                    await self._committed.wait()
            self._committed.clear()
            # Whether the store is well is shown by what commits; what was said waits there.
            with suppress(StoreError):
                await self._hear()

    async def _hear(self) -> None:
        for number, body in await self._store.replies(self._heard):
            self._heard = number
            self._enter(Entry(empty(), self._running.watch.categories.folded, heard=Heard(number, body)))
            self._news.set()

    @property
    def _waits(self) -> bool:
        return bool(self._pending.items) and not self._pending.items[-1].counted

    def _count(self, entry: Entry) -> None:
        if entry.heard is not None:
            self._running.hear(entry.heard)
            return
        closed = self._running.take(entry.batch, entry.missed)
        if (closed.ticks is not None and self._steps.note(closed.ticks)) or self._steps.tells:
            self._news.set()
        settle(self._running)

    async def failing(self) -> None:
        """Waits until the store can not be written any more for good, and raises why."""
        assert self._committing is not None
        await asyncio.shield(self._committing)

    async def _commit_on(self) -> None:
        clock = asyncio.get_running_loop().time
        last = clock() - self._every_s
        while not self._is_closing:
            await self._news.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(last + self._every_s - clock()):
                    await self._full.wait()
            last = clock()
            await self._commit()
        while self._pending.items or self._steps.size or self._steps.tells:
            await self._commit()

    async def _commit(self) -> None:
        """Makes durable what is pending, and counts what waited for that."""
        self._news.clear()
        self._full.clear()
        if self._steps.is_heavy:
            step = self._checkpoint()
        else:
            self._in_flight = self._pending.take()
            step = self._steps.journal(self._in_flight)
        self._room.set()
        await self._write(step)
        for item in self._in_flight:
            if not item.counted:
                self._take_in(item)
        self._in_flight = []
        self._committed.set()
        if self._pending.items:
            self._news.set()

    def _checkpoint(self, *, anew: bool = False) -> Step:
        """The step of all that is counted, which the journal need not hold then."""
        self._pending.drop_counted()
        return self._steps.checkpoint(anew=anew)

    async def _write(self, step: Step | None) -> None:
        """Commits a step, again and again while that can help; the stream is read no further than there is room."""
        attempt = 0
        self._running.committing_since = self._running.now
        while step is not None:
            try:
                await self._store.commit(step)
                self._running.commits += 1
                break
            except StoreError as error:
                self._running.failures += 1
                if error.lost:
                    step = await self._after_loss(step, error)
                else:
                    attempt = await self._wait(error, attempt)
        self._running.committing_since = None
        if self._sending is not None:
            self._sending.committed()
        if attempt:
            self._show()

    async def _wait(self, error: StoreError, attempt: int) -> int:
        if error.permanent and not error.lost:
            raise error
        wait = self._backoff.wait_s(attempt + 1)
        self._show(f"{error}; trying again in {wait:.1f} s (attempt {attempt + 1})")
        await self._backoff.sleep(wait)
        return attempt + 1

    async def _after_loss(self, step: Step, lost: StoreError) -> Step | None:
        """The store has forgotten what it had confirmed: all that is known here is written anew.

        What of a step is still to be written behind that: its journal, where that is not counted yet.
        """
        attempt = 0
        while True:
            try:
                self._steps.begin(await self._reopened())
                await self._store.commit(self._checkpoint(anew=True))
                break
            except StoreError as error:
                attempt = await self._wait(error, attempt)
        self._running.note(f"{lost} It was written anew from here.", self._running.watch.watermark or 0)
        self._show()
        if not self._is_held or not step.journal:
            return None
        return Step(journal=step.journal, positions=step.positions, answered=step.answered)

    async def _reopened(self) -> Saved:
        try:
            saved = await self._store.open(write=True)
        except StoreError as error:
            if not error.lost:
                raise
        else:
            if self._steps.knows(saved.names):
                return saved
        await self._store.forget()
        return await self._store.open(write=True)

    def _show(self, detail: str = "") -> None:
        kind = "failing" if detail else "keeping"
        self._running.show(StoreReading(self._store.url, kind, detail, self._keeps, self._since))

    async def finish(self) -> None:
        """The end of the input. The state stays as it was before, so that more may come behind it at another start."""
        assert self._committing is not None
        self._stop()
        await asyncio.shield(self._committing)
        self._steps.seal()
        closed = self._running.finish()
        if closed.ticks is not None:
            self._steps.note(closed.ticks)
        await self._write(self._steps.last())

    async def close(self) -> None:
        """Makes durable what came in, where that works soon, and lets go of the store."""
        self._stop()
        try:
            if self._committing is not None:
                with suppress(StoreError, TimeoutError, asyncio.CancelledError):
                    async with asyncio.timeout(self._pace.last_s):
                        await self._committing
        finally:
            try:
                if self._sending is not None:
                    await self._sending.end(finished=self._running.finished)
            finally:
                await self._store.close()

    def _stop(self) -> None:
        self._is_closing = True
        if self._hearing is not None:
            self._hearing.cancel()
        self._news.set()
        self._full.set()
