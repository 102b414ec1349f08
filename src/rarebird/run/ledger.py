"""The ledger of a channel: what its store knows of attempts, so that the next process goes on from there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Final

from msgspec.structs import replace

from rarebird.model.instant import SECOND
from rarebird.notify.backlog import Item
from rarebird.notify.contract import Undelivered
from rarebird.notify.outgoing import LONGEST_S
from rarebird.store.contract import Message

Note = Callable[[Sequence[Message]], Awaitable[None]]
_ONCE: Final = 1


class Ledger:
    """Notes entries as tried before they are, and until when the channel asked to be left alone.

    What `marks` counts, as it is tried, as one that people may have got until it is known that it was refused, so that
    another process which sends it again can say so. `messages` are the entries in hand, by id; `clock` gives µs UTC.
    """

    def __init__(
        self,
        note: Note,
        messages: MutableMapping[str, Message],
        clock: Callable[[], int],
        marks: Callable[[Item], bool],
    ) -> None:
        self._note, self._messages, self._clock, self._marks = note, messages, clock, marks

    async def trying(self, group: Sequence[Item]) -> None:
        """What is about to be sent may have been, from here on."""
        await self._write({item.last.id: (_ONCE, 0) for item in group if self._marks(item)})

    async def failed(self, group: Sequence[Item], error: Undelivered) -> None:
        """What was surely refused is as before; where the service asked to wait, all that follows does."""
        due = 0
        if error.after_s is not None:
            due = self._clock() + int(min(error.after_s, LONGEST_S) * SECOND)
        tries = {item.last.id: _ONCE if item.last.in_doubt and self._marks(item) else 0 for item in group}
        await self._write({id: (count, due) for id, count in tries.items()})

    async def set_aside(self, item: Item, error: Undelivered) -> None:
        """Why it was refused, for who looks into the store, and so that the next process lets it hold up no other."""
        message = replace(self._messages[item.last.id], aside=str(error))
        await self._note([message])
        self._messages[message.id] = message

    async def _write(self, known: Mapping[str, tuple[int, int]]) -> None:
        """Writes what is not known of entries yet; of `due` no more than is needed."""
        changed = []
        for id, (tries, due) in known.items():
            message = self._messages[id]
            if message.tries != tries or (due and message.due != due):
                changed.append(replace(message, tries=tries, due=due or message.due))
        if changed:
            await self._note(changed)
            self._messages.update((message.id, message) for message in changed)
