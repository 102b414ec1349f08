"""Looking: a watch that another process runs, shown from its store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from rarebird.config.settings import Settings
from rarebird.errors import StoreError
from rarebird.model.snapshot import StoreReading
from rarebird.run.held import Held, bring_back, unpacked
from rarebird.run.journal import Entry
from rarebird.run.running import Running
from rarebird.source.live import Backoff
from rarebird.store.contract import Saved, Store

LOOK_S: Final = 1.0
_SHARE: Final = 10
"""A look is followed by a rest of so many times what it took: with a large state that is seconds."""
PATIENT: Final = Backoff(first_s=0.5, longest_s=10.0)


async def looking(store: Store, clock: Callable[[], int]) -> Looking:
    """A first look at the watch of a store. Raises StoreError where it holds none."""
    saved = await store.open(write=False)
    if saved.checkpoint is None:
        told = ", ".join(map(repr, await store.watches())) or "none"
        raise StoreError(f"expected the watch by that name in {store.url}, found {told}", permanent=True)
    return Looking(store, saved, clock)


class Looking:
    """Keeps a running watch, which reads no source itself, to what a store holds."""

    def __init__(self, store: Store, saved: Saved, clock: Callable[[], int]) -> None:
        held = unpacked(saved, store.url)
        own = held.state["own"]
        settings = Settings.of(own["settings"])
        self.running = Running(settings.watch(), settings, (), clock if own["live"] else None)
        self.running.archive = store
        self._store, self._saved = store, saved
        self._show(held)

    async def keep_up(self, *, look_s: float = LOOK_S, backoff: Backoff = PATIENT) -> None:
        """Looks again and again, until the store fails for good: then raises StoreError."""
        rest = look_s
        attempt = 0
        while True:
            await backoff.sleep(rest)
            begun = time.monotonic()
            try:
                self._take(await self._store.open(write=False))
                attempt = 0
            except StoreError as error:
                if error.permanent:
                    raise
                attempt += 1
                rest = backoff.wait_s(attempt)
                self._tell(f"{error}; looking again in {rest:.1f} s (attempt {attempt})")
            else:
                rest = max(look_s, _SHARE * (time.monotonic() - begun))

    def _take(self, saved: Saved) -> None:
        if saved == self._saved and self.running.store is not None and self.running.store.kind == "keeping":
            return
        if saved.checkpoint is None:
            raise StoreError(f"{self._store.url}: this watch was forgotten while it was shown", permanent=True)
        self._saved = saved
        self._show(unpacked(saved, self._store.url))

    def _show(self, held: Held) -> None:
        bring_back(self.running, held, self._count)
        self._tell("")

    def _count(self, entry: Entry) -> None:
        self.running.take(entry.batch, entry.missed)

    def _tell(self, detail: str) -> None:
        self.running.show(StoreReading(self._store.url, "failing" if detail else "keeping", detail, ""))


async def until_stopped(keeping_up: asyncio.Task[None], stop: asyncio.Event) -> None:
    """Waits until somebody says stop, or what should go on fails: then raises why."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({keeping_up, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if keeping_up.done():
        keeping_up.result()
    keeping_up.cancel()
