"""Outgoing: notices on their way to a notifier, in groups, each tried until it is taken; no notifier is given up."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from msgspec import Struct

from rarebird.errors import NotifyError
from rarebird.model.plural import counted, were
from rarebird.notify.backlog import Backlog, Entry, Item
from rarebird.notify.contract import ChannelClosed, Notice, Notifier, Undelivered, one_line
from rarebird.notify.links import Links

PATIENCE_S: Final = 3600.0
"""How long a stage of a pipeline tries one message, s; a watch does for ever."""
LONGEST_S: Final = 3600.0
"""No service is left alone for longer, whatever it asks or a clock says, s: one request an hour burdens nobody, and
what waits arrives within the hour in which the service is well again."""
_SHOWN: Final = 200
"""Characters of a notice that is set aside."""


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

    async def set_aside(self, item: Item, error: Undelivered) -> None:
        """One is refused for its content, and holds up the others no more."""
        ...


class NoLedger:
    """Nothing is written down: what is not sent ends with the process."""

    async def trying(self, group: Sequence[Item]) -> None:
        """Nothing."""

    async def failed(self, group: Sequence[Item], error: Undelivered) -> None:
        """Nothing."""

    async def set_aside(self, item: Item, error: Undelivered) -> None:
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
    failing_since: float | None = None
    """Since when all attempts have failed, by the clock of `Outgoing`; None where the last did not."""


class Outgoing:
    """Sends notices in their order, never more often than the notifier allows; of an incident what was told last.

    A group is at least once with people: where its answer was lost it is sent again, and says so. After a fault that
    somebody has to mend `long_waits` pass, after others `waits`; `clock` gives seconds.
    """

    def __init__(  # noqa: PLR0913 - to whom, how, and when, each by name
        self,
        notifier: Notifier,
        say: Callable[[str], None],
        waits: Waits,
        long_waits: Waits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        patience_s: float = math.inf,
        links: Links | None = None,
    ) -> None:
        self._notifier, self._say, self._waits, self._long_waits = notifier, say, waits, long_waits or waits
        self._clock, self._patience_s, self._links = clock, patience_s, links
        self._free_at = self._again_at = 0.0
        self._attempt = 0
        self._backlog = self.backlog()
        self.tally = Tally()

    @property
    def name(self) -> str:
        """What the notifier is called."""
        return self._notifier.name

    @property
    def unsent(self) -> int:
        """Notices that `send` was given and has not sent, those included that are set aside."""
        return len(self._backlog) + self._backlog.set_aside

    @property
    def failing_s(self) -> float | None:
        """For how long all attempts have failed, s; None where the last did not."""
        since = self.tally.failing_since
        return None if since is None else max(0.0, self._clock() - since)

    def backlog(self) -> Backlog:
        """Where notices may wait for it."""
        return Backlog(edits=self._notifier.edits, folds=not self._notifier.records)

    def hold(self, seconds: float) -> None:
        """Nothing is sent for so long from now on."""
        self._free_at = max(self._free_at, self._clock() + min(seconds, LONGEST_S))

    async def send(self, notices: Sequence[Notice]) -> None:
        """Hands all of them over but for those that are set aside, quiet ones where that is of use.

        Raises NotifyError where nothing was taken for `patience_s`, and ChannelClosed.
        """
        if not self.unsent:
            self._backlog = self.backlog()
        for notice in notices:
            self._backlog.put(Entry(notice))
        while self._backlog:
            await self.send_one(self._backlog, NoLedger())

    async def send_one(self, backlog: Backlog, ledger: Ledger) -> list[str]:
        """Tries the message that is due next once it may, as it stands then; the ids of all that was taken with it.

        Where nothing waits it returns once `backlog.filled` is set, or tries again what was set aside. Raises
        NotifyError as `send` does.
        """
        if not backlog:
            await self._rest(backlog)
        await self._wait(self._free_at - self._clock())
        if not backlog and not (backlog.has_doubtful and self._clock() >= self._again_at):
            return []
        group = backlog.head(self._notifier.most)
        await ledger.trying(group)
        self.tally.retried += bool(self.tally.detail)
        self.tally.repeated += any(item.in_doubt for item in group)
        try:
            await self._hand_over(backlog.told(group))
        except Undelivered as error:
            await self._failed(backlog, group, error, ledger)
            return []
        except ChannelClosed as error:
            self._note(str(error))
            raise
        self._taken()
        return backlog.take_off(group)

    async def _hand_over(self, notices: Sequence[Notice]) -> None:
        try:
            await self._notifier.send(notices if self._links is None else self._links.added(notices))
        except NotifyError:
            raise
        except Exception as error:
            # A fault of ours with one notice must not end the channel. Its text may hold an address.
            fault = f"could not be handed a notice ({type(error).__name__}, a fault of rarebird: please report it)"
            raise Undelivered(f"{self._notifier.name} {fault}", about="notification", in_doubt=True) from error

    def _taken(self) -> None:
        self.tally.sent += 1
        self.tally.detail, self.tally.failing_since = "", None
        self._free_at = self._clock() + self._notifier.pause_s
        if self._attempt:
            self._say(f"{self._notifier.name} takes messages again")
        self._attempt = 0

    async def _failed(self, backlog: Backlog, group: Sequence[Item], error: Undelivered, ledger: Ledger) -> None:
        """What follows from a failed attempt: a wait, and perhaps that a notice is set aside."""
        self.tally.failed += 1
        for item in group:
            item.last.in_doubt |= error.in_doubt
        await ledger.failed(group, error)
        if error.about in ("attempt", "channel"):
            self._wait_out(error, len(backlog))
            return
        if backlog and group[0].last.is_aside:
            # The service takes others, so this says nothing of it.
            self._free_at = self._clock() + max(self._notifier.pause_s, after(error, 0.0))
        else:
            self._wait_out(error, len(backlog))
        self._again_at = self._clock() + self._long_waits.wait_s(max(1, self._attempt))
        aside = backlog.refuse(group, error.about)
        if aside is not None:
            await ledger.set_aside(aside, error)
            about = one_line(aside.last.notice.text, _SHOWN)
            self._say(f"{self._notifier.name}: a notice is set aside, so that it holds up no other: {about}")

    def _wait_out(self, error: Undelivered, waiting: int) -> None:
        """Nothing is sent for a while. Raises NotifyError where patience is over."""
        self._attempt += 1
        is_new, since = self.tally.detail != str(error), self._note(str(error))
        waits = self._long_waits if error.about == "channel" else self._waits
        wait = max(after(error, waits.wait_s(self._attempt)), self._notifier.pause_s)
        self._free_at = self._clock() + wait
        if self._free_at - since > self._patience_s:
            raise NotifyError(f"{error}; {not_sent(waiting)}")
        # The first attempts and then ever fewer: an hour's outage is some lines.
        if is_new or self._attempt & (self._attempt - 1) == 0:
            self._say(f"{error}; trying again in {wait:.1f} s (attempt {self._attempt})")

    def _note(self, fault: str) -> float:
        """Why nothing is taken now, and since when that is so."""
        self.tally.detail = fault
        if self.tally.failing_since is None:
            self.tally.failing_since = self._clock()
        return self.tally.failing_since

    async def _rest(self, backlog: Backlog) -> None:
        """Waits until something has come in, or what was set aside may be tried again."""
        backlog.filled.clear()
        until: list[asyncio.Future[Any]] = [asyncio.ensure_future(backlog.filled.wait())]
        if backlog.has_doubtful:
            until.append(asyncio.ensure_future(self._waits.sleep(max(0.0, self._again_at - self._clock()))))
        try:
            await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in until:
                each.cancel()

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await self._waits.sleep(seconds)


def after(error: Undelivered, wait_s: float) -> float:
    """How long to wait after a fault, s: where somebody has to mend it as long as the service says, else no less.

    >>> after(Undelivered("busy", after_s=7.0), 2.0), after(Undelivered("gone", about="channel", after_s=7.0), 300.0)
    (7.0, 7.0)
    >>> after(Undelivered("busy", after_s=7.0), 20.0), after(Undelivered("gone", about="channel"), 300.0)
    (20.0, 300.0)
    """
    if error.after_s is None:
        return wait_s
    asked = min(error.after_s, LONGEST_S)
    return asked if error.about == "channel" else max(asked, wait_s)


def not_sent(count: int, to: str = "") -> str:
    """How many were not.

    >>> not_sent(1), not_sent(1200, "webhook")
    ('1 notice was not sent', '1,200 notices were not sent to webhook')
    """
    return f"{counted(count, 'notices')} {were(count)} not sent" + (f" to {to}" if to else "")
