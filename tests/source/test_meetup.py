"""The Meetup protocol: nothing is lost over drops, because a resume starts before the watermark."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.position import Position
from rarebird.source.blocks import Lines
from rarebird.source.http import HttpLink
from rarebird.source.live import Link, LiveSource
from rarebird.source.meetup import OVERLAP, refusal, resume
from rarebird.source.websocket import WebSocketLink

from .doubles import NOW, QUICK, Waits, clock, decoder, message, numbers, served, streamed

pytestmark = pytest.mark.anyio


@given(st.integers(0, 4_000_000_000_000_000), st.integers(0, 10**9))
def test_a_resume_never_starts_after_the_watermark_less_the_overlap(since: int, overlap: int) -> None:
    url = resume("ws://127.0.0.1/2/rsvps?event_id=7", Position(since=since), overlap=overlap)
    start = int(url.rpartition("=")[2]) * 1000
    assert since - overlap - 1000 < start <= since - overlap


def test_a_first_connection_asks_for_what_the_user_asked() -> None:
    url = "http://127.0.0.1/2/rsvps?since_count=20"
    assert resume(url, Position(since=UNKNOWN)) == url


@pytest.mark.parametrize(
    "frame", [b'{"rsvp_id":1,"event":{"event_name":"the \\"errors\\" club"}}', b'["errors"]', b'{"errors', b""]
)
def test_a_message_that_only_mentions_errors_is_no_refusal(frame: bytes) -> None:
    assert refusal(frame) == ""


class Meetup:
    """A double of the retired service: 300 RSVPs, one a second, and a drop after each 40 that it sends.

    Every tenth comes five places later than its time says, as the late ones of the stream did.
    """

    def __init__(self) -> None:
        order = sorted(range(300), key=lambda number: number + 5.5 * (number % 10 == 0))
        self.sent = 0
        self.order = order
        self.since: list[str | None] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        asked = request.query.get("since_mtime")
        self.since.append(asked)
        backlog = self.order[: self.sent] if asked else []
        again = [number for number in backlog if (NOW // 1000 + number * 1000) > int(asked or 0)]
        new = self.order[self.sent : self.sent + 40]
        self.sent += len(new)
        lines = [message(number) for number in again + new]
        if request.headers.get("Upgrade", "").lower() == "websocket":
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            for line in lines:
                await socket.send_bytes(line.rstrip())
            await socket.close(code=1001)
            return socket
        return await streamed(request, *lines)


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_every_message_comes_at_least_once_over_many_drops_though_some_come_late(scheme: str) -> None:
    service = Meetup()
    async with served(service.answer) as address:
        url = address.replace("http", scheme) + "/2/rsvps"
        going_on = partial(resume, url)
        link: Link = (
            WebSocketLink(url, resume=going_on) if scheme == "ws" else HttpLink(url, {"": Lines}, resume=going_on)
        )
        source = LiveSource(link, decoder(), clock=clock, pace=QUICK, backoff=Waits().backoff())
        seen: set[int] = set()
        async with asyncio.timeout(20), aclosing(source.read(None)) as stream:  # type: ignore[type-var]
            async for batch, _ in stream:
                seen |= set(numbers([batch]))
                source.settle(NOW + (max(seen) - 5) * SECOND)
                if len(seen) == 300:
                    break
    assert service.since[0] is None
    assert None not in service.since[1:]


def test_the_overlap_is_a_minute() -> None:
    assert OVERLAP == 60 * SECOND
