"""What waits for a service: notices in their order, and of each incident only what was told of it last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from rarebird.notify.contract import REPEAT, Notice

LONG: Final = 250
"""Characters of a text that has a message for itself, so that none in a group has to be cut."""


class Entry(Struct, eq=False):
    """A notice that waits."""

    notice: Notice
    id: str = ""
    """By which its keeper knows it."""
    since: int = 0
    """Since when, arrival time, µs UTC."""
    in_doubt: bool = False
    """It may have been sent before."""


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


class Backlog:
    """Notices that wait for one service, in order.

    `edits`: it takes those that only change what was told before; another one gets them only in place of what waits.
    `folds`: what is told of an incident stands in place of all that waits of it, where the last of that stood.

    >>> backlog = Backlog(edits=False, folds=True)
    >>> backlog.put(Entry(Notice(1, "One."))), backlog.put(Entry(Notice(2, "Changed.", quiet=True)))
    (True, False)
    >>> [notice.text for notice in backlog.told(backlog.head(10))]
    ['One.']
    """

    def __init__(self, *, edits: bool, folds: bool) -> None:
        self._edits, self._folds = edits, folds
        self._items: OrderedDict[Hashable, Item] = OrderedDict()
        self.size = 0
        """Notices that wait, those included in whose place another one stands."""

    def __len__(self) -> int:
        return len(self._items)

    @property
    def since(self) -> int | None:
        """Since when the oldest waits, arrival time, µs UTC; None where nothing does."""
        return min((item.entries[0].since for item in self._items.values()), default=None)

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
        before = self._items.pop(key, None)
        item = Item(key, (entry,) if before is None else (*before.entries, entry))
        if not self._wants(item):
            return False
        self._items[key] = item
        self.size += 1
        return True

    def head(self, most: int) -> list[Item]:
        """What is to be sent next, as one message."""
        first = list(islice(self._items.values(), most))
        group = next(groups([item.last.notice for item in first], most), ())
        return first[: len(group)]

    def told(self, group: Sequence[Item]) -> list[Notice]:
        """The notices of a message; one that may have been sent before says so where the service cannot know."""
        return [self._notice(item) for item in group]

    def take_off(self, group: Sequence[Item]) -> list[str]:
        """What was sent goes, and what it stood for; their ids. What came in meanwhile stays."""
        ids: list[str] = []
        for item in group:
            ids += (entry.id for entry in item.entries)
            waiting = self._items.get(item.key)
            if waiting is None:
                continue
            left = Item(item.key, tuple(entry for entry in waiting.entries if entry not in item.entries))
            self.size -= len(waiting.entries) - len(left.entries)
            if left.entries and self._wants(left):
                self._items[item.key] = left
            else:
                del self._items[item.key]
                self.size -= len(left.entries)
                ids += (entry.id for entry in left.entries)
        return ids

    def drop_oldest(self) -> None:
        """Gives up what waits first."""
        _, item = self._items.popitem(last=False)
        self.size -= len(item.entries)

    def _wants(self, item: Item) -> bool:
        return self._edits or not item.is_quiet

    def _notice(self, item: Item) -> Notice:
        notice = item.last.notice
        if item.in_doubt and self.marks(item):
            notice = replace(notice, text=REPEAT + notice.text, repeat=True)
        return replace(notice, quiet=item.is_quiet)


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
