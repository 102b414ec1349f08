"""Outgoing: notices on their way to a notifier, in groups, each tried until it is taken."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, Protocol

from rarebird.errors import NotifyError
from rarebird.notify.contract import Notice, Notifier, Undelivered
from rarebird.notify.links import Links

PATIENCE_S: Final = 3600.0
"""How long one group is tried, s."""
LONG: Final = 250
"""Characters of a text that has a message for itself, so that none in a group has to be cut."""


class Waits(Protocol):
    """The waits between attempts."""

    def wait_s(self, attempt: int) -> float:
        """How long to wait before an attempt (from 1), s."""
        ...

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        """Waits so many seconds."""
        ...


class Outgoing:
    """Sends notices in their order, never more often than the notifier allows.

    A group is at least once with people: where its answer was lost it is sent again. `clock` gives seconds.
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
        self.unsent = 0
        """Notices of the last call that are still to be sent."""

    @property
    def most(self) -> int:
        """How many notices one message may hold."""
        return self._notifier.most

    async def send(self, notices: Sequence[Notice]) -> None:
        """Hands all of them over, quiet ones where that is of use.

        Raises NotifyError where trying again cannot help, or has not for `patience_s`.
        """
        taken = [notice for notice in notices if self._notifier.edits or not notice.quiet]
        self.unsent = len(taken)
        for group in groups(taken, self._notifier.most):
            try:
                await self._group(group)
            except Undelivered as error:
                raise NotifyError(f"{error}; {not_sent(self.unsent)}") from None
            self.unsent -= len(group)

    async def _group(self, group: Sequence[Notice]) -> None:
        begun = self._clock()
        attempt = 0
        while True:
            await self._wait(self._free_at - self._clock())
            try:
                await self._notifier.send(group if self._links is None else self._links.added(group))
                break
            except Undelivered as error:
                attempt += 1
                wait = max(error.after_s or 0.0, self._waits.wait_s(attempt))
                if error.permanent or self._clock() + wait - begun > self._patience_s:
                    raise
                self._say(f"{error}; trying again in {wait:.1f} s (attempt {attempt})")
                self._free_at = self._clock() + max(wait, self._notifier.pause_s)
        self._free_at = self._clock() + self._notifier.pause_s
        if attempt:
            self._say(f"{self._notifier.name} takes messages again")

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await self._waits.sleep(seconds)


def groups(notices: Sequence[Notice], most: int) -> Iterator[Sequence[Notice]]:
    """Notices in groups of at most `most`, in order; one of an incident, or a long one, is a group of its own."""
    begin = 0
    for at, notice in enumerate(notices):
        is_alone = notice.incident is not None or len(notice.text) > LONG
        if at > begin and (is_alone or at - begin == most):
            yield notices[begin:at]
            begin = at
        if is_alone:
            yield notices[at : at + 1]
            begin = at + 1
    if begin < len(notices):
        yield notices[begin:]


def not_sent(count: int) -> str:
    """How many were not.

    >>> not_sent(1), not_sent(1200)
    ('1 notice was not sent', '1,200 notices were not sent')
    """
    return f"{count:,} {'notice was' if count == 1 else 'notices were'} not sent"
