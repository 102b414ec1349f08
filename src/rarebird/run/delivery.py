"""Delivery: what waits in a store for one channel, on its way to people."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from rarebird.errors import StoreError
from rarebird.model.instant import SECOND
from rarebird.notify.backlog import Entry
from rarebird.notify.contract import ChannelClosed, Notice
from rarebird.notify.outgoing import Outgoing
from rarebird.run.ledger import Ledger
from rarebird.run.outbox import Outbox
from rarebird.source.live import Backoff
from rarebird.store.contract import Claimed, Message, Store
from rarebird.supervise import Supervisor

LEASE: Final = 2 * 3600 * SECOND
"""What is in hand for longer is claimed anew. Who opens a store to write has all that was claimed before at once."""
IN_HAND: Final = 20_000
"""Entries of one channel that wait here rather than in the store."""
_AT_ONCE: Final = 1_000
_PATIENT: Final = Backoff(first_s=0.5, longest_s=10.0)
_T = TypeVar("_T")


class Delivery:
    """Claims what is due for a channel and sends it, in order; an entry is at least once with people.

    What the channel cannot take stays in the store, and holds up no other channel. `clock` gives µs UTC, and may jump;
    `closed` is told once that nobody is there any more.
    """

    def __init__(  # noqa: PLR0913 - what is sent to whom, and how, each by name
        self,
        channel: str,
        way: Outgoing,
        outbox: Outbox,
        clock: Callable[[], int],
        closed: Callable[[ChannelClosed], None],
        *,
        most: int = IN_HAND,
    ) -> None:
        self.channel, self.way, self.backlog = channel, way, way.backlog()
        self._outbox, self._clock, self._closed, self._most = outbox, clock, closed, most
        self.in_hand: dict[str, Message] = {}
        self._gone: set[str] = set()
        self._changed, self._room = asyncio.Event(), asyncio.Event()
        self._again: list[str] = []
        self._held = 0
        self._unsettled: list[str] = []
        """What was sent, but is not yet written down as sent."""
        self._is_ending = self._is_over = self._is_committed = False

    def begin(self, store: Store, tasks: Supervisor) -> list[asyncio.Task[None]]:
        """Begins to claim and to send, each in a task."""
        # A replay finds again what is sent already, which the store knows.
        self._again = self._outbox.ids(self.channel)
        claiming = tasks.start(f"outbox of {self.channel}", partial(self._claim_on, store))
        return [claiming, tasks.start(f"sending to {self.channel}", partial(self._send_on, store))]

    def committed(self) -> None:
        """Something may be due."""
        self._is_committed = True
        self._changed.set()

    def end(self) -> None:
        """Nothing more follows than what is committed."""
        self._is_ending = True
        self._changed.set()

    async def _claim_on(self, store: Store) -> None:
        # What was claimed as an exception ended this is in nobody's hand, and would be until the lease is over.
        lease, self._held = self._held, LEASE
        while lease and await self._claim(store, lease) == _AT_ONCE and not self._is_over:
            await self._until_room()
        while not self._is_over:
            self._changed.clear()
            is_last, is_committed = self._is_ending, self._is_committed
            while await self._claim(store) == _AT_ONCE and not self._is_over:
                await self._until_room()
            if is_committed:
                self._outbox.sent([id for id in self._again if id not in self.in_hand])
                self._again = []
            if is_last:
                break
            await self._changed.wait()
        self._is_over = True
        self.backlog.filled.set()

    async def _claim(self, store: Store, ahead: int = 0) -> int:
        """Takes some of what is due, or will be within `ahead` µs, in hand; how many."""
        # Where the clock jumps, what is in hand is found again, or was sent before the answer came.
        self._gone.clear()
        found = await _tried(lambda: store.claim(self._clock() + ahead, _AT_ONCE, LEASE, self.channel))
        useless = [
            each.message.id for each in found if self._is_new(each) and not await self._take(store, each.message)
        ]
        if useless:
            await self._sent(store, useless)
        return len(found)

    def _is_new(self, claimed: Claimed) -> bool:
        return claimed.message.id not in self.in_hand and claimed.message.id not in self._gone

    async def _take(self, store: Store, message: Message) -> bool:
        """Whether the channel has any use for it."""
        now = self._clock()
        if message.due > now:
            self.way.hold((message.due - now) / SECOND)
        self.in_hand[message.id] = message
        try:
            notice = msgspec.json.decode(message.body, type=Notice)
        except msgspec.DecodeError as error:
            await self._unreadable(store, message, error)
            return True
        doubt, aside = message.tries > 0, bool(message.aside)
        return self.backlog.put(Entry(notice, message.id, notice.found or now, in_doubt=doubt, is_aside=aside))

    async def _unreadable(self, store: Store, message: Message, error: msgspec.DecodeError) -> None:
        """What another version left is kept for it, and holds up nothing."""
        self.backlog.unread += 1
        if not message.aside:
            why = f"it cannot be read by this version of rarebird ({error})"
            await _tried(lambda: store.note([replace(message, aside=why)]))

    async def _until_room(self) -> None:
        while len(self.in_hand) >= self._most and not self._is_over:
            self._room.clear()
            await self._room.wait()

    async def _send_on(self, store: Store) -> None:
        async def note(entries: Sequence[Message]) -> None:
            await _tried(lambda: store.note(entries))

        ledger = Ledger(note, self.in_hand, self._clock, self.backlog.marks)
        while self.backlog or self._unsettled or not self._is_over:
            if self._unsettled:
                await self._sent(store, self._unsettled)
                self._unsettled.clear()
                continue
            try:
                self._unsettled += await self.way.send_one(self.backlog, ledger)
            except ChannelClosed as error:
                self._is_over = True
                self._changed.set()
                self._room.set()
                self._closed(error)
                return

    async def _sent(self, store: Store, ids: Sequence[str]) -> None:
        await _tried(lambda: store.sent(ids))
        self._outbox.sent(ids)
        self._gone.update(ids)
        for id in ids:
            self.in_hand.pop(id, None)
        self._room.set()


async def _tried(call: Callable[[], Awaitable[_T]]) -> _T:
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
