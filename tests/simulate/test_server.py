"""The retired Meetup protocol over real sockets: streams, long poll, WebSocket, resumption, errors, dropped lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from rarebird.errors import ConfigError, SourceError
from rarebird.simulate.change import parse_all
from rarebird.simulate.feed import Feed, Recording, WorldFeed
from rarebird.simulate.protocol import frames
from rarebird.simulate.server import CONNECTIONS, Server
from rarebird.simulate.world import World
from tests.simulate.stretch import HOUR, SECOND, START, taken

pytestmark = pytest.mark.anyio
LINES = [row[3] for row in taken(World(5.0, 1, START), START, START + 40 * SECOND)]
Served = tuple[Server, aiohttp.ClientSession]


class Time:
    """A clock that moves only while somebody sleeps by it, and at most to `until`."""

    def __init__(self, until: float = 1e9) -> None:
        self.now, self.until = 0.0, until

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now = min(self.now + seconds, self.until)
        await asyncio.sleep(0)


@asynccontextmanager
async def serving(
    feed: Feed, *, close_at_end: bool = True
) -> AsyncGenerator[tuple[Server, aiohttp.ClientSession], None]:
    server = Server(feed, close_at_end=close_at_end, hold_s=0.2, sleep=Time().sleep)
    await server.start()
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session:
            yield server, session
    finally:
        await server.stop()


async def streamed(session: aiohttp.ClientSession, server: Server, **asked: str | int) -> list[bytes]:
    async with session.get(server.url, params=asked) as response:
        assert response.status == 200
        assert response.headers["Transfer-Encoding"] == "chunked"
        return (await response.read()).splitlines()


async def socketed(session: aiohttp.ClientSession, server: Server, **asked: str | int) -> list[bytes]:
    async with session.ws_connect(server.url, params=asked) as socket:
        return [message.data.encode() async for message in socket if message.type is aiohttp.WSMsgType.TEXT]


async def polled(session: aiohttp.ClientSession, server: Server, **asked: str | int) -> list[object]:
    async with session.get(server.url, params={"callback": "got", **asked}) as response:
        assert response.content_type == "application/javascript"
        text = await response.text()
    assert text.startswith("got([")
    assert text.endswith("]);")
    return list(json.loads(text[len("got(") : -len(");")]))


def living(*changes: str, rate: float = 20.0, time: Time | None = None, speed: float = 1.0) -> WorldFeed:
    time = time or Time()
    world = World(rate, 1, START, parse_all(changes))
    return WorldFeed(world, START, speed=speed, clock=time.clock, sleep=time.sleep)


async def test_all_three_ways_give_every_message_of_a_recording_in_order() -> None:
    async with serving(Recording(LINES)) as (server, session):
        assert await streamed(session, server) == LINES
        assert await socketed(session, server) == LINES
        assert await polled(session, server) == [json.loads(line) for line in LINES]


async def test_the_recorded_stream_passes_through_http_and_websocket_byte_for_byte(rsvps: Path) -> None:
    async with serving(Recording.of(rsvps)) as (server, session):
        expected = rsvps.read_bytes().splitlines()
        assert await streamed(session, server) == expected
        assert await socketed(session, server) == expected


async def test_since_count_gives_the_last_messages() -> None:
    async with serving(Recording(LINES)) as (server, session):
        assert await streamed(session, server, since_count=7) == LINES[-7:]
        assert await socketed(session, server, since_count=10_000) == LINES


async def test_since_mtime_gives_what_changed_later() -> None:
    middle = sorted(json.loads(line)["mtime"] for line in LINES)[len(LINES) // 2]
    expected = [line for line in LINES if json.loads(line)["mtime"] > middle]
    async with serving(Recording(LINES)) as (server, session):
        assert await streamed(session, server, since_mtime=middle) == expected
        assert await socketed(session, server, since_mtime=middle) == expected
        assert await polled(session, server, since_mtime=middle) == [json.loads(line) for line in expected]


async def test_event_id_gives_only_messages_of_that_event() -> None:
    event = json.loads(LINES[3])["event"]["event_id"]
    expected = [line for line in LINES if json.loads(line)["event"]["event_id"] == event]
    async with serving(Recording(LINES)) as (server, session):
        assert await streamed(session, server, event_id=event) == expected
        assert await socketed(session, server, event_id=event) == expected


async def test_a_long_poll_without_news_is_an_empty_array() -> None:
    async with serving(Recording(LINES)) as (server, session):
        assert await polled(session, server, since_mtime=10**14) == []
    async with serving(living(rate=1e-6)) as (server, session):
        assert await polled(session, server) == []


async def test_a_recording_at_its_end_leaves_the_connection_open_unless_told_otherwise() -> None:
    async with serving(Recording(LINES), close_at_end=False) as (server, session), session.get(server.url) as response:
        got = b""
        while got.count(b"\n") < len(LINES):
            got += await response.content.readany()
        assert got.splitlines() == LINES
        assert not response.content.at_eof()
        assert server.drop() == 1


async def test_a_recording_can_be_paced() -> None:
    time = Time()
    async with serving(Recording(LINES, pace=4.0, sleep=time.sleep)) as (server, session):
        assert await streamed(session, server) == LINES
    assert time.now == pytest.approx(len(LINES) / 4)


async def test_a_broken_line_is_sent_as_it_is() -> None:
    lines = [b'{"mtime":5,"event":{"event_id":"1"}}', b"{broken", b'{"mtime":']
    async with serving(Recording(lines)) as (server, session):
        assert await streamed(session, server) == lines
        assert await streamed(session, server, since_mtime=4) == lines[:1]


def test_a_missing_recording_is_named() -> None:
    with pytest.raises(SourceError, match=r"expected a recording .* got: .*; check the path"):
        Recording.of(Path("missing.jsonl"))


@pytest.mark.parametrize(
    "asked",
    [
        {"since_count": 5, "since_mtime": 5},
        {"since_count": "many"},
        {"since_count": -1},
        {"since_mtime": "1.5"},
        {"since_mtime": ""},
        {"event_id": ""},
        {"event_id": "a b"},
        {"callback": ""},
        {"callback": "alert(1)//"},
    ],
)
async def test_a_wrong_parameter_is_an_object_with_errors(asked: dict[str, str | int]) -> None:
    async with serving(Recording(LINES)) as (server, session):
        async with session.get(server.url, params=asked) as response:
            assert response.status == 400
            assert "expected" in (await response.json())["errors"][0]["message"]
        told = await socketed(session, server, **asked)
        assert [list(json.loads(text)) for text in told] == [["errors"]]


async def test_a_living_world_sends_its_messages_as_they_fall_due() -> None:
    expected = [row[3] for row in taken(World(20.0, 1, START), START, START + 30 * SECOND)]
    for ask in (streaming_until, sockets_until):
        async with serving(living()) as (server, session):
            assert await ask(session, server, len(expected)) == expected


async def streaming_until(session: aiohttp.ClientSession, server: Server, count: int, **asked: int) -> list[bytes]:
    got = b""
    async with session.get(server.url, params=asked) as response:
        while got.count(b"\n") < count:
            got += await response.content.readany()
    return got.splitlines()[:count]


async def sockets_until(session: aiohttp.ClientSession, server: Server, count: int, **asked: int) -> list[bytes]:
    async with session.ws_connect(server.url, params=asked) as socket:
        return [(await socket.receive_str()).encode() for _ in range(count)]


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0, 5_000.0])
async def test_no_message_is_lost_or_doubled_at_any_speed(speed: float) -> None:
    expected = [row[3] for row in taken(World(20.0, 1, START), START, START + 60 * SECOND)]
    async with serving(living(speed=speed)) as (server, session):
        assert await streaming_until(session, server, len(expected)) == expected


async def test_a_living_world_does_not_run_ahead_of_its_clock() -> None:
    feed = living(time=Time(until=10.0))
    due = [row[3] for row in taken(World(20.0, 1, START), START, START + 10 * SECOND)]
    async with serving(feed) as (server, session):
        assert await streaming_until(session, server, len(due)) == due
        assert await polled(session, server) == []
    assert feed.now == START + 10 * SECOND


async def test_a_client_that_resumes_by_since_mtime_misses_nothing() -> None:
    now, since = START + 100 * SECOND, START + 30 * SECOND
    rows = taken(World(20.0, 1, START), since, now + 100 * SECOND)
    past = [row[3] for row in rows if row[0] < now and row[1] > since]
    live = [row[3] for row in rows if row[0] >= now]
    time = Time()
    feed = WorldFeed(World(20.0, 1, START), now, clock=time.clock, sleep=time.sleep)
    async with serving(feed) as (server, session):
        got = await sockets_until(session, server, len(past) + 50, since_mtime=since // 1_000)
    assert got == (past + live)[: len(past) + 50]


async def test_since_count_of_a_living_world_reaches_into_the_past_before_its_beginning() -> None:
    past = [row[3] for row in taken(World(20.0, 1, START), START - HOUR, START)]
    async with serving(living()) as (server, session):
        assert await streaming_until(session, server, 500, since_count=500) == past[-500:]


async def test_an_eleventh_connection_from_one_address_is_refused_until_one_is_closed() -> None:
    async with serving(Recording(LINES), close_at_end=False) as (server, session):
        sockets = [await session.ws_connect(server.url) for _ in range(CONNECTIONS)]
        async with session.get(server.url) as response:
            assert response.status == 429
            assert list(await response.json()) == ["errors"]
        assert [list(json.loads(text)) for text in await socketed(session, server)] == [["errors"]]
        await sockets[0].close()
        assert (await sockets_until(session, server, 1)) == LINES[:1]
        for socket in sockets:
            await socket.close()


async def test_drop_cuts_every_connection_and_new_ones_are_welcome() -> None:
    async with serving(Recording(LINES), close_at_end=False) as (server, session):
        async with session.ws_connect(server.url) as socket, session.get(server.url) as response:
            await socket.receive_str()
            assert server.drop() == 2
            with pytest.raises(aiohttp.ClientError):
                await response.read()
            while not (await socket.receive()).type.name.startswith("CLOS"):
                pass
        assert await streaming_until(session, server, len(LINES)) == LINES


async def test_during_a_disconnect_the_server_cuts_and_refuses_and_then_gives_what_was_missed() -> None:
    time = Time(until=5.0)
    rows = taken(World(20.0, 1, START), START, START + 20 * SECOND)
    before = [row[3] for row in rows if row[0] < START + 5 * SECOND]
    async with serving(living("disconnect@5s+10s", time=time)) as (server, session):
        with pytest.raises((aiohttp.ClientError, TypeError)):
            await sockets_until(session, server, len(before) + 1)
        async with session.get(server.url) as response:
            assert response.status == 503
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(server.url)
        time.now = time.until = 15.0
        missed = [row[3] for row in rows if row[0] < START + 15 * SECOND and row[1] > START + 4 * SECOND]
        since = (START + 4 * SECOND) // 1_000
        assert await streaming_until(session, server, len(missed), since_mtime=since) == missed


async def test_a_taken_port_is_named() -> None:
    async with serving(Recording(LINES)) as (server, _):
        with pytest.raises(ConfigError, match=f"{server.port}.*try another port"):
            await Server(Recording(LINES)).start(port=server.port)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
async def test_a_frame_of_any_size_arrives_whole(size: int) -> None:
    line = b"x" * size or b" "
    assert frames([line]).endswith(line)
    async with serving(Recording([line, line])) as (server, session):
        assert await socketed(session, server) == [line, line]
