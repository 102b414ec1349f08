"""The seconds that an inserting stage keeps, as a source: closed ticks for a watch that looks for what is in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from rarebird.errors import SourceError, StoreError
from rarebird.model import instant
from rarebird.model.batch import Batch, empty
from rarebird.model.categories import Categories
from rarebird.model.handed import Handed
from rarebird.model.history import LEVELS, Past, Spans
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.position import Position
from rarebird.model.tally import Tally
from rarebird.model.ticks import NONE, Cells
from rarebird.pipe.asked import PATIENT, asked
from rarebird.pipe.inflow import Say
from rarebird.pipe.taken import Status
from rarebird.source.contract import SourceState
from rarebird.source.live import Backoff
from rarebird.store.contract import Store

_HOUR: Final = LEVELS["h"]
_MINUTE: Final = LEVELS["m"]
_LOOK_S: Final = 0.25
_Answer = TypeVar("_Answer")
_LEARNING: Final = 1
"""In `Position.absent`: minutes were taken, from which level and shares are still to be learned."""


class Stored:
    """Follows the seconds of a stream in a store to the end of the stream, or for ever.

    Where seconds behind a position are not kept any more their minutes are counted, as what nobody saw, and `relearn`
    learns from them what is usual up to a second.
    """

    live, again = True, True

    def __init__(
        self,
        store: Store,
        categories: Categories,
        say: Say,
        relearn: Callable[[int, Callable[[Past], Past]], Awaitable[None]],
        backoff: Backoff = PATIENT,
    ) -> None:
        self.name, self.state = store.url, SourceState("connected", 0)
        self._store, self._categories, self._say = store, categories, say
        self._relearn, self._backoff = relearn, backoff
        self._codes: NDArray[np.int32] = np.empty(0, np.int32)
        self._kept = 0

    async def read(self, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
        """What closes behind a position, at most an hour at once. Raises SourceError."""
        at = None if since is None or since.since == UNKNOWN else since.since // SECOND
        self._kept = 0 if since is None else since.lines
        if at is not None and since is not None and since.absent == _LEARNING:
            yield await self._learned(at)
        await self._ask(lambda: self._store.open(write=False))
        while True:
            status = await self._status()
            if status is not None and status.first is not None and status.until is not None:
                at = instant.parse(status.first) // SECOND if at is None else at
                end = status.until // SECOND
                if end < at:
                    reached, found = instant.shown(at * SECOND), instant.shown(status.until)
                    raise SourceError(
                        f"{self.name}: expected the stream behind {reached}, found it up to {found}: it began again. "
                        "Begin again here, too: --fresh",
                        permanent=True,
                    )
                while at < end:
                    upto = min(end, at // _HOUR * _HOUR + _HOUR)
                    past = await self._history(at, upto, upto - at)
                    if past.seconds > 1:
                        kept = await self._kept_from(at, end)
                        async for taken in self._coarse(at, kept):
                            yield taken
                        at = kept
                        continue
                    yield await self._taken(past.spans, upto)
                    at = upto
            if status is not None and status.ended:
                return
            await self._backoff.sleep(_LOOK_S)

    def settle(self, watermark: int) -> None:
        """Nothing: the store keeps seconds for a time of its own."""

    async def _coarse(self, start: int, kept: int) -> AsyncIterator[tuple[Batch, Position]]:
        """The minutes before the first second that is kept: counted, and not seen."""
        self._say(
            f"{self.name}: no seconds are kept from {instant.shown(start * SECOND)} to {instant.shown(kept * SECOND)}: "
            "what came then is counted by the minute and not looked at; the inserting stages keep more with --keep"
        )
        spans = (await self._history(start, kept)).spans
        spans = spans.where((spans.first >= start * SECOND) & (spans.last < kept * SECOND))
        ticks = spans.last // SECOND
        # The first alone: from it on a watch that is new knows that time passes.
        if len(ticks):
            first = np.arange(len(ticks)) == 0
            yield await self._taken(spans.where(first), int(ticks[0]) + 1, ticks[:1])
            spans, ticks = spans.where(~first), ticks[1:]
        yield await self._taken(spans, kept, ticks, missed=True)
        yield await self._learned(kept)

    async def _learned(self, at: int) -> tuple[Batch, Position]:
        await self._name()
        await self._relearn(at, self._coded)
        handed = Handed(NONE, at * SECOND, Tally(read=self._kept, kept=self._kept))
        return empty()._replace(handed=handed), Position(since=at * SECOND, lines=self._kept)

    async def _taken(
        self, spans: Spans, until: int, ticks: NDArray[np.int64] | None = None, *, missed: bool = False
    ) -> tuple[Batch, Position]:
        """The batch of some spans, each in the tick of its second unless `ticks` says another."""
        if len(spans.category) and int(spans.category.max()) >= len(self._codes):
            await self._name()
        sizes = spans.sizes
        tick, first, last = (
            np.repeat(each, sizes) for each in (spans.start if ticks is None else ticks, spans.first, spans.last)
        )
        self._kept += int(spans.events.sum())
        cells = Cells(self._codes[spans.category], tick, spans.events, first, last)
        end = until * SECOND
        tally = Tally(read=self._kept, kept=self._kept)
        handed = Handed(cells, end, tally, missed=end if missed else UNKNOWN)
        return empty()._replace(handed=handed), Position(since=end, lines=self._kept, absent=_LEARNING * missed)

    def _coded(self, past: Past) -> Past:
        """A history with the codes of the watch."""
        spans = past.spans
        return Past(past.seconds, spans._replace(category=self._codes[spans.category]))

    async def _name(self) -> None:
        names = await self._ask(self._store.names)
        self._codes = self._categories.encode(list(names))

    async def _kept_from(self, start: int, end: int) -> int:
        """The first minute from which seconds are kept up to `end`; that itself where there is none."""
        low, high = start // _MINUTE, -(-end // _MINUTE)
        while high - low > 1:
            middle = (low + high) // 2
            begin = middle * _MINUTE
            if (await self._history(begin, end, end - begin)).seconds > 1:
                low = middle
            else:
                high = middle
        return min(high * _MINUTE, end)

    async def _status(self) -> Status | None:
        body = await self._ask(self._store.status)
        return None if body is None else msgspec.json.decode(body, type=Status)

    async def _history(self, start: int, end: int, most: int = 0) -> Past:
        """Spans of a range: at most so many, or its minutes."""
        spans = most or (end - start) // _MINUTE + 2
        return await self._ask(lambda: self._store.history(start, end, spans))

    async def _ask(self, question: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """The answer of the store. Raises SourceError for what asking again cannot mend."""
        try:
            return await asked(question, self._say, self._backoff)
        except StoreError as error:
            raise SourceError(str(error), permanent=True) from error
