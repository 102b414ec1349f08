"""Sending: what waits in the outbox of a store, on its way to people."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

import msgspec

from rarebird.errors import NotifyError, StoreError
from rarebird.model.instant import SECOND
from rarebird.notify.backlog import Entry
from rarebird.notify.contract import Notice
from rarebird.notify.outgoing import Outgoing, not_sent
from rarebird.run.ledger import Ledger
from rarebird.run.outbox import Outbox
from rarebird.source.live import Backoff
from rarebird.store.contract import Claimed, Message, Store
from rarebird.supervise import Supervisor

LEASE: Final = 2 * 3600 * SECOND
"""What is in hand for longer is claimed anew. Who opens a store to write has all that was claimed before at once."""
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

    What a channel cannot take stays for the next start. `clock` gives µs UTC, and may jump; `fail` is told why a
    channel ends.
    """

    def __init__(
        self,
        outbox: Outbox,
        ways: Mapping[str, Outgoing],
        say: Callable[[str], None],
        fail: Callable[[NotifyError | BrokenPipeError], None],
        clock: Callable[[], int],
    ) -> None:
        self.ways, self.backlogs = ways, {channel: way.backlog() for channel, way in ways.items()}
        self._outbox, self._say, self._fail, self._clock = outbox, say, fail, clock
        self._open = set(ways)
        self._in_hand: dict[str, Message] = {}
        self._gone: set[str] = set()
        self._changed, self._room = asyncio.Event(), asyncio.Event()
        self._ready = {channel: asyncio.Event() for channel in ways}
        self._is_ending = self._is_over = self._is_committed = False
        self._again: list[str] = []
        self._held = 0
        self._unsettled: dict[str, list[str]] = {channel: [] for channel in ways}
        """What was sent, but is not yet written down as sent."""
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, store: Store, tasks: Supervisor) -> None:
        """Sends what waits in a store that was opened to write, and what is committed from here on."""
        # A replay finds again what is sent already, which the store knows.
        self._again = self._outbox.ids
        self._tasks = [tasks.start("outbox", partial(self._claim_on, store))]
        self._tasks += [tasks.start(f"sending to {each}", partial(self._send_on, store, each)) for each in self.ways]

    def committed(self) -> None:
        """A step was made durable: something may be due."""
        self._is_committed = True
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
                self._say(f"{not_sent(count)}; the next start with the same --notify sends what the store holds")

    async def _claim_on(self, store: Store) -> None:
        # What was claimed as an exception ended this is in nobody's hand, and would be until the lease is over.
        lease, self._held = self._held, LEASE
        while lease and await self._claim(store, lease) == _AT_ONCE:
            await self._until_room()
        while not self._is_over:
            self._changed.clear()
            is_last, is_committed = self._is_ending, self._is_committed
            while await self._claim(store) == _AT_ONCE:
                await self._until_room()
            if is_committed:
                self._outbox.sent([id for id in self._again if id not in self._in_hand])
                self._again = []
            if is_last:
                break
            await self._changed.wait()
        self._is_over = True
        for ready in self._ready.values():
            ready.set()

    async def _claim(self, store: Store, ahead: int = 0) -> int:
        """Takes some of what is due, or will be within `ahead` µs, in hand; how many."""
        # Where the clock jumps, what is in hand is found again, or was sent before the answer came.
        self._gone.clear()
        found = await self._tried(lambda: store.claim(self._clock() + ahead, _AT_ONCE, LEASE))
        useless = [each.message.id for each in found if self._is_new(each) and not self._take(each.message)]
        if useless:
            await self._sent(store, useless)
        return len(found)

    def _is_new(self, claimed: Claimed) -> bool:
        channel, id = claimed.message.channel, claimed.message.id
        return channel in self._open and id not in self._in_hand and id not in self._gone

    def _take(self, message: Message) -> bool:
        """Whether the channel has any use for it."""
        now, way = self._clock(), self.ways[message.channel]
        if message.due > now:
            way.hold((message.due - now) / SECOND)
        notice = msgspec.json.decode(message.body, type=Notice)
        self._in_hand[message.id] = message
        self._ready[message.channel].set()
        entry = Entry(notice, message.id, notice.found or now, in_doubt=message.tries > 0)
        return self.backlogs[message.channel].put(entry)

    async def _until_room(self) -> None:
        while len(self._in_hand) >= _IN_HAND:
            self._room.clear()
            await self._room.wait()

    async def _send_on(self, store: Store, channel: str) -> None:
        backlog, ready, way = self.backlogs[channel], self._ready[channel], self.ways[channel]
        ledger = Ledger(
            lambda entries: self._tried(lambda: store.note(entries)), self._in_hand, self._clock, backlog.marks
        )
        unsettled = self._unsettled[channel]
        while backlog or unsettled or not self._is_over:
            if unsettled:
                await self._sent(store, unsettled)
                unsettled.clear()
                continue
            if not backlog:
                ready.clear()
                await ready.wait()
                continue
            try:
                unsettled += await way.send_one(backlog, ledger)
            except (NotifyError, BrokenPipeError) as error:
                self._give_up(channel)
                self._fail(error)
                return

    async def _sent(self, store: Store, ids: Sequence[str]) -> None:
        await self._tried(lambda: store.sent(ids))
        self._outbox.sent(ids)
        self._gone.update(ids)
        for id in ids:
            self._in_hand.pop(id, None)
        self._room.set()

    def _give_up(self, channel: str) -> None:
        """What waits for a channel stays in the store."""
        self._open.discard(channel)
        self._outbox.give_up(channel)
        for id in [id for id, message in self._in_hand.items() if message.channel == channel]:
            del self._in_hand[id]
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
