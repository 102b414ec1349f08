"""Looking: a watch that another process runs, shown from its store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from rarebird.config.settings import Settings
from rarebird.errors import StoreError
from rarebird.model.incident import Incident
from rarebird.model.snapshot import StoreReading
from rarebird.run.held import bring_back, unpacked
from rarebird.run.journal import Entry
from rarebird.run.running import Running
from rarebird.source.live import Backoff
from rarebird.store.contract import Saved, Store, no_watch

LOOK_S: Final = 1.0
_SHARE: Final = 10
"""A look is followed by a rest of so many times what it took: with a large state that is seconds."""
PATIENT: Final = Backoff(first_s=0.5, longest_s=10.0)


async def looking(store: Store, clock: Callable[[], int]) -> Looking:
    """A first look at the watch of a store. Raises StoreError where it holds none."""
    saved = await store.open(write=False)
    if saved.checkpoint is None:
        raise no_watch(store.url, await store.watches())
    committed = Committed(store, saved, clock)
    return Looking(store, committed.running, committed.look)


class Looking:
    """Keeps a running watch, which reads no source itself, to what a store holds.

    `look` brings the watch to it and says whether anything has changed. It raises StoreError.
    """

    def __init__(self, store: Store, running: Running, look: Callable[[], Awaitable[bool]]) -> None:
        self.running = running
        self.running.archive = store
        self.running.is_open = True
        self._store, self._look = store, look
        self._tell("")

    async def keep_up(self, *, look_s: float = LOOK_S, backoff: Backoff = PATIENT) -> None:
        """Looks again and again, until the store fails for good: then raises StoreError."""
        rest = look_s
        attempt = 0
        while True:
            await backoff.sleep(rest)
            begun = time.monotonic()
            try:
                changed = await self._look()
            except StoreError as error:
                if error.permanent:
                    raise
                attempt += 1
                rest = backoff.wait_s(attempt)
                self._tell(f"{error}; looking again in {rest:.1f} s (attempt {attempt})")
            else:
                if changed or attempt:
                    self._tell("")
                attempt = 0
                rest = max(look_s, _SHARE * (time.monotonic() - begun))

    def _tell(self, detail: str) -> None:
        self.running.show(StoreReading(self._store.url, "failing" if detail else "keeping", detail, ""))


class Committed:
    """A watch as the process that runs it has committed it last."""

    def __init__(
        self, store: Store, saved: Saved, clock: Callable[[], int], listed: Sequence[Incident] = ()
    ) -> None:  # fmt: skip
        held = unpacked(saved, store.url)
        own = held.state["own"]
        settings = Settings.of(own["settings"])
        self.running = Running(settings.watch(), settings, (), clock if own["live"] else None)
        self._store, self._saved = store, saved
        bring_back(self.running, held, self._count, listed)

    async def look(self) -> bool:
        """Brings the watch to what the store holds; whether that has changed. Raises StoreError."""
        saved = await self._store.open(write=False)
        if saved == self._saved:
            return False
        if saved.checkpoint is None:
            raise StoreError(f"{self._store.url}: this watch was forgotten while it was shown", permanent=True)
        self._saved = saved
        bring_back(self.running, unpacked(saved, self._store.url), self._count)
        return True

    def _count(self, entry: Entry) -> None:
        if entry.heard is not None:
            self.running.hear(entry.heard)
        else:
            self.running.take(entry.batch, entry.missed)


async def until_stopped(keeping_up: asyncio.Task[None], stop: asyncio.Event) -> None:
    """Waits until somebody says stop, or what should go on fails: then raises why."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({keeping_up, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if keeping_up.done():
        keeping_up.result()
    keeping_up.cancel()
