"""What waits for a service: notices in their order, and of each incident only what was told of it last.

What the service has refused for its content some times is set aside, so that it holds up nothing behind it. That may
have been the service's own fault: so it is tried again until the service has taken something else, and some times then.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice, takewhile
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from rarebird.notify.contract import REPEAT, About, Notice

LONG: Final = 250
"""Characters of a text that has a message for itself, so that none in a group has to be cut."""


TRIES: Final = 3
"""So often a notice is refused for its content before it is set aside. A restart of what stands before a service, which
answers 400 meanwhile, takes seconds."""
TRIES_UNKNOWN: Final = 10
"""So often where the service does not say what a refusal is about: some minutes, for it may be out of order."""
LAST_TRIES: Final = 3
"""So often one that was set aside is refused while the service takes others, before it is left alone."""


class Entry(Struct, eq=False):
    """A notice that waits."""

    notice: Notice
    id: str = ""
    """By which its keeper knows it."""
    since: int = 0
    """Since when, arrival time, µs UTC."""
    in_doubt: bool = False
    """It may have been sent before."""
    refused: int = 0
    """How often it was refused for its content, or for what is not known, since it waits, is alone or was set aside."""
    is_alone: bool = False
    """It is a message for itself: one of several that were refused."""
    is_aside: bool = False
    """It was set aside."""


class Item(Struct, frozen=True, eq=False):
    """What one notice of a message stands for: what was told of an incident while it waited, or one thing."""

    key: Hashable
    """What it is about."""
    entries: tuple[Entry, ...]

    @property
    def last(self) -> Entry:
        """The one that is told."""
        return self.entries[-1]

    @property
    def is_quiet(self) -> bool:
        """Whether all of it only changes what was told before."""
        return all(entry.notice.quiet for entry in self.entries)

    @property
    def in_doubt(self) -> bool:
        """Whether people may have got it already, but for what only changes it."""
        for entry in reversed(self.entries):
            if entry.in_doubt:
                return True
            if not entry.notice.quiet:
                break
        return False


class _Line(OrderedDict[Hashable, Item]):
    """Items in their order, by what they are about."""

    size = 0
    """Entries of all of them."""

    def put(self, item: Item, *, first: bool = False) -> None:
        """Takes one in, in place of the one by its key, else behind or before all others."""
        self.size += len(item.entries) - (len(self[item.key].entries) if item.key in self else 0)
        self[item.key] = item
        if first:
            self.move_to_end(item.key, last=False)

    def take(self, key: Hashable) -> Item:
        """Takes one out."""
        item = self.pop(key)
        self.size -= len(item.entries)
        return item


class Backlog:
    """Notices that wait for one service, in order.

    `edits`: it takes those that only change what was told before; another one gets them only in place of what waits, or
    as a line of their own where they add something. `folds`: what is told of an incident stands in place of all that
    waits of it, where the last of that stood.

    >>> backlog = Backlog(edits=False, folds=True)
    >>> backlog.put(Entry(Notice(1, "One."))), backlog.put(Entry(Notice(2, "Changed.", quiet=True)))
    (True, False)
    >>> [notice.text for notice in backlog.told(backlog.head(10))]
    ['One.']
    """

    def __init__(self, *, edits: bool, folds: bool) -> None:
        self._edits, self._folds = edits, folds
        self._items, self._aside, self._left = _Line(), _Line(), _Line()
        self.unread = 0
        """Of those that their keeper holds, how many this version cannot read."""
        self.filled = asyncio.Event()
        """Set where something has come in, or whoever waits for that should look again."""

    def __len__(self) -> int:
        """What waits, but for what was set aside."""
        return len(self._items)

    @property
    def size(self) -> int:
        """Notices that wait, those included in whose place another one stands, but for what was set aside."""
        return self._items.size

    @property
    def held(self) -> int:
        """All notices that are held here."""
        return self._items.size + self._aside.size + self._left.size

    @property
    def set_aside(self) -> int:
        """How many were set aside, whether they are tried again or not."""
        # Those that are tried once more stand before all others.
        tried = takewhile(lambda item: item.last.is_aside, self._items.values())
        return len(self._aside) + len(self._left) + len(list(tried)) + self.unread

    @property
    def has_doubtful(self) -> bool:
        """Whether some were set aside, and the service has taken nothing since: it may refuse everything."""
        return bool(self._aside)

    @property
    def since(self) -> int | None:
        """Since when the oldest waits, arrival time, µs UTC; None where nothing does."""
        return min((item.entries[0].since for item in self._items.values() if not item.last.is_aside), default=None)

    def marks(self, item: Item) -> bool:
        """Whether one that may have been sent before has to say so: people can not tell, and neither can the service.

        What edits or keeps a record knows incidents again; what keeps a record also knows all else by its id.
        """
        is_incident = item.last.notice.incident is not None
        return not self._edits or (self._folds and not is_incident)

    def put(self, entry: Entry) -> bool:
        """Takes one in; False where the service has no use for it."""
        incident = entry.notice.incident
        key = incident.key if self._folds and incident is not None else id(entry)
        line = self._line_of(key)
        before = line.take(key) if key in line else None
        item = Item(key, (entry,) if before is None else (*before.entries, entry))
        if not self._wants(item):
            return False
        (self._aside if entry.is_aside else self._items).put(item)
        self.filled.set()
        return True

    def head(self, most: int) -> list[Item]:
        """What is to be sent next, as one message; what was refused before is one for itself."""
        line = self._items or self._aside
        first = list(islice(line.values(), most))
        alone = next((at for at, item in enumerate(first) if item.last.is_alone or item.last.is_aside), len(first))
        first = first[: max(1, alone)]
        group = next(groups([item.last.notice for item in first], most), ())
        return first[: len(group)]

    def refuse(self, group: Sequence[Item], about: About) -> Item | None:
        """The service has refused a message, which may be for its content: what is set aside by that, if anything."""
        tries, together = (TRIES, 1) if about == "notification" else (TRIES_UNKNOWN, TRIES_UNKNOWN)
        for item in group:
            item.last.refused += 1
            if item.last.refused >= together and not item.last.is_alone:
                item.last.is_alone = True
                item.last.refused *= len(group) == 1
        item, line = group[0], self._line_of(group[0].key)
        waiting = line.get(item.key)
        if len(group) > 1 or waiting is None or waiting.last is not item.last:
            return None
        if item.last.is_aside:
            if line is self._aside:
                # Nothing else was taken meanwhile, so that says nothing new of it.
                item.last.refused -= 1
            is_over = item.last.refused >= LAST_TRIES
            (self._left if is_over else self._aside).put(line.take(item.key))
            return None
        if item.last.refused < tries:
            return None
        item.last.is_aside, item.last.refused = True, 0
        self._aside.put(line.take(item.key))
        return waiting

    def told(self, group: Sequence[Item]) -> list[Notice]:
        """The notices of a message; one that may have been sent before says so where the service cannot know."""
        return [self._notice(item) for item in group]

    def take_off(self, group: Sequence[Item]) -> list[str]:
        """What was sent goes, and what it stood for; their ids. What came in meanwhile stays.

        The service takes something: what was set aside is tried again before all else.
        """
        ids: list[str] = []
        for item in group:
            ids += (entry.id for entry in item.entries)
            line = self._line_of(item.key)
            waiting = line.get(item.key)
            if waiting is None:
                continue
            left = Item(item.key, tuple(entry for entry in waiting.entries if entry not in item.entries))
            if left.entries and self._wants(left):
                line.put(left)
            else:
                line.take(item.key)
                ids += (entry.id for entry in left.entries)
        for key in list(reversed(self._aside)):
            self._items.put(self._aside.take(key), first=True)
        return ids

    def drop_oldest(self) -> None:
        """Gives up what is held first, what was set aside before all else."""
        line = self._left or self._aside or self._items
        line.take(next(iter(line)))

    def _line_of(self, key: Hashable) -> _Line:
        return next((line for line in (self._aside, self._left) if key in line), self._items)

    def _wants(self, item: Item) -> bool:
        if not self._folds and all(entry.notice.provisional for entry in item.entries):
            return False
        return self._edits or not item.is_quiet or any(entry.notice.addition for entry in item.entries)

    def _notice(self, item: Item) -> Notice:
        notice = replace(item.last.notice, quiet=item.is_quiet, addition=self._added(item))
        if notice.addition and not (self._edits and self._folds):
            # What stands cannot be changed, so what is new is told alone.
            notice = replace(notice, text=notice.addition, quiet=False)
        if item.in_doubt and self.marks(item):
            notice = replace(notice, text=REPEAT + notice.text, repeat=True)
        return notice

    def _added(self, item: Item) -> str:
        """What is new in it; empty where a message tells all of it."""
        return " ".join(filter(None, (entry.notice.addition for entry in item.entries))) if item.is_quiet else ""


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
