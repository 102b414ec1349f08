"""One watch in the tables of a SQLite file. Each method runs within a transaction that its caller holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count, repeat
from typing import Final, cast

import apsw
import msgspec

from rarebird.errors import StoreError
from rarebird.model.history import LEVELS, NONE, Past, Span
from rarebird.model.position import Position
from rarebird.store.compaction import Cuts, grow, reach
from rarebird.store.contract import FORMAT, Claimed, Level, Message, Retention, Saved, Step, no_watch, second_of
from rarebird.store.packed import pack, unpack, unpack_all
from rarebird.store.schema import OF_WATCH

_PUT_SPANS: Final = "INSERT OR REPLACE INTO history(watch, level, start, body) VALUES (?, ?, ?, ?)"
_ADD_MESSAGE: Final = (
    "INSERT OR IGNORE INTO outbox(watch, id, channel, body, due, tries, free) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_CLAIM: Final = (
    "SELECT id, channel, body, due, tries, aside FROM outbox "
    "WHERE watch = ? AND channel = ? AND NOT sent AND free <= ? ORDER BY free, rowid LIMIT ?"
)
_WAITING: Final = "SELECT id, channel, body, due, tries, aside FROM outbox WHERE watch = ? AND NOT sent ORDER BY rowid"
_NOTE: Final = "UPDATE outbox SET due = ?, tries = ?, aside = ? WHERE watch = ? AND id = ? AND NOT sent"
_FREE: Final = "UPDATE outbox SET free = 0 WHERE watch = ? AND NOT sent AND free <> 0"


class Tables:
    """What a file holds of the watch with a name."""

    def __init__(self, connection: apsw.Connection, name: str, place: str) -> None:
        self._run = connection.execute
        self._run_each = connection.executemany
        self._name = _bytes(name)
        self._place = place
        self._watch = self._found()

    def rename(self, former: str, swap: Callable[[bytes], bytes]) -> bool:
        """Takes over what is held under a former name; False where there is none, or this one has its own already."""
        found = self._run("SELECT watch FROM owner WHERE name = ?", (_bytes(former),)).get
        if found is None or self._watch is not None:
            return False
        self._watch = found
        self._run("UPDATE owner SET name = ?, token = token + 1 WHERE watch = ?", (self._name, found))
        status = self._run("SELECT body FROM status WHERE watch = ?", (found,)).get
        if status is not None:
            self._run("UPDATE status SET body = ? WHERE watch = ?", (swap(cast("bytes", status)), found))
        rows = self._run("SELECT rowid, id, body FROM outbox WHERE watch = ?", (found,)).fetchall()
        changed = [(swap(str(id).encode()).decode(), swap(cast("bytes", body)), row) for row, id, body in rows]
        self._run_each("UPDATE outbox SET id = ?, body = ? WHERE rowid = ?", changed)
        return True

    def take(self) -> int:
        """Makes the watch ours; the token by which it is known to be. What another version wrote is refused."""
        self.check_format()
        self._run("INSERT OR IGNORE INTO owner VALUES (NULL, ?, 0, ?, ?, ?, ?, 0)", (self._name, FORMAT, *Cuts()))
        self._watch = self._found()
        self._run(_FREE, (self._watch,))
        return self._bump()

    def check_format(self) -> None:
        """Raises StoreError where another version wrote what is held."""
        found = self._run("SELECT format FROM owner WHERE watch = ?", (self._watch,)).get
        if found is not None and found != FORMAT:
            raise StoreError(
                f"{self._place}: expected what rarebird holds of this watch in version {FORMAT}, found version "
                f"{found}; use the rarebird that wrote it, or forget it to begin anew",
                permanent=True,
            )

    def saved(self) -> Saved:
        """All that is held, apart from history and outbox."""
        journal = self._run("SELECT body FROM journal WHERE watch = ? ORDER BY entry", (self._watch,))
        positions = self._run("SELECT source, body FROM position WHERE watch = ?", (self._watch,))
        return Saved(
            checkpoint=self._run("SELECT body FROM checkpoint WHERE watch = ?", (self._watch,)).get,
            journal=tuple(body for (body,) in journal),
            positions={_text(source): msgspec.json.decode(body, type=Position) for source, body in positions},
            names=self.names(),
        )

    def check_owner(self, token: int) -> None:
        """Raises StoreError where the watch is not ours any more."""
        found = self._run("SELECT token FROM owner WHERE watch = ?", (self._watch,)).get
        if found == token:
            return
        if found is not None and found > token:
            raise StoreError(
                f"{self._place}: another process has taken this watch; only the last that opened it may write. "
                "Stop one of the two, or give them different names",
                fenced=True,
            )
        raise StoreError(
            f"{self._place}: it has forgotten that this process owns the watch; was the file replaced by an older one?",
            lost=True,
        )

    def write(self, step: Step, token: int, retention: Retention) -> None:
        """All of a step."""
        self.check_owner(token)
        # First: a checkpoint forgets what was sent, which a replay before it may have found again.
        self._run_each(
            _ADD_MESSAGE, [(self._watch, m.id, m.channel, m.body, m.due, m.tries, m.due) for m in step.outbox]
        )
        self._write_state(step)
        self._write_history(step, retention)
        self._write_incidents(step)
        if step.answered:
            self._run("DELETE FROM reply WHERE watch = ? AND number <= ?", (self._watch, step.answered))
            self._run("UPDATE owner SET replied = max(replied, ?) WHERE watch = ?", (step.answered, self._watch))

    def _write_state(self, step: Step) -> None:
        watch = self._watch
        if step.checkpoint is not None:
            self._run("INSERT OR REPLACE INTO checkpoint VALUES (?, ?)", (watch, step.checkpoint))
            self._run("DELETE FROM journal WHERE watch = ?", (watch,))
            self._run("DELETE FROM outbox WHERE watch = ? AND sent", (watch,))
        else:
            self._run_each("INSERT INTO journal(watch, body) VALUES (?, ?)", [(watch, body) for body in step.journal])
        if step.status is not None:
            self._run("INSERT OR REPLACE INTO status VALUES (?, ?)", (watch, step.status))
        positions = (step.positions or {}).items()
        self._run_each(
            "INSERT OR REPLACE INTO position VALUES (?, ?, ?)",
            [(watch, _bytes(source), msgspec.json.encode(position)) for source, position in positions],
        )
        if step.names:
            first = self._run("SELECT coalesce(max(code) + 1, 0) FROM category WHERE watch = ?", (watch,)).get
            names = zip(count(first), step.names, strict=False)
            self._run_each("INSERT INTO category VALUES (?, ?, ?)", [(watch, code, _bytes(n)) for code, n in names])

    def _write_history(self, step: Step, retention: Retention) -> None:
        before = self._cuts()
        cuts = before.moved(step.moved, retention)
        new = step.history.where(step.history.start >= before.s)
        if len(new.start):
            near = reach(new)
            grown = grow(new, self._spans("s", *near.seconds), self._spans("m", *near.minutes))
            for length, kept, spans in zip(LEVELS.values(), cuts, grown, strict=True):
                left = spans.where(spans.start >= kept)
                rows = zip(repeat(self._watch), repeat(length), left.start.tolist(), pack(left), strict=False)
                self._run_each(_PUT_SPANS, rows)
        if cuts == before:
            return
        for length, kept in zip(LEVELS.values(), cuts, strict=True):
            self._run("DELETE FROM history WHERE watch = ? AND level = ? AND start < ?", (self._watch, length, kept))
        self._run(
            "UPDATE owner SET seconds_from = ?, minutes_from = ?, hours_from = ? WHERE watch = ?", (*cuts, self._watch)
        )

    def _write_incidents(self, step: Step) -> None:
        rows = [(self._watch, each.id, second_of(each), each.body) for each in step.incidents]
        self._run_each("INSERT OR REPLACE INTO incident VALUES (?, ?, ?, ?)", rows)
        self._run("DELETE FROM incident WHERE watch = ? AND ended < ?", (self._watch, self._cuts().h))

    def history(self, start: int, end: int, most: int) -> Past:
        """The spans that overlap [start, end), s; at most `most`, unless they are hours."""
        oldest = self._run("SELECT min(start), body FROM history WHERE watch = ? AND level = 3600", (self._watch,)).get
        if oldest is None or oldest[0] is None:
            return Past(LEVELS["h"], NONE)
        level = self._cuts().whole(start, unpack(oldest[1]))
        while level != "h" and self._count(level, start, end) > most:
            level = "m" if level == "s" else "h"
        return Past(LEVELS[level], unpack_all(self._bodies(level, start, end)))

    def names(self) -> tuple[str, ...]:
        """Names of the categories by code."""
        rows = self._run("SELECT name FROM category WHERE watch = ? ORDER BY code", (self._watch,))
        return tuple(_text(name) for (name,) in rows)

    def watches(self) -> list[str]:
        """The names of all watches in the file."""
        return [_text(name) for (name,) in self._run("SELECT name FROM owner ORDER BY name")]

    def status(self) -> bytes | None:
        """The summary that the last commit left."""
        body: bytes | None = self._run("SELECT body FROM status WHERE watch = ?", (self._watch,)).get
        return body

    def incidents(self, most: int) -> list[bytes]:
        """The last by their id, the newest first."""
        rows = self._run("SELECT body FROM incident WHERE watch = ? ORDER BY id DESC LIMIT ?", (self._watch, most))
        return [body for (body,) in rows]

    def incident(self, id: int) -> bytes | None:
        """One by its id."""
        body: bytes | None = self._run("SELECT body FROM incident WHERE watch = ? AND id = ?", (self._watch, id)).get
        return body

    def reply(self, body: bytes) -> None:
        """Leaves something for the owner. Raises StoreError where there is no such watch."""
        self.check_format()
        number = self._run("UPDATE owner SET replied = replied + 1 WHERE watch = ? RETURNING replied", (self._watch,))
        if (given := number.get) is None:
            raise no_watch(self._place, self.watches())
        self._run("INSERT INTO reply VALUES (?, ?, ?)", (self._watch, given, body))

    def replies(self, after: int) -> list[tuple[int, bytes]]:
        """What was left since a number."""
        rows = self._run(
            "SELECT number, body FROM reply WHERE watch = ? AND number > ? ORDER BY number", (self._watch, after)
        )
        return [(number, body) for number, body in rows]

    def claim(self, now: int, limit: int, until: int, channel: str) -> list[Claimed]:
        """What is due for a channel, from now on nobody else's until an instant."""
        messages = [Message(*row) for row in self._run(_CLAIM, (self._watch, channel, now, limit))]
        self._run_each(
            "UPDATE outbox SET free = ? WHERE watch = ? AND id = ?", [(until, self._watch, m.id) for m in messages]
        )
        return [Claimed(message, until) for message in messages]

    def sent(self, ids: Sequence[str]) -> None:
        """Keeps of some entries their ids alone, until the next checkpoint."""
        self._run_each(
            "UPDATE outbox SET sent = 1, body = x'' WHERE watch = ? AND id = ?", [(self._watch, id) for id in ids]
        )

    def note(self, entries: Sequence[Message]) -> None:
        """Keeps due, tries and aside of some entries."""
        self._run_each(_NOTE, [(m.due, m.tries, m.aside, self._watch, m.id) for m in entries])

    def waiting(self) -> list[Message]:
        """What is not sent yet, in the order in which it was added."""
        return [Message(*row) for row in self._run(_WAITING, (self._watch,))]

    def forget(self, token: int | None) -> int | None:
        """Drops all, and fences whoever owned it; the new token where the watch was ours."""
        if token is not None:
            self.check_owner(token)
        for table in OF_WATCH:
            self._run(f"DELETE FROM {table} WHERE watch = ?", (self._watch,))
        self._run(
            "UPDATE owner SET format = ?, seconds_from = ?, minutes_from = ?, hours_from = ? WHERE watch = ?",
            (FORMAT, *Cuts(), self._watch),
        )
        bumped = self._bump()
        return None if token is None else bumped

    def _bump(self) -> int:
        token: int = self._run("UPDATE owner SET token = token + 1 WHERE watch = ? RETURNING token", (self._watch,)).get
        return token

    def _found(self) -> int | None:
        watch: int | None = self._run("SELECT watch FROM owner WHERE name = ?", (self._name,)).get
        return watch

    def _cuts(self) -> Cuts:
        row = self._run(
            "SELECT seconds_from, minutes_from, hours_from FROM owner WHERE watch = ?", (self._watch,)
        ).fetchone()
        return Cuts() if row is None else Cuts(*row)

    def _count(self, level: Level, start: int, end: int) -> int:
        length = LEVELS[level]
        where = "watch = ? AND level = ? AND start > ? AND start < ?"
        found: int = self._run(
            f"SELECT count(*) FROM history WHERE {where}", (self._watch, length, start - length, end)
        ).get
        return found

    def _spans(self, level: Level, start: int, end: int) -> list[Span]:
        return [unpack(body) for body in self._bodies(level, start, end)]

    def _bodies(self, level: Level, start: int, end: int) -> list[bytes]:
        length = LEVELS[level]
        rows = self._run(
            "SELECT body FROM history WHERE watch = ? AND level = ? AND start > ? AND start < ? ORDER BY start",
            (self._watch, length, start - length, end),
        )
        return [body for (body,) in rows]


def _bytes(text: str) -> bytes:
    """Names may hold halves of surrogate pairs: what was no UTF-8 in a file of CSV."""
    return text.encode(errors="surrogatepass")


def _text(body: bytes) -> str:
    return body.decode(errors="surrogatepass")
