"""Rows: the needed values of messages, judged one by one or taken as whole columns, made into a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from rarebird.decode import times
from rarebird.decode.access import Access, is_among
from rarebird.decode.identity import HASHES, identities, values
from rarebird.decode.presence import Presence
from rarebird.errors import InputError
from rarebird.model.batch import KEPT_ASIDE, Batch, Reject
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields
from rarebird.model.plural import counted

MOST: Final = 1_000_000
"""Events that one row may stand for."""
MOST_AT_ONCE: Final = 1 << 24
"""Events that the rows of one block may stand for: each takes 20 bytes, and some more while it is put in order."""
ALL_OF_ONE = "all"
"""The category of every event where no field gives one."""


def meanings(value: str) -> frozenset[Any]:
    """The values in JSON that `--where path=value` asks for: the text, and the number or truth value it spells."""
    found: set[Any] = {value}
    if value in ("true", "false"):
        found.add(value == "true")
    with suppress(ValueError):
        found.add(float(value))
    return frozenset(found)


class Rows:
    """Makes batches out of the values at `paths`: time, category, the parts of the identity, the conditions.

    What is asked of a message, in this order: a time that can be read (else malformed), the conditions (else
    filtered), a category (else what `Presence` says: malformed, or "(none)").
    """

    def __init__(self, fields: Fields, categories: Categories, presence: Presence) -> None:
        self.paths = (fields.time, *filter(None, (fields.by,)), *fields.id, *(path for path, _ in fields.where))
        self.time_form = ""
        if fields.count:
            self.paths = (*self.paths, fields.count)
        self._fields = fields
        self.categories = categories
        self.presence = presence
        first = 1 + bool(fields.by) + len(fields.id)
        self.ids = range(1 + bool(fields.by), first)
        self.conditions = list(enumerate((meanings(value) for _, value in fields.where), first))

    def columns(
        self,
        time: NDArray[np.int64],
        categories: Sequence[NDArray[np.int32]],
        ids: Sequence[Sequence[NDArray[np.uint64]]],
        read: int,
        arrival: int,
    ) -> Batch:
        """The batch of columns in which no row is wanting; categories and identities come in parts, one behind another.

        Each part of `ids` holds a column of values for each part of the identity.
        """
        return Batch(
            time,
            _joined(categories, np.int32),
            identities([_joined(column, np.uint64) for column in zip(*ids, strict=True)], len(time)),
            arrival=arrival,
            read=read,
            filtered=read - len(time),
            time_form=self.time_form,
        )

    def codes(self, access: Access, rows: Sequence[Any]) -> NDArray[np.int32]:
        """The codes of categories. Raises ValueError where one is missing that has to be judged by itself."""
        try:
            return np.fromiter(access.looked_up(rows, self.categories.codes), np.int32, len(rows))
        except KeyError:
            names = access.column(rows)
        if (self.presence.marks and UNSET in names) or (not self.presence.takes_none and None in names):
            raise ValueError("expected a category")
        return self.categories.encode(names)

    def values(self, access: Access, rows: Sequence[Any]) -> NDArray[np.uint64]:
        """A 64-bit value for one part of the identity of each row."""
        try:
            return np.fromiter(access.looked_up(rows, HASHES), np.uint64, len(rows))
        except KeyError:
            return values(access.column(rows))

    def one(self, rows: int) -> NDArray[np.int32]:
        """The codes of so many events that are all of one category."""
        return np.full(rows, self.categories.encode([ALL_OF_ONE])[0] if rows else 0, np.int32)

    def learn_form(self, value: Any) -> None:
        """Learns from the first time that could be read how the stream writes them."""
        if not self.time_form:
            self.time_form = f"{self._fields.time}, {times.form_of(value, self._fields.time_unit)}"

    def judged(self, rows: Iterable[tuple[int, Sequence[Any]]], rejects: list[Reject], arrival: int) -> Batch:
        """The batch of rows that are judged one by one: for each its line and its values at `paths`.

        Cost: about 2 µs a row.
        """
        if self._fields.count:
            rows = self._counted(rows, rejects)
        read, kept = len(rejects), list[int]()
        seen, left = list[Sequence[Any]](), list[Sequence[Any]]()
        for line, row in rows:
            read += 1
            try:
                moment = times.one(row[0], self._fields.time_unit)
            except (ValueError, OverflowError) as error:
                rejects.append(Reject(line, f"{self._fields.time}: {error}"))
                continue
            if not all(is_among(row[at], wanted) for at, wanted in self.conditions):
                left.append(row)
                continue
            if self._fields.by and (fault := self.presence.fault(row[1])):
                rejects.append(Reject(line, f"{self._fields.by}: {fault}"))
                continue
            self.learn_form(row[0])
            kept.append(moment)
            seen.append(row if row[1:2] != [UNSET] else [None if value is UNSET else value for value in row])
        names = self.categories.encode([row[1] for row in seen]) if self._fields.by else self.one(len(seen))
        ids = [values([row[at] for row in seen]) for at in self.ids]
        batch = self.columns(np.array(kept, np.int64), [names], [ids], read - len(rejects), arrival)
        batch = batch._replace(read=read, malformed=len(rejects), rejects=tuple(sorted(rejects)[:KEPT_ASIDE]))
        return (
            _repeated(batch, [row[-1] for row in seen], sum(row[-1] for row in left)) if self._fields.count else batch
        )

    def _counted(self, rows: Iterable[tuple[int, Sequence[Any]]], rejects: list[Reject]) -> list[tuple[int, list[Any]]]:
        """The rows with their count as a number; those without one are rejects."""
        found = []
        for line, row in rows:
            try:
                found.append((line, [*row[:-1], whole(row[-1])]))
            except (ValueError, OverflowError) as error:
                rejects.append(Reject(line, f"{self._fields.count}: {error}"))
        return found


def whole(value: Any) -> int:
    """The number of events that a value gives. Raises ValueError where it gives none.

    >>> whole(3), whole("12"), whole(4.0)
    (3, 12, 4)
    """
    number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    if not (0 <= number <= MOST and number.is_integer()):
        raise ValueError(f"expected a whole number of events from 0 to {MOST:,}, got {value!r}")
    return int(number)


def _repeated(batch: Batch, counts: list[int], filtered: int) -> Batch:
    """The batch with each row as often as it counts; `filtered`: what the rows count that conditions left out."""
    total = sum(counts)
    if total > MOST_AT_ONCE:
        raise InputError(
            f"{counted(len(counts), 'rows')} in a row stand for {total:,} events, more than the {MOST_AT_ONCE:,} that "
            "are read at once: divide all counts by the same number"
        )
    times = np.array(counts, np.int64)
    return batch._replace(
        time=np.repeat(batch.time, times),
        category=np.repeat(batch.category, times),
        identity=np.repeat(batch.identity, times),
        extra=total - len(counts) + filtered - batch.filtered,
        filtered=filtered,
    )


def _joined(parts: Sequence[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    """The parts of a column, one behind another."""
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, kind), *parts])
