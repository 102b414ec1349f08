"""What clients of the page may send and hold: others are answered all the while."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from rarebird.web import connection, serve
from rarebird.web.room import Room
from rarebird.web.serve import serving
from tests.web.view_double import FakeView

pytestmark = pytest.mark.anyio
ASKED = b"GET /rate HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF = b"GET /rate HTTP/1.1\r\nHost: loc"


@contextlib.asynccontextmanager
async def site() -> AsyncIterator[str]:
    async with serving(FakeView(), port=0) as address:
        yield address


async def opened(address: str, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
    writer.write(sent)
    return reader, writer


async def whole(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the other side closes."""
    found = b""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(10):
            while piece := await reader.read(1 << 20):
                found += piece
    return found


async def is_answered(address: str) -> bool:
    async with aiohttp.ClientSession(address) as session, session.get("/rate") as reply:
        return reply.status == 200


async def test_an_address_over_8_kib_is_refused_in_words_and_one_below_is_answered() -> None:
    async with site() as address, aiohttp.ClientSession(address) as session:
        async with session.get("/probability?state=" + "x" * 8_000) as fine:
            assert fine.status == 200
        async with session.get("/histogram?window=" + "1" * 60_000) as reply:
            assert (reply.status, "8 KiB" in (await reply.json())["error"]) == (414, True)
        async with session.get("/histogram?window=" + "1" * 7_000) as reply:
            assert reply.status == 400
        async with session.get("/rate", headers={"Cookie": "x" * 100_000}) as reply:
            assert (reply.status, "64 KiB" in (await reply.json())["error"]) == (431, True)


@pytest.mark.parametrize(
    "start", [b"GET /probability?message=", b"GET /rate HTTP/1.1\r\nHost: a\r\nCookie: ", b"\r\n\r\n"]
)
async def test_a_request_without_an_end_is_refused_long_before_it_fills_the_memory(start: bytes) -> None:
    async with site() as address:
        reader, writer = await opened(address, start)
        sent, piece = 0, b"\r\n" * 4_096 if start == b"\r\n\r\n" else b"x" * 8_192
        with contextlib.suppress(ConnectionError):
            while sent < 64 << 20 and not reader.at_eof():
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
                sent += len(piece)
        assert sent < 16 << 20
        assert await is_answered(address)
        writer.close()


async def test_whatever_else_is_no_request_gets_an_error_as_json() -> None:
    async with site() as address:
        reader, writer = await opened(address, b"\x16\x03\x01 hello\r\n\r\n")
        head, _, body = (await whole(reader)).partition(b"\r\n\r\n")
        assert (head[:12], "HTTP" in json.loads(body)["error"]) == (b"HTTP/1.1 400", True)
        writer.close()


@pytest.mark.parametrize(
    "sent", [b"", HALF, ASKED + HALF, b"POST /incidents/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na"]
)
async def test_who_does_not_ask_in_time_is_closed(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REQUEST_S", 0.05)
    async with site() as address:
        reader, writer = await opened(address, sent)
        answer = await whole(reader)
        assert answer.startswith(b"HTTP/1.1 200") is sent.startswith(ASKED)
        writer.close()


async def test_a_request_is_answered_whoever_else_only_begins_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "raised", lambda: 30)
    async with site() as address:
        others = [await opened(address, HALF) for _ in range(200)]
        for _ in range(3):
            assert await is_answered(address)
            others += [await opened(address, HALF) for _ in range(20)]
        for _, writer in others:
            writer.close()


async def test_feeds_are_counted_apart_and_one_too_many_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "raised", lambda: 12)
    assert Room.of(12).feeds == 4
    async with site() as address, aiohttp.ClientSession() as session:
        feeds = [await session.get(f"{address}/feed") for _ in range(4)]
        async with session.get(f"{address}/feed") as refused:
            assert (refused.status, "4 feeds" in (await refused.json())["error"]) == (503, True)
        assert await is_answered(address)
        feeds.pop().close()
        async with asyncio.timeout(10):
            while (reply := await session.get(f"{address}/feed")).status != 200:
                reply.close()
        for feed in [*feeds, reply]:
            feed.close()


async def test_requests_before_the_first_answer_are_few() -> None:
    async with site() as address:
        reader, writer = await opened(address, ASKED * 40_000)
        answers = (await whole(reader)).count(b"HTTP/1.1 200")
        assert answers <= connection.PIPELINED + 1
        reader, few = await opened(address, ASKED * 5 + ASKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert (await whole(reader)).count(b"HTTP/1.1 200") == 6
        assert await is_answered(address)
        writer.close()
        few.close()


async def test_who_reads_nothing_of_what_he_asks_for_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "UNREAD_S", 0.05)
    made: list[connection.Connection] = []
    before = connection.Connection.connection_made

    def taken(self: connection.Connection, transport: asyncio.BaseTransport) -> None:
        made.append(self)
        before(self, transport)

    monkeypatch.setattr(connection.Connection, "connection_made", taken)
    async with site() as address:
        reader, writer = await opened(address, b"GET /feed HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(10):
            await reader.readline()
            made[0].pause_writing()
            await whole(reader)
        writer.close()


@pytest.mark.parametrize(("descriptors", "connections"), [(20_000, 512), (1024, 341), (100, 33), (3, 1)])
def test_half_of_what_is_open_is_never_the_page(descriptors: int, connections: int) -> None:
    room = Room.of(descriptors)
    assert (room.connections, room.feeds) == (connections, connections)
    assert room.accepted <= max(1, connections // 4)


@pytest.mark.parametrize("query", [b"message=\xa4", b"window=15m\xff", b"\xed\xa0\x80", b"token=\xc3\x28"])
async def test_an_address_that_is_no_text_is_a_wrong_question(query: bytes) -> None:
    async with site() as address:
        for path in (b"/histogram", b"/probability", b"/incidents/1", b"/rate", b"/feed"):
            asked = ASKED.replace(b"/rate", path + b"?" + query).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            reader, writer = await opened(address, asked)
            assert (await whole(reader)).startswith(b"HTTP/1.1 400 "), path
            writer.close()
