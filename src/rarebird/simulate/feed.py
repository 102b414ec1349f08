"""Feeds: what a simulated server sends, out of a living world or a recording."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from rarebird.errors import SourceError
from rarebird.model.instant import SECOND
from rarebird.model.outside import UNREADABLE
from rarebird.simulate.world import Chunk, World

TICK_S: Final = 0.05
"""A living feed sends what is due so often."""
MOST_RECENT: Final = 10_000
"""The most that `since_count` asks for."""
_PAST_MESSAGES = 200_000
_PAST_MOST: Final = 86_400 * SECOND
"""`since_mtime` reaches back a day, or so many messages where that is less."""
_SLICES_KEPT = 16
_AT_ONCE = 64
"""Messages of a recording in one batch."""

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


class Wish(Struct, frozen=True):
    """What a client asked for."""

    event_id: str = ""
    """Only messages of this event; all where it is empty."""
    since_count: int = 0
    """So many of the messages before now at once."""
    since_mtime: int | None = None
    """All messages with a later `mtime` at once, µs UTC."""


class Feed(Protocol):
    """What a server sends."""

    @property
    def refusing(self) -> bool:
        """Whether the server drops its connections and takes no new ones just now."""
        ...

    def messages(self, wish: Wish) -> AsyncGenerator[list[bytes], None]:
        """Batches for one connection, JSON objects without line ends; empty ones while nothing is there.

        It ends when nothing will ever come, or while the server refuses.
        """
        ...


class WorldFeed:
    """A world that lives by a clock: `begin` is now, and a second of the clock is `speed` seconds of the world."""

    def __init__(
        self,
        world: World,
        begin: int,
        *,
        speed: float = 1.0,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._world, self._begin, self._speed = world, begin, speed
        self._clock, self._sleep = clock, sleep
        self._zero = clock()
        self._step = max(1, round(TICK_S * SECOND * speed))
        self._slices: dict[int, list[Chunk]] = {}

    @property
    def now(self) -> int:
        """The time of the world, µs UTC."""
        return self._begin + round((self._clock() - self._zero) * SECOND * self._speed)

    @property
    def refusing(self) -> bool:
        """Whether a `disconnect` is under way."""
        begin, now = self._world.start, self.now
        return any(
            0 <= now - begin - one.offset < one.length for one in self._world.changes if one.kind == "disconnect"
        )

    async def messages(self, wish: Wish) -> AsyncGenerator[list[bytes], None]:
        """The past that was asked for, then what is due at each tick."""
        step = self._due()
        for batch in self._past(wish, self._begin + step * self._step):
            yield batch
        while not self.refusing:
            due = self._due()
            if step == due:
                yield []
                await self._sleep(TICK_S)
            else:
                yield [line for chunk in self._slice(step) for line in _chosen(chunk, wish.event_id)]
                step += 1

    def _due(self) -> int:
        """How many steps of the world are over."""
        return (self.now - self._begin) // self._step

    def _slice(self, step: int) -> list[Chunk]:
        """The messages of one step, written once for all connections."""
        found = self._slices.get(step)
        if found is None:
            begin = self._begin + step * self._step
            found = self._slices[step] = list(self._world.lines(begin, begin + self._step))
            if len(self._slices) > _SLICES_KEPT:
                del self._slices[next(iter(self._slices))]
        return found

    def _past(self, wish: Wish, now: int) -> Iterable[list[bytes]]:
        if wish.since_mtime is not None:
            reach = min(_PAST_MOST, round(_PAST_MESSAGES / self._world.rate * SECOND))
            for chunk in self._world.lines(max(wish.since_mtime, now - reach), now):
                later = chunk.mtime > wish.since_mtime
                kept = [line for line, yes in zip(chunk.lines, later.tolist(), strict=True) if yes]
                yield _chosen(chunk._replace(lines=kept, event=chunk.event[later]), wish.event_id)
        elif wish.since_count:
            yield self._recent(wish, now)

    def _recent(self, wish: Wish, now: int) -> list[bytes]:
        """The last messages, looked for ever further back, at most a day."""
        reach = min(_PAST_MOST, round(2 * wish.since_count / self._world.rate * SECOND) + SECOND)
        while True:
            found = [line for chunk in self._world.lines(now - reach, now) for line in _chosen(chunk, wish.event_id)]
            if len(found) >= wish.since_count or reach >= _PAST_MOST:
                return found[-wish.since_count :]
            reach = min(_PAST_MOST, 4 * reach)


def _chosen(chunk: Chunk, event_id: str) -> list[bytes]:
    """The lines of an event; all where none is named."""
    if not event_id:
        return chunk.lines
    rows = zip(chunk.lines, chunk.event.tolist(), strict=True)
    return [line for line, event in rows if str(event) == event_id]


class _EventPart(Struct):
    event_id: str = ""


class _Stamp(Struct):
    mtime: int = 0
    event: _EventPart = msgspec.field(default_factory=_EventPart)


class Recording:
    """Messages that were recorded: each connection gets them from the first on, at once or `pace` a second.

    All of it is the past, so `since_count` names its last messages and `since_mtime` those that changed later.
    """

    refusing = False

    def __init__(self, lines: Iterable[bytes], *, pace: float | None = None, sleep: Sleep = asyncio.sleep) -> None:
        self._lines = [line for line in lines if line]
        self._pace, self._sleep = pace, sleep

    @classmethod
    def of(cls, path: Path, *, pace: float | None = None, sleep: Sleep = asyncio.sleep) -> Recording:
        """The recording in a file of JSON lines. Raises SourceError where it cannot be read."""
        try:
            lines = path.read_bytes().split(b"\n")
        except OSError as error:
            text = f"expected a recording of JSON lines at {path}, got: {error.strerror}; check the path"
            raise SourceError(text, permanent=True) from error
        return cls(lines, pace=pace, sleep=sleep)

    async def messages(self, wish: Wish) -> AsyncGenerator[list[bytes], None]:
        """The messages asked for, then the end."""
        lines = self._lines
        if wish.event_id or wish.since_mtime is not None:
            lines = [line for line in lines if _wanted(line, wish)]
        lines = lines[-wish.since_count :] if wish.since_count else lines
        if self._pace is None:
            for begin in range(0, len(lines), _AT_ONCE):
                yield lines[begin : begin + _AT_ONCE]
            return
        for line in lines:
            yield [line]
            await self._sleep(1 / self._pace)


def _wanted(line: bytes, wish: Wish) -> bool:
    """Whether a message is what was asked for; one that cannot be read is not."""
    try:
        stamp = msgspec.json.decode(line, type=_Stamp)
    except UNREADABLE:
        return False
    since = wish.since_mtime
    return wish.event_id in ("", stamp.event.event_id) and (since is None or stamp.mtime * 1_000 > since)
