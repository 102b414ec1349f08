"""A server that speaks the retired Meetup protocol at /2/rsvps: chunked HTTP, JSONP long poll, WebSocket."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Final

from rarebird.errors import ConfigError, InputError
from rarebird.simulate import protocol
from rarebird.simulate.feed import TICK_S, Feed, Sleep, Wish

if TYPE_CHECKING:
    from aiohttp import web

CONNECTIONS: Final = 10
"""The most from one address."""
HOLD_S: Final = 10.0
"""How long a long poll waits for a message."""
_BUFFER: Final = 1 << 20
"""Bytes that may wait for a slow WebSocket client before the server waits for it."""
_DRAIN_S = 0.005
_STOP_S = 1.0


class Server:
    """A simulated Meetup server. `start` it, connect to `url`, `drop` its connections at will, `stop` it.

    When a recording is at its end the connections stay open and silent, unless `close_at_end`.
    """

    def __init__(
        self, feed: Feed, *, close_at_end: bool = False, hold_s: float = HOLD_S, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._feed, self._close_at_end, self._hold_s, self._sleep = feed, close_at_end, hold_s, sleep
        self._runner: web.AppRunner | None = None
        self._open: Counter[str] = Counter()
        self._transports: set[asyncio.Transport] = set()
        self.host, self.port = "", 0

    @property
    def url(self) -> str:
        """Where it serves, http; the same with ws speaks WebSocket."""
        return f"http://{self.host}:{self.port}{protocol.PATH}"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one. Raises ConfigError where the address cannot be had."""
        from aiohttp import web

        app = web.Application()
        app.router.add_get(protocol.PATH, self._answer)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=_STOP_S)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            text = f"--serve: expected an address to listen on, got {host}:{port}: {error.strerror}; try another port"
            raise ConfigError(text) from error
        self.host, self.port = host, int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Drop all connections and listen no more."""
        self.drop()
        if self._runner is not None:
            await self._runner.cleanup()

    def drop(self) -> int:
        """Cut all connections as a server does that goes down; says how many there were. New ones are welcome."""
        dropped = len(self._transports)
        for transport in self._transports:
            transport.abort()
        return dropped

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self._feed.refusing:
            return await _refuse(request, 503, "unavailable", "the server is down for a while: try again later")
        if self._open[request.remote or ""] >= CONNECTIONS:
            text = f"expected at most {CONNECTIONS} connections from one address: close one first"
            return await _refuse(request, 429, "limit", text)
        try:
            wish, name = protocol.wish(request.query), protocol.callback(request.query)
        except InputError as error:
            return await _refuse(request, 400, "badrequest", str(error))
        with self._connection(request):
            if _upgrades(request):
                return await self._talk(request, wish)
            return await (self._poll(wish, name) if name else self._stream(request, wish))

    @contextmanager
    def _connection(self, request: web.Request) -> Iterator[None]:
        """Count a connection against its address, and know it while it lasts."""
        address, transport = request.remote or "", request.transport
        self._open[address] += 1
        if transport is not None:
            self._transports.add(transport)
        try:
            yield
        finally:
            self._open[address] -= 1
            if transport is not None:
                self._transports.discard(transport)

    async def _stream(self, request: web.Request, wish: Wish) -> web.StreamResponse:
        """One JSON object a line for ever; at high rates many lines stand in one HTTP chunk."""
        from aiohttp import web

        response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        async with aclosing(self._feed.messages(wish)) as batches:
            async for batch in batches:
                if batch:
                    await response.write(b"\n".join(batch) + b"\n")
        if self._feed.refusing and request.transport is not None:
            request.transport.abort()
        elif not self._close_at_end:
            await asyncio.Event().wait()
        return response

    async def _poll(self, wish: Wish, name: str) -> web.StreamResponse:
        """The first messages that there are, or none after a while."""
        from aiohttp import web

        found: list[bytes] = []
        waited = 0.0
        async with aclosing(self._feed.messages(wish)) as batches:
            async for batch in batches:
                if not batch and (found or waited >= self._hold_s):
                    break
                found += batch
                waited += 0.0 if batch else TICK_S
        if not found and waited < self._hold_s:
            await self._sleep(self._hold_s - waited)
        body = protocol.padded(name, found)
        return web.Response(body=body, content_type="application/javascript", charset="utf-8")

    async def _talk(self, request: web.Request, wish: Wish) -> web.StreamResponse:
        """One JSON object a text frame for ever; what the client says is not listened to."""
        from aiohttp import web

        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        writing = asyncio.ensure_future(self._write(request, socket, wish))
        try:
            async for _ in socket:
                pass
        finally:
            writing.cancel()
        return socket

    async def _write(self, request: web.Request, socket: web.WebSocketResponse, wish: Wish) -> None:
        """Whole frames straight to the transport, a batch in one write: five times faster than frame by frame."""
        transport = request.transport
        if transport is None:
            return
        async with aclosing(self._feed.messages(wish)) as batches:
            async for batch in batches:
                if batch:
                    transport.write(protocol.frames(batch))
                while transport.get_write_buffer_size() > _BUFFER:
                    await asyncio.sleep(_DRAIN_S)
        if self._feed.refusing:
            transport.abort()
        elif self._close_at_end:
            await socket.close()


def _upgrades(request: web.Request) -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket"


async def _refuse(request: web.Request, status: int, code: str, text: str) -> web.StreamResponse:
    """Say what is wrong: over HTTP by the status too; a WebSocket gets it as its only frame, but 503 as no upgrade."""
    from aiohttp import web

    told = protocol.errors(code, text)
    if not _upgrades(request) or status == web.HTTPServiceUnavailable.status_code:
        return web.json_response(told, status=status)
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    await socket.send_json(told)
    await socket.close()
    return socket
