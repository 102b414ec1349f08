"""The stages that read a store and give a reading for each second that closes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from rarebird.detect.reading import RATE_S, Readings
from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.pipe.inflow import Write
from rarebird.pipe.line import END, written
from rarebird.pipe.seconds import Second
from rarebird.stats.window import Window
from rarebird.store.contract import Store


async def average(closed: AsyncIterator[list[Second]], write: Write, *, window: int = RATE_S) -> None:
    """The mean gap over the last `window` seconds of event time, null below two events."""
    recent = Window(window)
    async for seconds in closed:
        out = []
        for second in seconds:
            recent.add(second.at, second.span)
            if second.told:
                out.append(_written(second, mean_gap_s=recent.gaps.mean_s, count=recent.events))
        if out:
            write(b"".join(out))
    write(END)


class Poll:
    """Rate over the last two minutes; entropy and watched share over a window of seconds, or over all events."""

    def __init__(self, store: Store, write: Write, *, window: int | None, watched: Sequence[str]) -> None:
        self._store, self._write = store, write
        self._readings = Readings(window, watched=bool(watched))
        self._watched = frozenset(watched)
        self._named = 0

    async def run(self, closed: AsyncIterator[list[Second]]) -> None:
        """A reading a second, to the end of the stream."""
        async for seconds in closed:
            await self._name(seconds)
            out = []
            for second in seconds:
                self._readings.add(second.at, second.span)
                if second.told:
                    out.append(self._written(second))
            if out:
                self._write(b"".join(out))
        self._write(END)

    async def _name(self, seconds: Sequence[Second]) -> None:
        """Looks up the codes of the watched categories where there are new ones."""
        top = max((int(second.span.category[-1]) for second in seconds if second.span is not None), default=-1)
        if self._watched and top >= self._named:
            names = await self._store.names()
            self._named = len(names)
            self._readings.codes = [code for code, name in enumerate(names) if name in self._watched]

    def _written(self, second: Second) -> bytes:
        reading = self._readings.reading()
        told = {"rate_per_s": reading.rate_per_s, "entropy_nats": reading.entropy_nats}
        if self._watched:
            told["watched_share"] = reading.watched_share
        return _written(second, **told, count=reading.count)


def _written(second: Second, **values: float | None) -> bytes:
    """A reading at the close of a second."""
    past = {"past": True} if second.past else {}
    return written(time=instant.text((second.at + 1) * SECOND), **values, **past)
