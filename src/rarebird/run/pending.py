"""What came in since the last step of a store, in the order in which it was or will be counted."""

from __future__ import annotations

from typing import NamedTuple

from rarebird.model.position import Position
from rarebird.run import journal
from rarebird.run.journal import Entry


class Item(NamedTuple):
    """An entry of the journal, and where its source stands behind it."""

    body: bytes
    source: str
    position: Position | None
    """None where it came from no source: somebody said it."""
    entry: Entry
    counted: bool
    """Whether the watch has taken it in."""


class Pending:
    """Items that are not durable yet; those that are counted come first. Batches that say the same are joined."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.size = 0
        """Bytes of the entries."""

    def add(self, item: Item) -> None:
        """Takes an item in; one that only lets time move replaces another before it."""
        if self.items and _repeats(self.items[-1], item):
            self.size -= len(self.items.pop().body)
        self.items.append(item)
        self.size += len(item.body)

    def take(self) -> list[Item]:
        """All items, which are pending no more."""
        items, self.items, self.size = self.items, [], 0
        return items

    def drop_counted(self) -> None:
        """Forgets what is counted: a checkpoint holds it."""
        self.items = [item for item in self.items if not item.counted]
        self.size = sum(len(item.body) for item in self.items)


def item_of(entry: Entry, source: str, position: Position | None, *, counted: bool) -> Item:
    """The item of an entry."""
    return Item(journal.written(entry), source, position, entry, counted)


def _repeats(one: Item, other: Item) -> bool:
    """Whether the second of two items says all that the first one says: both only let time move."""
    first, second = one.entry, other.entry
    return (
        not (first.batch.read or second.batch.read or first.batch.rejects or first.missed)
        and first.heard is second.heard is None
        and first.batch.handed is second.batch.handed is None
        and first.batch.idle == second.batch.idle
        and (one.source, one.counted) == (other.source, other.counted)
    )
