"""The first stage: what a stream sends, in order and without repeats, as lines of events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec import json

from rarebird.decode.complaint import Complaints, fault, nothing
from rarebird.errors import InputError, SourceError
from rarebird.model import instant
from rarebird.model.plural import counted
from rarebird.model.tally import Tally
from rarebird.pipe.inflow import Say, Write
from rarebird.pipe.line import END, safe, watermark
from rarebird.source.contract import Source
from rarebird.supervise import Supervisor
from rarebird.watch import Closed, Watch

_LOOK_S: Final = 0.5


class Ingest:
    """Reads sources into a watch, and writes the events of each tick when it closes."""

    def __init__(self, sources: Sequence[Source], watch: Watch, write: Write, say: Say) -> None:
        self._sources, self._watch = sources, watch
        self._write, self._say = write, say
        self._names: list[bytes] = []
        self._complaints = Complaints()

    async def run(self) -> None:
        """Until all sources have ended; one of several that cannot be read is told and the others go on.

        Raises SourceError where none could be read to its end, and InputError where nothing could be made of what was
        read; then no end mark is written.
        """
        async with Supervisor(self._say).during("sources", self._look):
            faults = [gone for gone in await asyncio.gather(*map(self._read, self._sources)) if gone]
        self._tell(self._watch.finish())
        self._say(told(self._watch.tally))
        if len(faults) == len(self._sources):
            raise faults[0]
        for gone in faults:
            self._say(f"given up: {gone}")
        watch = self._watch
        if wrong := fault(watch.tally, watch.first_rejects, watch.lacking):
            raise InputError(wrong)
        if why := nothing(watch.tally, 0, watch.lacking):
            self._say(why)
        self._write(END)

    async def _read(self, source: Source) -> SourceError | None:
        try:
            async for batch, _ in source.read(None):
                for complaint in self._complaints.take(batch):
                    self._say(complaint)
                self._tell(self._watch.feed(batch))
                if self._watch.watermark is not None:
                    source.settle(self._watch.watermark)
        except SourceError as error:
            return error
        return None

    def _tell(self, closed: Closed) -> None:
        if closed.ticks is None:
            return
        names = self._watch.categories.names
        self._names += [json.encode(safe(name)) for name in names[len(self._names) :]]
        lines = [
            b'{"time":"%b","category":%b}\n' % (instant.text(time).encode(), self._names[code])
            for time, code in zip(closed.time.tolist(), closed.category.tolist(), strict=True)
        ]
        self._write(b"".join([*lines, watermark(closed.ticks.until)]))

    async def _look(self) -> None:
        """Says when a source fails and when it is back; it closes no tick meanwhile, so nothing else would."""
        known = [source.state for source in self._sources]
        while True:
            await asyncio.sleep(_LOOK_S)
            for at, source in enumerate(self._sources):
                before, now = known[at], source.state
                known[at] = now
                if now != before and "failing" in (before.kind, now.kind):
                    self._say(f"{source.name}: {now.kind}{f', {now.detail}' if now.detail else ''}")


def told(tally: Tally) -> str:
    """What became of every message read.

    >>> told(Tally(read=3, kept=2, late=1))
    '3 messages read: 2 kept, 1 late'
    """
    parts = [counted(count, what) for what, count in tally._asdict().items() if count and what != "read"]
    return f"{counted(tally.read, 'messages')} read" + (f": {', '.join(parts)}" if parts else "")
