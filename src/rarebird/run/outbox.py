"""The outbox of a running watch: notices that go into its store with the ticks that brought them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Final

import msgspec
from msgspec.structs import replace

from rarebird.model.state import State
from rarebird.notify.contract import Notice
from rarebird.store.contract import Message

MOST: Final = 100_000
"""Entries that are remembered until they are sent, in case the store forgets them; some 60 MB."""


class Outbox:
    """Makes an entry of each notice for each channel; what a replay finds again has the id that it had.

    `rules` is what the notices come from, in words. Where these were others before a restart, or a channel is new,
    what came in before it is not told to that channel. A channel that is new is greeted once.
    `clock` gives arrival time, µs UTC.

    >>> outbox = Outbox("rsvps", ["slack"])
    >>> outbox.put([Notice(5, "One.", "a"), Notice(5, "Two.", "a")])
    >>> [message.id for message in outbox.take()]
    ['rsvps 00000000000000000005 a 0 slack', 'rsvps 00000000000000000005 a 1 slack']
    """

    def __init__(
        self,
        watch: str,
        channels: Sequence[str],
        rules: str = "",
        *,
        clock: Callable[[], int] = lambda: 0,
    ) -> None:
        self._watch, self.channels, self._rules = watch, list(dict.fromkeys(channels)), rules
        self._clock = clock
        self._open = list(self.channels)
        self._new: list[Message] = []
        self._unsent: dict[str, Message] = {}
        self._greeted, self._new_channels = list[str](), list[str]()

    @property
    def has_news(self) -> bool:
        """Whether there are entries that no step has taken yet."""
        return bool(self._new)

    @property
    def unsent(self) -> int:
        """Entries of this run that are not sent yet."""
        return len(self._unsent)

    def ids(self, channel: str) -> list[str]:
        """Those of the entries of this run for a channel that are not sent yet."""
        return [message.id for message in chain(self._unsent.values(), self._new) if message.channel == channel]

    def waiting(self) -> Counter[str]:
        """Entries of this run that are not sent yet, by channel."""
        return Counter(message.channel for message in chain(self._unsent.values(), self._new))

    def put(self, notices: Sequence[Notice]) -> None:
        """Takes notices in: all of an instant at once, so that those about the same can be told apart."""
        seen: Counter[tuple[int, str]] = Counter()
        for notice in notices:
            about = notice.time, notice.key
            stem = f"{self._watch} {notice.time:020d} {notice.key} {seen[about]}"
            seen[about] += 1
            self._add(stem, notice, self._open)

    def _add(self, stem: str, notice: Notice, channels: Sequence[str]) -> None:
        body = msgspec.json.encode(replace(notice, found=self._clock()))
        self._new += (Message(f"{stem} {channel}", channel, body, 0) for channel in channels)

    def take(self, *, anew: bool = False) -> tuple[Message, ...]:
        """The entries for the next step; `anew` with all of this run that are not sent yet."""
        before = tuple(self._unsent.values()) if anew else ()
        new, self._new = self._new, []
        self._unsent.update((message.id, message) for message in new)
        while len(self._unsent) > MOST:
            del self._unsent[next(iter(self._unsent))]
        return (*before, *new)

    def sent(self, ids: Sequence[str]) -> None:
        """Forgets entries that were sent."""
        for id in ids:
            self._unsent.pop(id, None)

    def state(self) -> State:
        """To whom is told what is found by which rules."""
        return {"told_to": self._told_to(self.channels), "greeted": self._greeted}

    def restore(self, state: State) -> None:
        """What is taken in from here on came in before a restart; it is told to those to whom it was told then."""
        known = state.get("told_to", [])
        self._open = [each for each in self.channels if self._told_to([each])[0] in known]
        self._greeted = list(state.get("greeted", (each.partition(": ")[0] for each in known)))

    def go_on(self) -> bool:
        """All that is taken in from here on is new; whether it is told otherwise than what came before."""
        new = [each for each in self.channels if each not in self._greeted]
        changed = self._open != self.channels
        self._open, self._new_channels = list(self.channels), new
        return changed

    @property
    def has_new_channels(self) -> bool:
        """Whether there are channels that were not greeted, and all that is taken in is new."""
        return bool(self._new_channels)

    def greet(self, notice: Notice) -> None:
        """Tells those channels something, once; its id is the same at each start, as is that of what a replay finds."""
        self._add(f"{self._watch} {0:020d} {notice.key} 0", notice, self._new_channels)
        self._greeted += self._new_channels
        self._new_channels = []

    def _told_to(self, channels: Sequence[str]) -> list[str]:
        return [f"{channel}: {self._rules}" for channel in channels]
