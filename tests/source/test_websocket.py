"""WebSocket streams against servers on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from rarebird.errors import SourceError
from rarebird.source.live import LiveSource
from rarebird.source.meetup import refusal
from rarebird.source.websocket import WebSocketLink

from .doubles import (
    QUICK,
    Handler,
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
)

pytestmark = pytest.mark.anyio


def talking(talk: Callable[[web.WebSocketResponse, int], Awaitable[None]]) -> Handler:
    """A server that says `talk` on each connection; it is told how many came before."""
    calls = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await talk(socket, calls - 1)
        return socket

    return handler


def source_of(url: str, waits: Waits | None = None, *, limit: int = 1 << 20, follow: bool = True) -> LiveSource:
    link = WebSocketLink(url.replace("http", "ws"), refusal=refusal, limit=limit, follow=follow)
    return LiveSource(link, decoder(), clock=clock, pace=QUICK, backoff=(waits or Waits()).backoff())


async def test_text_and_binary_frames_hold_one_or_more_lines_with_or_without_newlines() -> None:
    async def talk(socket: web.WebSocketResponse, call: int) -> None:
        await socket.send_str(message(0).decode().rstrip())
        await socket.send_bytes(messages(3, 1))
        await socket.send_str("")
        await socket.send_str(messages(2, 4).decode())
        await asyncio.Event().wait()

    async with served(talking(talk)) as url:
        assert numbers(await batches_of(source_of(url), read=6)) == [0, 1, 2, 3, 4, 5]


async def test_after_a_close_it_connects_again_and_says_why_it_was_closed() -> None:
    async def talk(socket: web.WebSocketResponse, call: int) -> None:
        await socket.send_bytes(message(call))
        await socket.close(code=1001)

    async with served(talking(talk)) as url:
        waits = Waits()
        source = source_of(url, waits)
        assert numbers(await batches_of(source, read=3)) == [0, 1, 2]
    assert (waits.waits, source.state.reconnects) == ([1, 1], 2)


async def test_a_proper_close_ends_a_stream_that_shall_not_be_followed() -> None:
    async def talk(socket: web.WebSocketResponse, call: int) -> None:
        await socket.send_bytes(messages(3))
        await socket.close()

    async with served(talking(talk)) as url:
        source = source_of(url, follow=False)
        assert numbers(await batches_of(source)) == [0, 1, 2]
    assert source.state.kind == "ended"


async def test_bad_frames_are_counted_and_never_stop_the_stream() -> None:
    async def talk(socket: web.WebSocketResponse, call: int) -> None:
        await socket.send_str("nonsense")
        await socket.send_bytes(b"\xff\xfe\n")
        await socket.send_bytes(message(0))
        await asyncio.Event().wait()

    async with served(talking(talk)) as url:
        batches = await batches_of(source_of(url), read=3)
    assert (numbers(batches), sum(batch.malformed for batch in batches)) == ([0], 2)


async def test_a_frame_over_the_limit_is_one_malformed_message_and_it_connects_again() -> None:
    async def talk(socket: web.WebSocketResponse, call: int) -> None:
        await socket.send_bytes(message(0) if call else b"x" * 100_000)
        await asyncio.sleep(0.05)

    async with served(talking(talk)) as url:
        batches = await batches_of(source_of(url, limit=10_000), read=2)
    assert (numbers(batches), read_of(batches), sum(batch.malformed for batch in batches)) == ([0], 2, 1)


async def test_a_message_of_errors_is_an_error_of_the_source_and_no_event() -> None:
    details: list[str] = []

    async def talk(socket: web.WebSocketResponse, call: int) -> None:
        if call == 0:
            await socket.send_str('{"errors":[{"code":"bad_request","message":"since_mtime is not valid"}]}')
        else:
            details.append(source.state.detail)
            await socket.send_bytes(message(0))
        await asyncio.Event().wait()

    async with served(talking(talk)) as url:
        source = source_of(url)
        batches = await batches_of(source, read=1)
    assert (numbers(batches), read_of(batches)) == ([0], 1)
    assert "refuses: since_mtime is not valid; trying again" in details[0]


async def test_an_address_without_a_websocket_is_a_permanent_error() -> None:
    async def none(request: web.Request) -> web.StreamResponse:
        return web.Response(status=404)

    async with served(none) as url:
        with pytest.raises(SourceError, match="answered 404") as caught:
            await batches_of(source_of(url))
    assert caught.value.permanent


async def test_a_server_that_breaks_off_without_a_close_is_connected_to_again() -> None:
    async def talk(socket: web.WebSocketResponse, call: int) -> None:
        await socket.send_bytes(message(call))
        await asyncio.sleep(0.02)
        assert isinstance(socket._req, web.Request)
        cut_off(socket._req)

    async with served(talking(talk)) as url:
        assert numbers(await batches_of(source_of(url), read=2)) == [0, 1]
