"""HTTP streams against servers on this machine: endless answers, faults, resume by event id."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from rarebird.errors import SourceError
from rarebird.model.fields import Fields
from rarebird.model.position import Position
from rarebird.source.blocks import Lines
from rarebird.source.http import HttpLink
from rarebird.source.live import LiveSource, Pace
from rarebird.source.presets import WIKIPEDIA
from rarebird.source.sse import EventStream

from .doubles import (
    NOW,
    QUICK,
    Waits,
    batches_of,
    clock,
    cut_off,
    decoder,
    message,
    messages,
    numbers,
    read_of,
    served,
    streamed,
    taken,
)

pytestmark = pytest.mark.anyio
MAKERS: dict[str, Callable[[], Any]] = {"": Lines, "text/event-stream": EventStream}


def source_of(
    url: str, waits: Waits | None = None, *, fields: Fields | None = None, pace: Pace = QUICK, follow: bool = True
) -> LiveSource:
    link = HttpLink(url, MAKERS, follow=follow)
    reader = decoder(fields=fields) if fields else decoder()
    return LiveSource(link, reader, clock=clock, pace=pace, backoff=(waits or Waits()).backoff())


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not happened():
            await asyncio.sleep(0.001)


async def test_an_endless_answer_is_read_as_it_comes_wherever_its_chunks_are_cut() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        data = messages(200)
        response = await streamed(request, *[data[at : at + 97] for at in range(0, len(data), 97)])
        await asyncio.Event().wait()
        return response

    async with served(endless) as url:
        source = source_of(url)
        batches = await batches_of(source, read=200)
    assert numbers(batches) == list(range(200))
    assert {batch.arrival for batch in batches} == {NOW}
    assert source.state.kind == "connected"


async def test_a_document_ends_and_its_last_line_needs_no_newline(rsvps: Path) -> None:
    data = rsvps.read_bytes()

    async def document(request: web.Request) -> web.StreamResponse:
        return web.Response(body=data)

    async with served(document) as url:
        source = source_of(url, fields=Fields(time="mtime", by="group.group_country"))
        assert read_of(await batches_of(source)) == len(data.splitlines()) > 1_000
    assert source.state.kind == "ended"


async def test_no_answer_ends_a_stream_once_an_event_came() -> None:
    answers: list[tuple[int, dict[str, str]]] = [
        (200, {}), (401, {}), (403, {}), (404, {}), (200, {"Content-Type": "text/html"}), (301, {"Location": "/"}),
        (302, {"Location": "http://[::1"}), (302, {"Location": "file:///etc/passwd"}), (204, {}), (999, {}),
        (200, {"Content-Encoding": "gzip"}), (429, {"Retry-After": "9" * 400}), (503, {"Retry-After": "\u00b2"}),
    ]  # fmt: skip
    left = enumerate(answers)

    async def refusing(request: web.Request) -> web.StreamResponse:
        number, (status, headers) = next(left, (1, (200, {})))
        if not headers and status == 200:
            return await streamed(request, message(number))
        return web.Response(status=status, headers=headers, text="no" if status != 204 else None)

    async with served(refusing) as url:
        waits = Waits()
        found = await batches_of(source_of(url, waits), read=3)
    assert {0, 1} >= {*numbers(found)} > {0}
    assert next(left, None) is None
    assert max(waits.waits) <= 3_600 + 60


async def test_an_id_that_a_store_holds_and_no_header_can_is_not_sent() -> None:
    sent: list[str | None] = []

    async def asking(request: web.Request) -> web.StreamResponse:
        sent.append(request.headers.get("Last-Event-ID"))
        return await streamed(request, message(0))

    async with served(asking) as url:
        for id_ in ("a\nHost: b", "7" * 3_000_000, "7"):
            found = await taken(source_of(url, follow=False), Position(event_id=id_))
            assert numbers([batch for batch, _ in found]) == [0]
    assert sent == [None, None, "7"]


async def test_an_answer_that_ends_is_connected_to_again_unless_it_shall_not_be_followed() -> None:
    async def short(request: web.Request) -> web.StreamResponse:
        return await streamed(request, messages(2), b'{"t":17')

    async with served(short) as url:
        waits = Waits()
        assert read_of(await batches_of(source_of(url, waits), read=6)) == 6
        assert waits.waits == [1]
        batches = await batches_of(source_of(url, follow=False))
        assert (numbers(batches), sum(batch.malformed for batch in batches)) == ([0, 1], 1)


async def test_a_reset_within_a_line_drops_only_that_line_and_it_connects_again() -> None:
    calls = 0

    async def resetting(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        response = await streamed(request, message(calls), b'{"t":1700')
        await asyncio.sleep(0.01)
        cut_off(request)
        return response

    async with served(resetting) as url:
        source = source_of(url)
        batches = await batches_of(source, read=3)
    assert (numbers(batches), sum(batch.malformed for batch in batches)) == ([1, 2, 3], 0)
    assert source.state.reconnects == 2


async def test_a_refused_connection_is_tried_again_until_somebody_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        waits = Waits()
        source = source_of(f"http://127.0.0.1:{port}/", waits)
        reading = asyncio.create_task(batches_of(source))
        await until(lambda: len(waits.waits) >= 3)
        assert source.state.detail.startswith(f"connection refused by 127.0.0.1:{port}; trying again in ")
        assert source.state.detail.endswith(f"(attempt {len(waits.waits)})")
        reading.cancel()
        await asyncio.wait([reading])


async def test_a_server_that_accepts_and_says_nothing_is_given_up_after_the_stall_time() -> None:
    async def mute(request: web.Request) -> web.StreamResponse:
        response = await streamed(request)
        await asyncio.Event().wait()
        return response

    async with served(mute) as url:
        waits = Waits()
        source = source_of(url, waits, pace=Pace(idle_s=0.005, stall_s=0.02))
        reading = asyncio.create_task(batches_of(source))
        await until(lambda: waits.waits)
        reading.cancel()
        await asyncio.wait([reading])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_wrong_address_is_a_permanent_error_that_names_it_without_its_secrets(status: int) -> None:
    async def wrong(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    async with served(wrong) as url:
        source = source_of(url + "/rsvps?api_key=s3cret")
        with pytest.raises(SourceError, match=f"answered {status} .*check the address") as caught:
            await batches_of(source)
    assert caught.value.permanent
    assert "s3cret" not in str(caught.value)


async def test_a_web_page_is_no_stream() -> None:
    async def page(request: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>", content_type="text/html")

    async with served(page) as url:
        with pytest.raises(SourceError, match="expected JSON lines or server-sent events"):
            await batches_of(source_of(url))


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"Retry-After": "7"}, 8),
        (503, {"Retry-After": "Wed, 01 Jan 2025 00:00:09 GMT", "Date": "Wed, 01 Jan 2025 00:00:00 GMT"}, 10),
        (500, {}, 1),
        (408, {"Retry-After": "999999999"}, 3601),
    ],
)
async def test_an_answer_that_asks_to_wait_is_heeded(status: int, headers: dict[str, str], wait: float) -> None:
    calls = 0

    async def busy(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        return web.Response(status=status, headers=headers) if calls == 1 else web.Response(body=message(0))

    async with served(busy) as url:
        waits = Waits()
        assert numbers(await batches_of(source_of(url, waits))) == [0]
    assert waits.waits == [wait]


def wikimedia_event(number: int) -> bytes:
    """An event as EventStreams sends it: the id is JSON that names topic, partition and time or offset."""
    id_ = [
        {"topic": "eqiad.mediawiki.recentchange", "partition": 0, "timestamp": 1_700_000_000_000 + number},
        {"topic": "codfw.mediawiki.recentchange", "partition": 0, "offset": -1},
    ]
    data = {
        "$schema": "/mediawiki/recentchange/1.0.0",
        "meta": {"id": f"uuid-{number}", "dt": "2023-11-14T22:13:20.123Z", "domain": "en.wikipedia.org"},
        "type": "edit",
        "wiki": ("enwiki", "commonswiki", "wikidatawiki")[number % 3],
    }
    head = f"event: message\nid: {json.dumps(id_, separators=(',', ':'))}\ndata: "
    return (head + json.dumps(data) + "\n\n").encode()


class EventStreams:
    """A double of Wikimedia's service: resumes after the id that it is given, and drops each connection early."""

    def __init__(self, count: int, per_connection: int) -> None:
        self.count, self.per_connection = count, per_connection
        self.agents: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.agents.append(request.headers["User-Agent"])
        last = request.headers.get("Last-Event-ID")
        start = json.loads(last)[0]["timestamp"] - 1_700_000_000_000 + 1 if last else 0
        response = await streamed(request, b":ok\n\n", content_type="text/event-stream; charset=utf-8")
        for number in range(start, min(start + self.per_connection, self.count)):
            event = wikimedia_event(number)
            await response.write(event[:50])
            await response.write(event[50:])
        if start + self.per_connection >= self.count:
            await asyncio.Event().wait()
        await response.write(b"id: broken")
        return response


async def test_a_stream_of_events_goes_on_after_every_drop_without_loss_or_repeat() -> None:
    service = EventStreams(count=100, per_connection=13)
    async with served(service.answer) as url:
        source = source_of(url, fields=WIKIPEDIA.fields)
        batches = await batches_of(source, read=100)
    assert read_of(batches) == sum(len(batch.time) for batch in batches) == 100
    identities = [identity for batch in batches for identity in batch.identity.tolist()]
    assert len(set(identities)) == 100
    assert source.state.reconnects == 7
    assert all(agent.startswith("rarebird/") and "+https://" in agent for agent in service.agents)


async def test_the_time_that_a_stream_of_events_asks_to_wait_is_heeded() -> None:
    calls = 0

    async def patient(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        event = b"retry: 4000\ndata: " + message(calls) + b"\n"
        return await streamed(request, event, content_type="text/event-stream")

    async with served(patient) as url:
        waits = Waits()
        assert numbers(await batches_of(source_of(url, waits), read=2)) == [1, 2]
    assert waits.waits == [5]


async def test_a_line_over_the_limit_is_one_malformed_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAKERS, "", partial(Lines, limit=1 << 16))

    async def long(request: web.Request) -> web.StreamResponse:
        return web.Response(body=messages(2) + b"x" * 5_000_000 + b"\n" + messages(2, 2))

    async with served(long) as url:
        batches = await batches_of(source_of(url))
    assert numbers(batches) == [0, 1, 2, 3]
    assert sum(batch.malformed for batch in batches) == 1
