"""Waiting: notices that a running watch without a store has found and that are not sent yet, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from rarebird.notify.backlog import Entry
from rarebird.notify.contract import Notice
from rarebird.notify.outgoing import NoLedger, Outgoing

MOST: Final = 100_000
"""Notices that wait at most, some 30 MB."""


class Waiting:
    """A queue before a notifier, so that a slow one never holds up the watch: `put`, and `send` in a task of its own.

    Beyond `most` notices the oldest are dropped, and counted. `clock` gives µs UTC.
    """

    def __init__(self, outgoing: Outgoing, *, most: int = MOST, clock: Callable[[], int] = lambda: 0) -> None:
        self.dropped = 0
        self.outgoing, self.backlog = outgoing, outgoing.backlog()
        self._most, self._clock = most, clock
        self._changed = asyncio.Event()
        self._finished = False

    def __len__(self) -> int:
        return len(self.backlog)

    def put(self, notices: Sequence[Notice]) -> None:
        """Takes more in."""
        now = self._clock()
        for notice in notices:
            self.backlog.put(Entry(notice, since=now))
        while self.backlog.size > self._most:
            self.backlog.drop_oldest()
            self.dropped += 1
        self._changed.set()

    def finish(self) -> None:
        """Nothing more follows."""
        self._finished = True
        self._changed.set()

    async def send(self) -> None:
        """Sends until nothing waits and nothing follows. Raises NotifyError where the notifier cannot take any more."""
        while self.backlog or not self._finished:
            if self.backlog:
                await self.outgoing.send_one(self.backlog, NoLedger())
                continue
            self._changed.clear()
            await self._changed.wait()
