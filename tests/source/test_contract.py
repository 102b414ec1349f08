"""The contract of sources: one set of laws, run over every member."""

from __future__ import annotations

import asyncio
import gzip
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from io import FileIO
from pathlib import Path

import pytest
from aiohttp import web

from rarebird.model.batch import Batch
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.position import Position
from rarebird.source import compressed, recording
from rarebird.source.blocks import Lines
from rarebird.source.contract import Source
from rarebird.source.file import FileSource
from rarebird.source.http import HttpLink
from rarebird.source.live import Link, LiveSource
from rarebird.source.meetup import resume
from rarebird.source.sse import EventStream
from rarebird.source.stdin import StdinSource
from rarebird.source.websocket import WebSocketLink

from .doubles import NOW, QUICK, Waits, clock, decoder, message, numbers, read_of, served, streamed, taken

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

pytestmark = pytest.mark.anyio

COUNT = 12_000
BROKEN = {3, 700, COUNT - 1}
"""Numbers in whose place a line stands that cannot be read."""
GOOD = [number for number in range(COUNT) if number not in BROKEN]
Maker = Callable[[], Source]
Member = Callable[[Path], AbstractAsyncContextManager[Maker]]


def line(number: int) -> bytes:
    return b'{"t":nonsense\n' if number in BROKEN else message(number)


LINES = [line(number) for number in range(COUNT)]


@asynccontextmanager
async def in_file(folder: Path, *, pack: Callable[[bytes], bytes] = bytes, csv: bool = False) -> AsyncIterator[Maker]:
    data = b"".join(LINES)
    if csv:
        rows = [b"%d,c,%d\n" % (NOW // 1000 + number * 1000, number) for number in range(COUNT)]
        data = b"t,c,n\n" + b"".join(b"nonsense\n" if at in BROKEN else row for at, row in enumerate(rows))
    path = folder / ("stream.csv" if csv else "stream.jsonl")
    path.write_bytes(pack(data))
    yield lambda: FileSource([path], decoder, clock=lambda: NOW, rows=1)


@asynccontextmanager
async def in_files(folder: Path) -> AsyncIterator[Maker]:
    paths = [folder / f"{part}.jsonl" for part in range(4)]
    for part, path in enumerate(paths):
        path.write_bytes(b"".join(LINES[part * COUNT // 4 : (part + 1) * COUNT // 4]))
    yield lambda: FileSource(paths, decoder, clock=lambda: NOW, rows=1)


@asynccontextmanager
async def on_stdin(folder: Path) -> AsyncIterator[Maker]:
    path = folder / "stream.jsonl"
    path.write_bytes(b"".join(LINES))
    with FileIO(os.fspath(path)) as stream:
        yield lambda: StdinSource(stream.fileno(), decoder, clock=lambda: NOW - 10**15)


async def held_open(response: web.StreamResponse) -> web.StreamResponse:
    await asyncio.Event().wait()
    return response


def grouped(lines: list[bytes]) -> list[bytes]:
    return [b"".join(lines[at : at + 500]) for at in range(0, len(lines), 500)]


def after(request: web.Request) -> list[bytes]:
    """The lines that a server sends: all, or those after what the client names."""
    if "Last-Event-ID" in request.headers:
        return LINES[int(request.headers["Last-Event-ID"]) + 1 :]
    if "since_mtime" in request.query:
        first = max((int(request.query["since_mtime"]) - NOW // 1000) // 1000 + 1, 0)
        return LINES[first:]
    return LINES


async def json_lines(request: web.Request) -> web.StreamResponse:
    return await held_open(await streamed(request, *grouped(after(request))))


async def event_stream(request: web.Request) -> web.StreamResponse:
    lines = after(request)
    first = COUNT - len(lines)
    events = [b"id: %d\ndata: %s\n" % (first + at, text) for at, text in enumerate(lines)]
    return await held_open(await streamed(request, *grouped(events), content_type="text/event-stream"))


async def frames(request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    for text in after(request):
        await socket.send_bytes(text)
    return await held_open(socket)


def live(link: Link) -> Source:
    return LiveSource(link, decoder(), clock=clock, pace=QUICK, backoff=Waits().backoff())


@asynccontextmanager
async def over_http(folder: Path, *, events: bool = False, meetup: bool = False) -> AsyncIterator[Maker]:
    async with served(event_stream if events else json_lines) as url:
        going_on = partial(resume, url) if meetup else None
        makers = {"": Lines, "text/event-stream": EventStream}
        yield lambda: live(HttpLink(url, makers, resume=going_on))


@asynccontextmanager
async def over_websocket(folder: Path, *, meetup: bool = False) -> AsyncIterator[Maker]:
    async with served(frames) as address:
        url = address.replace("http", "ws")
        yield lambda: live(WebSocketLink(url, resume=partial(resume, url) if meetup else None))


RESUMABLE: dict[str, Member] = {
    "file": in_file,
    "files": in_files,
    "file.gz": partial(in_file, pack=partial(gzip.compress, compresslevel=1)),
    "file.zst": partial(in_file, pack=zstd.compress),
    "csv": partial(in_file, csv=True),
    "sse": partial(over_http, events=True),
}
BY_TIME: dict[str, Member] = {
    "meetup over http": partial(over_http, meetup=True),
    "meetup over websocket": partial(over_websocket, meetup=True),
}
ALL: dict[str, Member] = {
    **RESUMABLE,
    **BY_TIME,
    "stdin": on_stdin,
    "http": over_http,
    "websocket": over_websocket,
}


@pytest.fixture
async def make(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Maker, None]:
    monkeypatch.setattr(recording, "CHUNK", 64 << 10)
    monkeypatch.setattr(compressed, "STEP", 64 << 10)
    async with ALL[request.param](tmp_path) as maker:
        yield maker


def all_read(batches: list[Batch]) -> bool:
    return read_of(batches) >= COUNT


every = pytest.mark.parametrize("make", ALL, indirect=True)
resumable = pytest.mark.parametrize("make", RESUMABLE, indirect=True)
by_time = pytest.mark.parametrize("make", BY_TIME, indirect=True)


@every
async def test_every_message_comes_once_in_order_and_a_broken_one_is_counted(make: Maker) -> None:
    batches = [batch for batch, _ in await taken(make(), enough=all_read)]
    assert numbers(batches) == GOOD
    assert sum(batch.malformed for batch in batches) == len(BROKEN)
    assert [reject.line for batch in batches for reject in batch.rejects] == [number + 1 for number in sorted(BROKEN)]


@every
async def test_a_position_counts_the_messages_up_to_it(make: Maker) -> None:
    lines = 0
    for batch, position in await taken(make(), enough=all_read):
        lines += batch.read
        assert position.lines == lines


@every
async def test_a_live_source_tells_when_a_batch_arrived_and_a_recording_does_not(make: Maker) -> None:
    source = make()
    found = await taken(source, enough=all_read)
    assert {batch.arrival for batch, _ in found} == {NOW if source.live else UNKNOWN}


@every
async def test_it_is_starting_before_it_is_read_and_then_connected_or_ended(make: Maker) -> None:
    source = make()
    assert source.state.kind == "starting"
    await taken(source, enough=all_read)
    assert source.state.kind in ({"connected"} if source.live else {"connected", "ended"})
    assert source.name


@resumable
async def test_reading_on_from_any_position_gives_exactly_the_rest(make: Maker) -> None:
    whole = await taken(make(), enough=all_read)
    assert len(whole) > 2
    for at in range(len(whole)):
        before = [batch for batch, _ in whole[: at + 1]]
        left = COUNT - read_of(before)
        if left == 0:
            break
        rest = await taken(make(), whole[at][1], enough=lambda found, left=left: read_of(found) >= left)  # type: ignore[misc]
        assert numbers(before) + numbers([batch for batch, _ in rest]) == GOOD
        assert rest[-1][1].lines == COUNT


@by_time
async def test_reading_on_from_a_position_by_time_gives_at_least_the_rest(make: Maker) -> None:
    source = make()

    def settled(found: list[Batch]) -> bool:
        if all_read(found):
            source.settle(NOW + 6000 * SECOND)
        return found[-1].read == 0 and all_read(found)

    position: Position = (await taken(source, enough=settled))[-1][1]
    rest = await taken(make(), position, enough=lambda found: bool(numbers(found)) and numbers(found)[-1] == GOOD[-1])
    assert set(numbers([batch for batch, _ in rest])) == {number for number in GOOD if number > 6000 - 60}
