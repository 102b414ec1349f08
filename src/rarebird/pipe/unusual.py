"""The stage that picks the events that were hard to expect, under what a store has learned before them."""

from __future__ import annotations

from collections.abc import Iterator

from rarebird.detect.rare import Sighting, Singles
from rarebird.model import instant
from rarebird.model.plural import are, counted
from rarebird.model.ticks import Ticks
from rarebird.notify.news import sightings_text, unusual_text
from rarebird.pipe.asked import PATIENT, asked
from rarebird.pipe.closing import Closing
from rarebird.pipe.inflow import Inflow, Say, Write
from rarebird.pipe.learned import Learned
from rarebird.pipe.line import END, EventLine, safe, watermark, written
from rarebird.source.live import Backoff
from rarebird.store.contract import Store


class Unusual:
    """Writes each event that is news when its second closes, with its probability under the mix before that second.

    The mix begins with what the store holds from before the first event, and goes on with the events themselves.
    """

    def __init__(  # noqa: PLR0913 - what it reads, judges, writes and waits by
        self,
        store: Store,
        learned: Learned,
        sightings: Singles,
        write: Write,
        say: Say,
        *,
        backoff: Backoff = PATIENT,
    ) -> None:
        self._store, self._learned, self._sightings = store, learned, sightings
        self._write, self._say, self._backoff = write, say, backoff
        self._closing = Closing()
        self._begun = False

    async def run(self, inflow: Inflow[EventLine]) -> None:
        """To the end of input; then says how often the rule has alerted. Raises StoreError."""
        await self._store.open(write=False)
        try:
            async for lines in inflow.lines():
                await self._begin(lines)
                self._take(lines)
            self._tell(final=inflow.over)
            if inflow.ended:
                self._write(END)
        finally:
            if self._closing.late:
                late = self._closing.late
                self._say(f"{counted(late, 'events')} {are(late)} from seconds that were closed already, and left out")
            if self._sightings.events:
                self._say(sightings_text(self._sightings))

    async def _begin(self, lines: list[EventLine]) -> None:
        """Loads what was learned before the first event."""
        first = next((line.at for line in lines if not line.is_mark), None)
        if self._begun or first is None:
            return
        self._begun = True
        events = await asked(lambda: self._learned.load(self._store, first, self._sightings), self._say, self._backoff)
        if events:
            self._say(f"{counted(events, 'events')} of before {are(events)} known; {sightings_text(self._sightings)}")

    def _take(self, lines: list[EventLine]) -> None:
        events = [line for line in lines if not line.is_mark]
        codes = iter(self._learned.categories.encode([str(line.category) for line in events]).tolist())
        for line in lines:
            if line.watermark:
                self._closing.move(line.at)
            elif not line.end:
                self._closing.take(line.at, next(codes))
        self._tell(final=False)

    def _tell(self, *, final: bool) -> None:
        ticks = self._closing.close(final=final)
        if ticks is not None:
            self._write(b"".join([*self._news(ticks), watermark(ticks.until)]))

    def _news(self, ticks: Ticks) -> Iterator[bytes]:
        bits = self._learned.mix.step(ticks).bits
        names = self._learned.categories.names
        for each in self._sightings.news(ticks.time, ticks.category, bits, ticks.until):
            yield _written(safe(names[each.category]), each)


def _written(name: str, told: Sighting) -> bytes:
    share = {} if told.share is None else {"alerting_share": told.share}
    return written(
        time=instant.text(told.time),
        category=name,
        events=told.events,
        p=2**-told.bits,
        surprisal_bits=told.bits,
        **share,
        text=unusual_text(name, told),
    )
