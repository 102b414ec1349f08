"""Waiting: notices that a running watch without a store has found and that are not sent yet, in bounded memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

from rarebird.notify.contract import Notice
from rarebird.notify.outgoing import Outgoing

MOST: Final = 100_000
"""Notices that wait at most, some 30 MB."""


class Waiting:
    """A queue before a notifier, so that a slow one never holds up the watch: `put`, and `send` in a task of its own.

    Beyond `most` notices the oldest are dropped, and counted.
    """

    def __init__(self, outgoing: Outgoing, *, most: int = MOST) -> None:
        self.dropped = 0
        self._outgoing, self._most = outgoing, most
        self._notices: deque[Notice] = deque()
        self._changed = asyncio.Event()
        self._finished = False

    def __len__(self) -> int:
        return len(self._notices)

    def put(self, notices: Sequence[Notice]) -> None:
        """Takes more in."""
        self._notices += notices
        while len(self._notices) > self._most:
            self._notices.popleft()
            self.dropped += 1
        self._changed.set()

    def finish(self) -> None:
        """Nothing more follows."""
        self._finished = True
        self._changed.set()

    async def send(self) -> None:
        """Sends until nothing waits and nothing follows. Raises NotifyError where the notifier cannot take any more."""
        while self._notices or not self._finished:
            group = list(islice(self._notices, self._outgoing.most))
            if not group:
                self._changed.clear()
                await self._changed.wait()
                continue
            dropped = self.dropped
            await self._outgoing.send(group)
            # What was dropped meanwhile came off the same end.
            for _ in range(len(group) - (self.dropped - dropped)):
                self._notices.popleft()
