"""The terminal: what a running watch says of itself in lines of text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from msgspec import structs

from rarebird.incident.sentence import sentence
from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.model.snapshot import Snapshot
from rarebird.run.running import Running

_EVERY: Final = 10 * SECOND
"""A sentence at most so often in event time; a changed state at once."""
_REST_S: Final = 0.2
"""Between two looks: a file closes a thousand ticks in less."""
_LOOK_S: Final = 1.0
"""A source that fails closes no tick, so its state is looked at so often."""


async def tell(running: Running, say: Callable[[str], None]) -> None:
    """Says the notes as they come, and now and then the sentence of the page, until the watch is finished."""
    teller = Teller(say)
    version = -1
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(running.changed(version), _LOOK_S)
        version = running.version
        snapshot = running.snapshot()
        teller.look(snapshot)
        if snapshot.finished:
            return
        await asyncio.sleep(_REST_S)


class Teller:
    """Picks what of each snapshot is worth a line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._state = ""
        self._last: int | None = None
        self._told: set[tuple[int, str]] = set()
        self._went_on = False

    def look(self, snapshot: Snapshot) -> None:
        """Says what is new."""
        if snapshot.store and snapshot.store.since is not None and not self._went_on:
            self._went_on = True
            held = f"{instant.shown(snapshot.store.since)} UTC"
            self._say(f"Going on from {held}, as kept in {snapshot.store.name}; --fresh begins anew.")
        for note in reversed(snapshot.notes):
            if (note.time, note.text) not in self._told:
                self._told.add((note.time, note.text))
                self._say(f"{_clock(note.time or None)}  {note.mark} {note.text}")
        told = sentence(structs.replace(snapshot, past_until=None))
        now = snapshot.watermark
        due = self._last is None or (now is not None and now - self._last >= _EVERY)
        if told.state != self._state or (due and now is not None):
            self._state, self._last = told.state, now
            self._say(f"{_clock(now)}  {told.headline} {told.detail}".rstrip())


def _clock(time: int | None) -> str:
    """The time of day in UTC."""
    return "--:--:--" if time is None else instant.text(time)[11:19]


def ending(running: Running) -> str:
    """The last words: what was read and what became of it."""
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
    told = ", ".join(f"{count:,} {what}" for what, count in parts.items() if count)
    return f"{tally.read:,} messages read" + (f": {told}." if told else ".")
