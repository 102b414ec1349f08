"""Fuzz: inputs that nobody would send, to all that reads from outside; `make campaign` tries a million of them.

What is asked of each: nothing but the errors of its contract, an answer within a second, and, where the input comes in
pieces, the same answer however it is cut.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote_from_bytes

import msgspec
import uvicorn
from uvicorn.server import ServerState

from rarebird.config import mutes
from rarebird.decode.decoder import Decoder
from rarebird.errors import ConfigError, InputError, RarebirdError
from rarebird.incident.mute import Mute
from rarebird.model import duration, instant
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields
from rarebird.pipe.inflow import Inflow
from rarebird.pipe.line import EventLine, GapLine, ReadingLine
from rarebird.source.blocks import Block, Lines
from rarebird.source.http import HttpLink
from rarebird.source.live import Backoff, LiveSource, Pace
from rarebird.source.sse import EventStream
from rarebird.source.websocket import WebSocketLink
from rarebird.web import app as web_app
from rarebird.web.connection import Connection, Connections
from rarebird.web.room import Room
from tests.web.view_double import FakeView

SLOW_S: Final = 1.0
Target = Callable[[bytes, random.Random], Any]
TOKENS: Final = [
    *(
        b"\0",
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b'"',
        b"'",
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b";",
        b"=",
        b"&",
    ),
    *(b"\xff", b"\xc3\x28", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\u0000", b"\\ud800", b"\x1b[2J"),
    *(b"1e400", b"-1", b"0", b"NaN", b"Infinity", b"9" * 40, b"9" * 400, b"1" + b"0" * 20, b"2" * 5_000, b"0x7f"),
    *(b"null", b"true", b"false", b"{}", b"[]", b"[" * 1_200, b'{"a":' * 1_200, b"x" * 3_000, b" " * 500, b"__proto__"),
    *(
        b"9999-12-31T23:59:59Z",
        b"0001-01-01",
        b"2026-02-30",
        b"24:00",
        b"1d",
        b"5m",
        b"until ",
        b"from ",
        b"Europe/Paris",
    ),
    *(
        b"id: ",
        b"data: ",
        b"retry: ",
        b"event: ",
        b": ",
        b"Content-Length: ",
        b"Transfer-Encoding: chunked",
        b"HTTP/1.1",
    ),
]


def mutated(whole: bytes, corpus: Sequence[bytes], draws: random.Random) -> bytes:
    """An input of the corpus, changed in a few places."""
    for _ in range(draws.choice((0, 1, 1, 2, 3, 5, 8))):
        start = draws.randrange(len(whole) + 1)
        end = min(len(whole), start + draws.choice((0, 1, 2, 5, 20)))
        kind = draws.randrange(6)
        if kind == 0:
            whole = whole[:start] + whole[end:]
        elif kind == 1:
            whole = whole[:start] + draws.choice(TOKENS) + whole[end:]
        elif kind == 2:
            whole = whole[:start] + bytes([draws.randrange(256)]) + whole[start + 1 :]
        elif kind == 3:
            whole = whole[:end] + whole[start:end] * draws.choice((1, 2, 50)) + whole[end:]
        elif kind == 4:
            other = draws.choice(corpus)
            whole = whole[:start] + other[draws.randrange(len(other) + 1) :]
        else:
            whole = whole[:start] + draws.choice(TOKENS) + whole[start:]
    return whole[:60_000]


def pieces(whole: bytes, draws: random.Random) -> list[bytes]:
    """The input cut anywhere."""
    cuts = sorted(draws.randrange(len(whole) + 1) for _ in range(draws.randrange(6)))
    return [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


def uncut(of: Callable[[list[bytes]], Any]) -> Target:
    """Asks of a reader that it gives the same however its input is cut."""

    def target(whole: bytes, draws: random.Random) -> None:
        parts = pieces(whole, draws)
        assert of(parts) == of([whole]), f"the cut into {list(map(len, parts))} changes what is read"

    return target


def events(parts: list[bytes]) -> Any:
    stream = EventStream(limit=20_000)
    blocks = [block for part in parts for block in stream.feed(part)]
    assert stream.retry_s is None or 0 <= stream.retry_s <= 600
    return [(block.data, block.event_id) for block in blocks], stream.retry_s, stream.last_id


def decoded(form: str) -> Callable[[list[bytes]], Any]:
    fields = Fields(time="t", by="c", id=("n",), where=(("ok", "true"),))

    def read(parts: list[bytes]) -> Any:
        lines, decoder = Lines(quoted=form == "csv", limit=20_000), Decoder(fields, Categories(), form)
        counts, columns = [0, 0, 0], [list[int](), list[int]()]
        with suppress(InputError):
            blocks = [block for part in parts for block in lines.feed(part)] + lines.finish()
            for block in blocks:
                batch = decoder.oversize() if block.oversize else decoder.decode(block.data, lines=counts[0])
                assert batch.read == len(batch.time) + batch.filtered + batch.malformed
                counts = [counts[0] + batch.read, counts[1] + batch.filtered, counts[2] + batch.malformed]
                columns[0] += batch.time.tolist()
                columns[1] += batch.identity.tolist()
            return (counts, columns) if form == "json" or has_sound_quotes(b"".join(parts)) else "undefined"
        return "refused"

    return read


def has_sound_quotes(whole: bytes) -> bool:
    """Whether each quote of CSV begins or ends a field: of others RFC 4180 does not say what they mean."""
    return re.fullmatch(rb'(?:(?:"(?:[^"]|"")*+"|[^",\r\n]*+)(?:,|\r?\n|\Z))*+', whole) is not None


def staged(kind: type[Any]) -> Callable[[list[bytes]], Any]:
    def read(parts: list[bytes]) -> Any:
        lines, inflow = Lines(limit=20_000), Inflow(of_nothing(), kind, lambda _: None)
        blocks: list[Block] = [block for part in parts for block in lines.feed(part)] + lines.finish()
        found = [line for block in blocks for line in inflow._of(block)]
        assert all(line.end or instant.FIRST <= line.at <= instant.LAST for line in found)
        return found, inflow.read, inflow.malformed

    return read


async def of_nothing() -> Any:
    """No chunk at all."""
    for nothing in list[bytes]():
        yield nothing


def a_duration(whole: bytes, draws: random.Random) -> None:
    with suppress(ValueError):
        found = duration.parse(whole.decode(errors="replace"))
        assert duration.parse(duration.text(found)) == found


def an_instant(whole: bytes, draws: random.Random) -> None:
    with suppress(ValueError):
        found = instant.parse(whole.decode(errors="replace"))
        assert instant.parse(instant.text(found)) == found


def a_mute(whole: bytes, draws: random.Random) -> None:
    now = draws.choice((0, 1_700_000_000_000_000, 4_000_000_000_000_000))
    with suppress(ConfigError):
        found = mutes.mute(whole.decode(errors="replace"), now, draws.choice(("UTC", "America/New_York")))
        assert isinstance(found, Mute)


def a_query(whole: bytes, draws: random.Random) -> None:
    """Bytes behind the question mark of a path of the API."""
    raw = whole if draws.random() < 0.5 else quote_from_bytes(whole, safe="=&").encode()
    path = draws.choice(("/histogram", "/entropy", "/probability", "/rate", "/snapshot", "/history", "/incidents/1"))
    answers: list[Any] = []

    async def send(message: Any) -> None:
        answers.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": raw,
        "scheme": "http",
    }
    headers = [(b"host", b"localhost")]
    LOOP.run_until_complete(PAGE(scope | {"headers": headers, "root_path": "", "http_version": "1.1"}, receive, send))
    assert answers[0]["status"] in {200, 400, 403, 404}, answers


class Transport:
    """Takes what is written."""

    def __init__(self) -> None:
        self.written, self.closing = b"", False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closing = True

    def __getattr__(self, name: str) -> Any:
        return {"abort": self.close, "is_closing": lambda: self.closing}.get(name, lambda *_: None)


def requests(whole: bytes, draws: random.Random) -> None:
    """Bytes as requests to the page."""

    async def ask() -> None:
        config = uvicorn.Config(PAGE, http="httptools", ws="none", lifespan="off", log_config=None)
        config.load()
        connection = Connection(Connections(Room.of(30)), config, ServerState(), {})
        transport: Any = Transport()
        connection.connection_made(transport)
        for part in pieces(whole, draws):
            connection.data_received(part)
            await asyncio.sleep(0)
        tasks = list(connection.tasks)
        connection.connection_lost(None)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert b"500 Internal" not in transport.written

    LOOP.run_until_complete(ask())


PAGE: Final = web_app.app(FakeView())
LOOP: Final = asyncio.new_event_loop()
GOOD: Final = b'{"t":1700000000,"c":"a","n":1,"ok":true}\n'


def answered(scheme: str) -> Target:
    """Bytes of a server, between two connections that bring an event each: the source reads the second, too."""

    def target(whole: bytes, draws: random.Random) -> None:
        LOOP.run_until_complete(asyncio.wait_for(reading(scheme, pieces(whole, draws)), 20))

    return target


async def reading(scheme: str, parts: list[bytes]) -> None:
    asked = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            head = await reader.readuntil(b"\r\n\r\n")
            sound = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: " + GOOD + b"\n"
            if scheme == "ws" and asked != 2:
                sound = hand_shaken(head) + b"\x82" + bytes([len(GOOD)]) + GOOD
            elif scheme == "ws" and parts and len(parts[0]) % 2:
                writer.write(hand_shaken(head))
            for part in parts if asked == 2 else [sound]:
                writer.write(part)
                await writer.drain()
        writer.close()

    async def rest(_seconds: float) -> None:
        await asyncio.sleep(0)

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    cutters: dict[str, Any] = {"": Lines, "text/event-stream": EventStream}
    link: Any = HttpLink(url, cutters) if scheme == "http" else WebSocketLink(url)
    decoder = Decoder(Fields(time="t", by="c"), Categories(), "json")
    pace, backoff = Pace(hold_s=0.0, idle_s=0.05, stall_s=0.2), Backoff(sleep=rest)
    source = LiveSource(link, decoder, clock=lambda: 0, pace=pace, backoff=backoff)
    stream = source.read(None)
    async for _ in stream:
        if asked >= 3:
            break
    await stream.aclose()  # type: ignore[attr-defined]
    server.close()
    await server.wait_closed()


def hand_shaken(head: bytes) -> bytes:
    """The answer that opens a WebSocket (RFC 6455, 4.2.2)."""
    import base64
    import hashlib

    key = head.lower().partition(b"sec-websocket-key: ")[2].partition(b"\r\n")[0]
    key = head[head.lower().find(b"sec-websocket-key: ") + 19 :][: len(key)]
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return upgrade + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"


LINE: Final = GOOD * 3
TIMES: Final = [b"2026-03-01T12:00:00Z", b"1700000000", b"1700000000123.5", b"2017-03-19 12:11:10.960+02:00"]
JSON: Final = [LINE, b'{"t":"2026-03-01T12:00:00Z","c":null,"n":"x","ok":true}\n' * 2, b'{"t":1,"c":{"a":[1]}}\n']
CSV: Final = [b"t,c,n,ok\n1700000000,a,1,true\n" * 2, b't,c,n,ok\n2026-01-01T00:00:00Z,"a\n""b",2,true\n']
STREAM: Final = [
    b"retry: 5\nid: 7\ndata: {}\n\n" * 2,
    b": hello\r\nevent: x\r\ndata: 1\r\ndata: 2\r\n\r\n",
    b"data\n\n",
]
PIPE: Final = [
    b'{"time":"2026-03-01T12:00:00Z","category":"a"}\n{"watermark":"2026-03-01T12:00:01Z"}\n',
    b'{"time":"2026-03-01T12:00:00Z","gap_s":1.5}\n{"end":true}\n',
    b'{"time":"2026-03-01T12:00:00Z","count":5,"mean_gap_s":1.0,"entropy_nats":2.0,"watched_share":0.1}\n',
]
HTTP: Final = [
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + STREAM[0],
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n",
    b"HTTP/1.1 429 Wait\r\nRetry-After: 5\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n29\r\n" + GOOD + b"\r\n0\r\n\r\n",
]  # fmt: skip
FRAMES: Final = [b"\x82\x29" + GOOD, b"\x89\x00\x81\x02{}", b"\x88\x02\x03\xe8", b"\x81\x7f" + b"\0" * 7 + b"\x05hello"]
ASKED: Final = [
    b"GET /rate HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /histogram?window=15m HTTP/1.1\r\nHost: a\r\n\r\n" * 3,
    b"POST /incidents/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\ntoken=abc",
    b"GET /probability?message=%7B%7D HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n",
]  # fmt: skip
TARGETS: Final[dict[str, tuple[float, Target, Sequence[bytes]]]] = {
    "server-sent events": (20, uncut(events), STREAM),
    "JSON": (20, uncut(decoded("json")), JSON),
    "CSV": (10, uncut(decoded("csv")), CSV),
    "events of a stage": (5, uncut(staged(EventLine)), PIPE),
    "gaps of a stage": (5, uncut(staged(GapLine)), PIPE),
    "readings of a stage": (5, uncut(staged(ReadingLine)), PIPE),
    "times": (10, an_instant, TIMES),
    "durations": (10, a_duration, [b"5s", b"1h30m", b"250ms", b"0.5d"]),
    "mutes": (
        8,
        a_mute,
        [b"2h", b"until tomorrow 9:00", b"Tue 02:00-04:00 Europe/Paris; kind=mix", b"weekdays 22:00-06:00"],
    ),
    "queries": (
        6,
        a_query,
        [b"window=15m", b"from=2026-01-31T12:00:00Z&to=2026-02-01", b"state=CA", b"message=%7B%7D"],
    ),
    "requests": (0.8, requests, ASKED),
    "HTTP": (0.15, answered("http"), HTTP),
    "WebSocket": (0.05, answered("ws"), [*FRAMES, *HTTP]),
}
"""Each with its share of the inputs, and where they come from."""


def fuzzed(inputs: int, seed: int) -> list[str]:
    """What was wrong with so many inputs, of all kinds together."""
    faults: list[str] = []
    whole = sum(share for share, _, _ in TARGETS.values())
    for name, (share, target, corpus) in TARGETS.items():
        draws = random.Random(f"{seed} {name}")
        for number in range(max(20, round(inputs * share / whole))):
            data = mutated(draws.choice(corpus), corpus, draws)
            begun = time.process_time()
            try:
                target(data, draws)
            except Exception as error:
                kind = (
                    "" if isinstance(error, AssertionError | RarebirdError | msgspec.MsgspecError) else "a traceback: "
                )
                faults.append(f"{name}, input {number}: {kind}{error!r} of {data[:300]!r}")
            if time.process_time() - begun > SLOW_S:
                faults.append(f"{name}, input {number}: takes {time.process_time() - begun:.1f} s: {data[:300]!r}")
            if len(faults) >= 20:
                return faults
    return faults


def main(wanted: str = "1000000") -> int:
    """Tries so many inputs; 1 where any of them was taken wrongly."""
    logging.disable()
    seed, begun = time.time_ns(), time.monotonic()
    faults = fuzzed(int(wanted), seed)
    print(
        f"{int(wanted):,} inputs with seed {seed}, {len(faults)} wrong; {time.monotonic() - begun:.0f} s",
        *faults,
        sep="\n  ",
    )
    return min(1, len(faults))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
