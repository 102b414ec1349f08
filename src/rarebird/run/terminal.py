"""The terminal: what a running watch says of itself in lines of text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from msgspec import structs

from rarebird.incident.sentence import sentence
from rarebird.model import instant
from rarebird.model.health import Health, ReasonName
from rarebird.model.instant import SECOND
from rarebird.model.plural import counted
from rarebird.model.snapshot import Note, Snapshot
from rarebird.run.running import Running

_EVERY: Final = 10 * SECOND
"""A sentence at most so often in event time; a changed state at once."""
_REST_S: Final = 0.2
"""Between two looks: a file closes a thousand ticks in less."""
_LOOK_S: Final = 1.0
"""A source that fails closes no tick, so its state is looked at so often."""
_SAID: Final[frozenset[ReasonName]] = frozenset(
    {"source_failing", "store_failing", "channel_failing", "task_given_up", "task_restarting"}
)
"""What is said as it happens: by the sentence, by what sends, and by the supervisor."""


async def tell(running: Running, teller: Teller) -> None:
    """Says the notes as they come, and now and then the sentence of the page, until the watch is finished."""
    version = -1
    try:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await running.changed(version)
            version = running.version
            snapshot = running.snapshot()
            teller.went_on(snapshot)
            teller.notes(*running.lines.take())
            teller.look(snapshot, _stream_time(running, snapshot))
            if snapshot.finished:
                return
            await asyncio.sleep(_REST_S)
    finally:
        teller.notes(*running.lines.take())


def _stream_time(running: Running, snapshot: Snapshot) -> int | None:
    """Event time now, µs UTC: where the watermark stands still it goes on with the clock; None before an event."""
    moved_at = running.arrivals.reading().moved_at
    if running.clock is None or snapshot.watermark is None or moved_at is None:
        return snapshot.watermark
    return snapshot.watermark + max(0, running.now - moved_at)


class Teller:
    """Picks what of a watch is worth a line. A time of day stands alone where the line above has the same date.

    The time of a line is the event time at which it is said, and never before that of a line above it.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._state = ""
        self._last: int | None = None
        self._went_on = False
        self._date = ""
        self._said_at: int | None = None
        self._reasons: set[tuple[ReasonName, str]] = set()
        self._is_unwell = False

    def went_on(self, snapshot: Snapshot) -> None:
        """Says once in which store the watch is kept, and from where it goes on where that held it already."""
        if snapshot.store is None or snapshot.store.kind != "keeping" or self._went_on:
            return
        self._went_on = True
        if snapshot.store.since is None:
            self._say(f"What is learned is kept in {snapshot.store.name}.")
            return
        held = f"{instant.shown(snapshot.store.since)} UTC"
        self._say(f"Going on from {held}, as kept in {snapshot.store.name}; --fresh begins anew.")

    def notes(self, notes: Sequence[Note], left_out: int = 0) -> None:
        """Says all of them, and how many more there were."""
        for note in notes:
            self._line(note.time or None, f"{note.mark} {note.text}")
        if left_out:
            self._say(f"and {left_out:,} more, see rarebird incidents")

    def look(self, snapshot: Snapshot, now: int | None) -> None:
        """Says what is new in what is shown: of health by the clock, for time may stand where that is not well."""
        self._tell_health(snapshot.health, now, _SAID | _said_by_complaint(snapshot))
        told = sentence(structs.replace(snapshot, past_until=None, incidents=()))
        until = snapshot.watermark
        due = self._last is None or (until is not None and until - self._last >= _EVERY)
        if told.state != self._state or (due and until is not None):
            self._state, self._last = told.state, until
            self._line(until, " ".join(part for part in (told.headline, told.detail, _open(snapshot)) if part))

    def _tell_health(self, health: Health, time: int | None, said: frozenset[ReasonName]) -> None:
        """Says each reason as it comes but for those that are said elsewhere, and that all is well again."""
        reasons = {(reason.name, reason.about): reason for reason in health.reasons if reason.name not in said}
        for key, reason in reasons.items():
            if key not in self._reasons:
                line = f"* {reason.text}" if reason.status == "ok" else f"! {reason.status.capitalize()}: {reason.text}"
                self._line(time, line)
        was_unwell, self._is_unwell = self._is_unwell, any(reason.status != "ok" for reason in reasons.values())
        if was_unwell and not self._is_unwell:
            self._line(time, f"* Health: {health.status}.")
        self._reasons = set(reasons)

    def _line(self, time: int | None, text: str) -> None:
        if time is None:
            self._say(f"--:--:--  {text}")
            return
        time = self._said_at = time if self._said_at is None else max(time, self._said_at)
        date, clock = instant.text(time)[:10], instant.text(time)[11:19]
        shown = clock if date == self._date else f"{date} {clock}"
        self._date = date
        self._say(f"{shown}  {text}")


def _said_by_complaint(snapshot: Snapshot) -> frozenset[ReasonName]:
    """What a note has said with its cause: that none of the first messages is an event."""
    counters = snapshot.counters
    is_none = counters.malformed > 0 and counters.malformed + counters.filtered == counters.read
    return frozenset({"nothing_kept"}) if is_none and snapshot.notes else frozenset()


def _open(snapshot: Snapshot) -> str:
    count = snapshot.incidents_open
    return f"{counted(count, 'incidents')} open." if count and not snapshot.finished else ""


def ending(running: Running) -> str:
    """The last words: what was read and what became of it, and what was found in it."""
    tally = running.watch.tally
    parts = {
        "kept": tally.kept,
        "filtered": tally.filtered,
        "repeats": tally.repeats,
        "late": tally.late,
        "future": tally.future,
        "malformed": tally.malformed,
        "waiting": tally.undecided,
    }
    told = ", ".join(counted(count, what) for what, count in parts.items() if count)
    read = f"{counted(tally.read, 'messages')} read" + (f": {told}." if told else ".")
    return f"{read} {_incidents(running)}".rstrip()


def _incidents(running: Running) -> str:
    """How many incidents there were; nothing where nobody looked for them."""
    if running.watch.detection is None:
        return ""
    count, still = running.found.count, running.found.open
    found = counted(count, "incidents") if count else "No incident"
    return f"{found}, {still:,} still open." if still else f"{found}."
