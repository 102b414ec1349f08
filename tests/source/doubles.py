"""Doubles for the tests of sources: messages, a clock that stands still, links and servers that misbehave on order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

from aiohttp import web

from rarebird.decode import Decoder
from rarebird.model.batch import Batch
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields
from rarebird.model.instant import SECOND
from rarebird.model.position import Position
from rarebird.source.blocks import Block
from rarebird.source.contract import Source
from rarebird.source.live import Backoff, LiveSource, Pace

NOW = 1_700_000_000 * SECOND
FIELDS = Fields(time="t", by="c", id=("n",))
QUICK = Pace(hold_s=0.0, idle_s=0.01)


def clock() -> int:
    return NOW


def decoder(form: str = "json", fields: Fields = FIELDS) -> Decoder:
    return Decoder(fields, Categories(), form)


def message(number: int, time: int = NOW) -> bytes:
    """One message a second from `time` on; its number can be read off its event time."""
    return b'{"t":%d,"c":"%c","n":%d}\n' % (time // 1000 + number * 1000, 65 + number % 7, number)


def messages(count: int, start: int = 0) -> bytes:
    return b"".join(message(number) for number in range(start, start + count))


def numbers(batches: Sequence[Batch]) -> list[int]:
    """The numbers of the messages in the batches."""
    return [(time - NOW) // SECOND for batch in batches for time in batch.time.tolist()]


def read_of(batches: Sequence[Batch]) -> int:
    return sum(batch.read for batch in batches)


async def taken(
    source: Source, since: Position | None = None, *, enough: Callable[[list[Batch]], bool] | None = None
) -> list[tuple[Batch, Position]]:
    """What a source gives up to its end, or until the batches are enough."""
    found: list[tuple[Batch, Position]] = []
    async with asyncio.timeout(20), aclosing(source.read(since)) as stream:  # type: ignore[type-var]
        async for batch, position in stream:
            found.append((batch, position))
            if enough and enough([batch for batch, _ in found]):
                break
    return found


async def batches_of(source: Source, since: Position | None = None, *, read: int | None = None) -> list[Batch]:
    """The batches up to the end, or until that many messages were read."""
    enough = None if read is None else lambda found: read_of(found) >= read
    return [batch for batch, _ in await taken(source, since, enough=enough)]


class Waits:
    """Takes down how long it was asked to sleep, and does not sleep."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)

    def backoff(self, chance: float = 1.0) -> Backoff:
        return Backoff(sleep=self.sleep, chance=lambda: chance)


class Script:
    """A link whose connections go by a script: each is a list of blocks, errors to raise, "wait" to say
    nothing more, and "pause" to let the reader take what came."""

    name = "script"

    def __init__(self, *connections: list[Any]) -> None:
        self._connections = list(connections)
        self.opened: list[Position] = []
        self.given = 0

    @asynccontextmanager
    async def open(self, since: Position) -> AsyncGenerator[AsyncGenerator[list[Block], None], None]:
        self.opened.append(since)
        steps = self._connections.pop(0)
        if steps and isinstance(steps[0], Exception):
            raise steps[0]
        yield self._blocks(steps)

    async def _blocks(self, steps: list[Any]) -> AsyncGenerator[list[Block], None]:
        for step in steps:
            if isinstance(step, Exception):
                raise step
            if step == "wait":
                await asyncio.Event().wait()
            if step == "pause":
                for _ in range(10):
                    await asyncio.sleep(0)
                continue
            self.given += 1
            yield [Block(step, len(step))]


def scripted(
    script: Script, *, pace: Pace = QUICK, waits: Waits | None = None, now: Callable[[], int] = clock
) -> LiveSource:
    return LiveSource(script, decoder(), clock=now, pace=pace, backoff=(waits or Waits()).backoff())


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler, path: str = "/{any:.*}") -> AsyncIterator[str]:
    """A server on a free port of this machine; its address without a path."""
    app = web.Application()
    app.router.add_get(path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def streamed(request: web.Request, *chunks: bytes, content_type: str = "application/json") -> web.StreamResponse:
    """A chunked answer of these chunks."""
    response = web.StreamResponse(headers={"Content-Type": content_type})
    await response.prepare(request)
    for chunk in chunks:
        await response.write(chunk)
    return response


def cut_off(request: web.Request) -> None:
    """Resets the connection in the middle of the answer."""
    assert request.transport is not None
    request.transport.abort()
