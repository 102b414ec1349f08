"""Sending: what waits in the outbox of a store, on its way to people."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from rarebird.errors import NotifyError, StoreError
from rarebird.model.instant import SECOND
from rarebird.notify.contract import Notice
from rarebird.notify.outgoing import Outgoing
from rarebird.run.outbox import Outbox
from rarebird.source.live import Backoff
from rarebird.store.contract import Claimed, Store

LEASE: Final = 2 * 3600 * SECOND
"""Longer than a group is tried. The owner of a watch takes what one before it had claimed, however long that is."""
DRAIN_S: Final = 30.0
LAST_S: Final = 5.0
"""How long the end of a watch waits for what is not sent yet, s; the second after Ctrl-C."""
_AT_ONCE: Final = 1_000
_IN_HAND: Final = 20_000
"""Entries that wait here rather than in the store."""
_PATIENT: Final = Backoff(first_s=0.5, longest_s=10.0)
_T = TypeVar("_T")


class Sending:
    """Claims what is due and sends it, each channel by itself and in order; an entry is at least once with people.

    What a channel cannot take goes back, for the next start. `clock` gives µs UTC; `fail` is told why a channel ends.
    """

    def __init__(
        self,
        outbox: Outbox,
        ways: Mapping[str, Outgoing],
        say: Callable[[str], None],
        fail: Callable[[NotifyError | BrokenPipeError], None],
        clock: Callable[[], int],
    ) -> None:
        self._outbox, self._ways, self._say, self._fail, self._clock = outbox, ways, say, fail, clock
        self._claimed: dict[str, deque[Claimed]] = {channel: deque() for channel in ways}
        self._in_hand: set[str] = set()
        self._changed, self._room = asyncio.Event(), asyncio.Event()
        self._ready = {channel: asyncio.Event() for channel in ways}
        self._is_ending = self._is_over = False
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, store: Store) -> None:
        """Sends what waits in a store that was opened to write, and what is committed from here on."""
        self._tasks = [asyncio.create_task(self._claim_on(store))]
        self._tasks += [asyncio.create_task(self._send_on(store, channel)) for channel in self._ways]

    def committed(self) -> None:
        """A step was made durable: something may be due."""
        self._changed.set()

    async def end(self, *, finished: bool) -> None:
        """Nothing more follows: waits a while for what is not sent yet, and says how much stays in the store."""
        self._is_ending = True
        self._changed.set()
        try:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=DRAIN_S if finished else LAST_S)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if count := max(self._outbox.unsent, len(self._in_hand)):
                which = "notice was" if count == 1 else "notices were"
                self._say(
                    f"{count:,} {which} not sent; the next start with the same --notify sends what the store holds"
                )

    async def _claim_on(self, store: Store) -> None:
        ahead = LEASE
        while True:
            self._changed.clear()
            is_last = self._is_ending
            while await self._claim(store, ahead) == _AT_ONCE:
                await self._until_room()
            ahead = 0
            if is_last:
                break
            await self._changed.wait()
        self._is_over = True
        for ready in self._ready.values():
            ready.set()

    async def _claim(self, store: Store, ahead: int) -> int:
        """Takes some of what is due in hand; how many."""
        found = await self._tried(lambda: store.claim(self._clock() + ahead, _AT_ONCE, LEASE - ahead))
        for claimed in found:
            channel, id = claimed.message.channel, claimed.message.id
            if channel in self._claimed and id not in self._in_hand:
                self._in_hand.add(id)
                self._claimed[channel].append(claimed)
                self._ready[channel].set()
        return len(found)

    async def _until_room(self) -> None:
        while len(self._in_hand) >= _IN_HAND:
            self._room.clear()
            await self._room.wait()

    async def _send_on(self, store: Store, channel: str) -> None:
        waiting, ready, way = self._claimed[channel], self._ready[channel], self._ways[channel]
        while waiting or not self._is_over:
            if not waiting:
                ready.clear()
                await ready.wait()
                continue
            group = [waiting.popleft() for _ in range(min(len(waiting), way.most))]
            ids = [claimed.message.id for claimed in group]
            try:
                await way.send([msgspec.json.decode(claimed.message.body, type=Notice) for claimed in group])
            except (NotifyError, BrokenPipeError) as error:
                self._outbox.give_up(channel)
                self._fail(error)
                await self._put_back(store, channel, ids)
                return
            await self._sent(store, ids)

    async def _sent(self, store: Store, ids: Sequence[str]) -> None:
        await self._tried(lambda: store.sent(ids))
        self._outbox.sent(ids)
        self._in_hand.difference_update(ids)
        self._room.set()

    async def _put_back(self, store: Store, channel: str, tried: Sequence[str]) -> None:
        """Gives up all that is in hand for a channel; what was tried has one more try counted."""
        ids = {*tried, *(claimed.message.id for claimed in self._claimed.pop(channel))}
        due = self._clock()
        for id in tried:
            await self._tried(lambda id=id: store.retry(id, due))  # type: ignore[misc]
        self._in_hand -= ids
        self._room.set()

    async def _tried(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """What the store answers, asked again while that can help. A store that fails for good ends the watch, too."""
        attempt = 0
        while True:
            try:
                return await call()
            except StoreError as error:
                if error.permanent:
                    raise
                attempt += 1
                await _PATIENT.sleep(_PATIENT.wait_s(attempt))
