"""The seconds of a watch that another stage fills, one after the other as they close."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, NamedTuple, TypeVar

import msgspec

from rarebird.model import instant
from rarebird.model.history import LEVELS, Span
from rarebird.model.instant import SECOND
from rarebird.pipe.asked import PATIENT, asked
from rarebird.pipe.inflow import Say
from rarebird.pipe.taken import Status
from rarebird.source.live import Backoff, is_fresh
from rarebird.store.contract import Store

_HOUR: Final = LEVELS["h"]
_MINUTE: Final = LEVELS["m"]
_PAST: Final = 20_000
"""Spans of the past that are read at once: of seconds where they are few, else of minutes or hours."""
_LOOK_S: Final = 0.25
_Answer = TypeVar("_Answer")


class Second(NamedTuple):
    """A closed second of event time, or a longer span of which the seconds are not kept any more."""

    at: int
    """The second, s since 1970; of a longer span that of its last event."""
    span: Span | None
    """What happened; None where nothing did."""
    told: bool
    """Whether a reading is due: not for a longer span, nor for what was long before a live stream was joined."""
    past: bool = False
    """Whether it closed before a live stream was joined."""


class Seconds:
    """Follows the history of a watch to its end.

    Of a replay (a stream that is over, or more than an hour behind the clock) every second is told; of a live one
    those of the last `past_s` seconds, as past, and those that close from now on, the last one first. `clock` gives
    µs UTC.
    """

    def __init__(
        self,
        store: Store,
        say: Say,
        *,
        clock: Callable[[], int],
        past_s: int = 0,
        backoff: Backoff = PATIENT,
    ) -> None:
        self._store, self._say, self._clock = store, say, clock
        self._backoff = backoff
        self._past_s = past_s
        self._at = self._join = self._tell_from = 0
        self._compacted = False

    async def closed(self) -> AsyncIterator[list[Second]]:
        """The seconds, some at a time; without end while the stream goes on. Raises StoreError."""
        await self._store.open(write=False)
        begun = False
        while True:
            status = await self._status()
            if status is not None and status.first is not None and status.until is not None:
                if not begun:
                    begun = True
                    async for seconds in self._begin(status, status.first, status.until):
                        yield seconds
                while self._at < status.until // SECOND:
                    end = min(status.until // SECOND, self._at // _HOUR * _HOUR + _HOUR)
                    yield await self._between(end)
            if status is not None and status.ended:
                return
            await self._backoff.sleep(_LOOK_S)

    async def _status(self) -> Status | None:
        body = await self._ask(self._store.status)
        return None if body is None else msgspec.json.decode(body, type=Status)

    async def _begin(self, status: Status, first: str, until: int) -> AsyncIterator[list[Second]]:
        """Where to begin; the past of a live stream at once, as coarse as it is kept."""
        self._at = self._join = self._tell_from = instant.parse(first) // SECOND
        if status.ended or not is_fresh(until, self._clock()):
            return
        self._join = until // SECOND - 1
        self._tell_from = self._join - self._past_s
        near = self._tell_from // _HOUR * _HOUR - _HOUR
        if self._at < near:
            yield [_past(span) for span in await self._history(self._at, near, _PAST)]
            self._at = near

    async def _between(self, end: int) -> list[Second]:
        """The seconds up to one, at most an hour of them; where some are not kept any more, those first, in minutes."""
        start = self._at
        spans = await self._history(start, end, end - start)
        if not _compacted(spans):
            self._at = end
            known = {span.start: span for span in spans}
            return [Second(at, known.get(at), at >= self._tell_from, at < self._join) for at in range(start, end)]
        self._tell_compacted(end)
        self._at = await self._kept_from(start, end)
        coarse = await self._history(start, self._at, _HOUR // _MINUTE)
        return [_past(span) for span in coarse if span.first >= start * SECOND]

    async def _kept_from(self, start: int, end: int) -> int:
        """The first minute from which seconds are kept up to `end`; that itself where there is none."""
        low, high = start // _MINUTE, -(-end // _MINUTE)
        while high - low > 1:
            middle = (low + high) // 2
            if _compacted(await self._history(middle * _MINUTE, end, end - middle * _MINUTE)):
                low = middle
            else:
                high = middle
        return min(high * _MINUTE, end)

    async def _history(self, start: int, end: int, most: int) -> list[Span]:
        return (await self._ask(lambda: self._store.history(start, end, most))).spans.each()

    def _tell_compacted(self, end: int) -> None:
        if not self._compacted and end > self._tell_from:
            self._compacted = True
            self._say(
                "the oldest seconds are not kept any more, so there are no readings of them; "
                "the inserting stages keep more with --keep"
            )

    async def _ask(self, question: Callable[[], Awaitable[_Answer]]) -> _Answer:
        return await asked(question, self._say, self._backoff)


def _compacted(spans: Sequence[Span]) -> bool:
    """Whether they are minutes or hours rather than seconds."""
    return any(span.last >= (span.start + 1) * SECOND for span in spans)


def _past(span: Span) -> Second:
    return Second(span.last // SECOND, span, told=False)
