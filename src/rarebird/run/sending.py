"""Sending: what waits in the outbox of a store, on its way to people by each channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from rarebird.notify.contract import ChannelClosed
from rarebird.notify.outgoing import Outgoing, not_sent
from rarebird.run.delivery import IN_HAND, Delivery
from rarebird.run.outbox import Outbox
from rarebird.store.contract import Store
from rarebird.supervise import Supervisor

DRAIN_S: Final = 30.0
LAST_S: Final = 5.0
"""How long the end of a watch waits for what is not sent yet, s; the second after Ctrl-C."""


class Sending:
    """Sends by each channel what it gets, in order: what one of them cannot take holds up no other.

    What is not sent stays for the next start. `clock` gives µs UTC, and may jump; `closed` is told once of a channel
    that nobody is there any more; `most` entries of each channel wait here rather than in the store.
    """

    def __init__(  # noqa: PLR0913 - what is sent, how, and who hears of it, each by name
        self,
        outbox: Outbox,
        ways: Mapping[str, Outgoing],
        say: Callable[[str], None],
        closed: Callable[[ChannelClosed], None],
        clock: Callable[[], int],
        *,
        most: int = IN_HAND,
    ) -> None:
        self._outbox, self._say = outbox, say
        self.deliveries = [Delivery(name, way, outbox, clock, closed, most=most) for name, way in ways.items()]
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, store: Store, tasks: Supervisor) -> None:
        """Sends what waits in a store that was opened to write, and what is committed from here on."""
        self._tasks = [task for delivery in self.deliveries for task in delivery.begin(store, tasks)]

    def committed(self) -> None:
        """A step was made durable: something may be due."""
        for delivery in self.deliveries:
            delivery.committed()

    async def end(self, *, finished: bool) -> None:
        """Nothing more follows: waits a while for what is not sent yet, and says how much stays in the store."""
        for delivery in self.deliveries:
            delivery.end()
        try:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=DRAIN_S if finished else LAST_S)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._tell()

    def _tell(self) -> None:
        """How much stays in the store for each channel, and why."""
        waiting = self._outbox.waiting()
        for delivery in self.deliveries:
            if count := max(waiting[delivery.channel], len(delivery.in_hand)):
                detail = delivery.way.tally.detail
                why = f" ({detail})" if detail else ""
                later = "the store holds them, and the next start with the same --notify sends them"
                self._say(f"{not_sent(count, delivery.channel)}{why}; {later}")
