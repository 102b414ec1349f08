"""Outgoing: notices on their way to a notifier, in groups, each tried until it is taken."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from msgspec import Struct

from rarebird.errors import NotifyError
from rarebird.notify.backlog import Backlog, Entry, Item
from rarebird.notify.contract import Notice, Notifier, Undelivered
from rarebird.notify.links import Links

PATIENCE_S: Final = 3600.0
"""How long one message is tried, s."""
LONGEST_S: Final = 86_400.0
"""No service is left alone for longer, whatever it asks or a clock says, s."""


class Waits(Protocol):
    """The waits between attempts."""

    def wait_s(self, attempt: int) -> float:
        """How long to wait before an attempt (from 1), s."""
        ...

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        """Waits so many seconds."""
        ...


class Ledger(Protocol):
    """What is written down of attempts, so that another process knows of them."""

    async def trying(self, group: Sequence[Item]) -> None:
        """Some are about to be sent."""
        ...

    async def failed(self, group: Sequence[Item], error: Undelivered) -> None:
        """They were not taken, or it is not known."""
        ...


class NoLedger:
    """Nothing is written down: what is not sent ends with the process."""

    async def trying(self, group: Sequence[Item]) -> None:
        """Nothing."""

    async def failed(self, group: Sequence[Item], error: Undelivered) -> None:
        """Nothing."""


class Tally(Struct):
    """What came of the attempts of one run."""

    sent: int = 0
    """Messages that were taken."""
    failed: int = 0
    """Attempts that were not, or of which that is not known."""
    retried: int = 0
    """Attempts behind one of those."""
    repeated: int = 0
    """Attempts at what may have been taken before."""
    detail: str = ""
    """Why the last attempt failed; empty where it did not."""


class Outgoing:
    """Sends notices in their order, never more often than the notifier allows; of an incident what was told last.

    A group is at least once with people: where its answer was lost it is sent again, and says so. `clock` gives
    seconds.
    """

    def __init__(  # noqa: PLR0913 - to whom, how, and when, each by name
        self,
        notifier: Notifier,
        say: Callable[[str], None],
        waits: Waits,
        *,
        clock: Callable[[], float] = time.monotonic,
        patience_s: float = PATIENCE_S,
        links: Links | None = None,
    ) -> None:
        self._notifier, self._say, self._waits = notifier, say, waits
        self._clock, self._patience_s, self._links = clock, patience_s, links
        self._free_at = 0.0
        self._backlog = self.backlog()
        self.tally = Tally()

    @property
    def name(self) -> str:
        """What people call the service."""
        return self._notifier.name

    @property
    def unsent(self) -> int:
        """Notices of the last call of `send` that are still to be sent."""
        return len(self._backlog)

    def backlog(self) -> Backlog:
        """Where notices may wait for it."""
        return Backlog(edits=self._notifier.edits, folds=not self._notifier.records)

    def hold(self, seconds: float) -> None:
        """Nothing is sent for so long from now on."""
        self._free_at = max(self._free_at, self._clock() + min(seconds, LONGEST_S))

    async def send(self, notices: Sequence[Notice]) -> None:
        """Hands all of them over, quiet ones where that is of use.

        Raises NotifyError where trying again cannot help, or has not for `patience_s`.
        """
        self._backlog = self.backlog()
        for notice in notices:
            self._backlog.put(Entry(notice))
        while len(self._backlog):
            await self.send_one(self._backlog, NoLedger())

    async def send_one(self, backlog: Backlog, ledger: Ledger) -> list[str]:
        """Hands over the message that is due next, as it stands when it is taken; the ids of all that it stood for.

        Raises NotifyError as `send` does.
        """
        begun, attempt = self._clock(), 0
        while True:
            await self._wait(self._free_at - self._clock())
            group = backlog.head(self._notifier.most)
            if not group:
                return []
            await ledger.trying(group)
            try:
                await self._attempt(group, backlog.told(group))
                break
            except Undelivered as error:
                attempt += 1
                wait = max(min(error.after_s or 0.0, LONGEST_S), self._waits.wait_s(attempt))
                self._free_at = self._clock() + max(wait, self._notifier.pause_s)
                for item in group:
                    item.last.in_doubt |= error.in_doubt
                await ledger.failed(group, error)
                if error.permanent or self._clock() + wait - begun > self._patience_s:
                    raise NotifyError(f"{error}; {not_sent(len(backlog))}") from None
                self._say(f"{error}; trying again in {wait:.1f} s (attempt {attempt})")
        if attempt:
            self._say(f"{self._notifier.name} takes messages again")
        return backlog.take_off(group)

    async def _attempt(self, group: Sequence[Item], notices: Sequence[Notice]) -> None:
        tally = self.tally
        tally.retried += bool(tally.detail)
        tally.repeated += any(item.in_doubt for item in group)
        try:
            await self._notifier.send(notices if self._links is None else self._links.added(notices))
        except Undelivered as error:
            tally.failed += 1
            tally.detail = str(error)
            raise
        tally.sent += 1
        tally.detail = ""
        self._free_at = self._clock() + self._notifier.pause_s

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await self._waits.sleep(seconds)


def not_sent(count: int) -> str:
    """How many were not.

    >>> not_sent(1), not_sent(1200)
    ('1 notice was not sent', '1,200 notices were not sent')
    """
    return f"{count:,} {'notice was' if count == 1 else 'notices were'} not sent"
