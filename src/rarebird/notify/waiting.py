"""Waiting: notices that a running watch without a store has found and that are not sent yet, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rarebird.model.plural import counted
from rarebird.notify.backlog import Entry
from rarebird.notify.contract import Notice
from rarebird.notify.outgoing import NoLedger, Outgoing

MOST: Final = 100_000
"""Notices that wait at most, some 30 MB."""


class Waiting:
    """A queue before a notifier, so that a slow one never holds up the watch: `put`, and `send` in a task of its own.

    Beyond `most` notices the oldest are dropped, and counted, which is said once. `clock` gives µs UTC.
    """

    def __init__(
        self,
        outgoing: Outgoing,
        *,
        most: int = MOST,
        clock: Callable[[], int] = lambda: 0,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.dropped = 0
        self.outgoing, self.backlog = outgoing, outgoing.backlog()
        self._most, self._clock, self._say = most, clock, say
        self._finished = self.is_closed = False

    def __len__(self) -> int:
        return len(self.backlog) + self.backlog.set_aside

    def put(self, notices: Sequence[Notice]) -> None:
        """Takes more in."""
        if self.is_closed:
            self.dropped += len(notices)
            return
        now = self._clock()
        for notice in notices:
            self.backlog.put(Entry(notice, since=now))
        while self.backlog.held > self._most:
            if not self.dropped:
                self._say(
                    f"more than {counted(self._most, 'notices')} wait for {self.outgoing.name}: the oldest are dropped"
                )
            self.backlog.drop_oldest()
            self.dropped += 1

    def finish(self) -> None:
        """Nothing more follows."""
        self._finished = True
        self.backlog.filled.set()

    def close(self) -> None:
        """Nobody takes anything any more."""
        self.is_closed = True
        while self.backlog.held:
            self.backlog.drop_oldest()
            self.dropped += 1

    async def send(self) -> None:
        """Sends until nothing waits and nothing follows. Raises ChannelClosed."""
        while self.backlog or not self._finished:
            await self.outgoing.send_one(self.backlog, NoLedger())
