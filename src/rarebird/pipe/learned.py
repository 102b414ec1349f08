"""What a store has learned of a stream before a moment, as the mix that a watch would have then."""

from __future__ import annotations

from typing import Final

import numpy as np

from rarebird.detect.rare import Singles
from rarebird.model.categories import Categories
from rarebird.model.history import LEVELS, Span
from rarebird.model.instant import SECOND
from rarebird.model.ticks import Cells, Ticks
from rarebird.stats.mix import Mix
from rarebird.store.contract import Store
from rarebird.watch import TICK

_HOUR: Final = LEVELS["h"]
_DAY: Final = 24 * _HOUR
_MINUTES: Final = 6 * _DAY // 60


class Learned:
    """The mix of a stream, and the table of its categories. `half_life` in ticks."""

    def __init__(self, half_life: int) -> None:
        self._half_life = half_life
        self.mix = Mix(half_life)
        self.categories = Categories()

    async def load(self, store: Store, before: int, sightings: Singles) -> int:
        """Takes in what the store holds from before an event time, µs UTC; how many events that is.

        Exact as far back as seconds are kept. Where only minutes or hours are, their events count as if they had come
        with the last one of them, which with a half-life of hours changes a weight by some parts in a thousand.
        `sightings` judges them on the way, and so says how often it would have told something. Raises StoreError.
        """
        self.categories.restore((await store.open(write=False)).names, 0)
        found = await spans_before(store, before)
        for span in found:
            ticks = as_tick(span)
            sightings.news(ticks.time, ticks.category, self.mix.step(ticks).bits, span.last + 1)
        return sum(int(span.events.sum()) for span in found)


async def spans_before(store: Store, before: int) -> list[Span]:
    """All spans that end before an event time, µs UTC, oldest first, each as fine as it is kept. Raises StoreError."""
    end = before // SECOND
    near, far = end // _HOUR * _HOUR - _HOUR, end // _HOUR * _HOUR - 6 * _DAY
    found: list[Span] = []
    for start, until, most in ((0, far, 0), (far, near, _MINUTES), (near, end, end - near)):
        spans = (await store.history(start, until, most)).spans.each()
        # A span of an hour may go on behind the moment, or have begun before the start.
        found += [span for span in spans if span.last < before and span.start >= start]
    return found


def as_tick(span: Span) -> Ticks:
    """The events of a span as those of one tick."""
    tick = span.last // TICK
    count, events = len(span.category), int(span.events.sum())
    first, last = np.full(count, span.first), np.full(count, span.last)
    cells = Cells(span.category, np.full(count, tick), span.events, first, last)
    rows = np.repeat(span.category, span.events)
    return Ticks(np.full(events, span.last), rows, cells, np.arange(events), (tick + 1) * TICK)
