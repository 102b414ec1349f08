"""A local server for doubles of services, and the ways in which it may answer, or lie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final, Literal, get_args

from aiohttp import web

Lie = Literal["reset", "stall", "page", "cut", "half", "types", "list", "empty", "endless", "drip"]
"""Answers that no service gives: it breaks off before it says anything, or never does; it says success with the page of
a login, with less than it announced, with half an object, with one of other types, with another value, with nothing,
without end, or a byte at a time.
"""
LIES: Final = get_args(Lie)
Answer = int | tuple[int, dict[str, str]] | Lie
PAGE: Final = b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body>ok</body></html>"
_BODIES: Final = {
    "page": (PAGE, "text/html"),
    "half": (b'{"ok": true, "ts": "12', "application/json"),
    "types": (
        b'{"ok": true, "ts": 5, "url": 5, "messages": 7, "response_metadata": [], "error": {}}', "application/json"
    ),
    "list": (b"[null]", "application/json"),
    "empty": (b"", "text/plain"),
}  # fmt: skip
DRIP_S: Final = 0.05


async def behaved(request: web.Request, answer: Answer) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer, where there is to be one; a reset is answered to nobody."""
    if answer == "reset":
        assert request.transport is not None
        request.transport.abort()
        return 500, {}
    if answer == "stall":
        await asyncio.Event().wait()
    assert not isinstance(answer, str)
    return answer if isinstance(answer, tuple) else (int(answer), {})


async def lied(request: web.Request, answer: object) -> web.StreamResponse | None:
    """The answer of a server that lies; None where it does not, or where `behaved` does it."""
    if isinstance(answer, str) and answer in _BODIES:
        body, kind = _BODIES[answer]
        return web.Response(body=body, content_type=kind)
    if answer not in ("cut", "endless", "drip"):
        return None
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    if answer == "cut":
        response.content_length = 1_000
    await response.prepare(request)
    # Whoever lets go of such an answer ends it.
    with suppress(ConnectionError):
        await response.write(b"ok")
        while answer == "endless":
            await response.write(b" " * 65_536)
        while answer == "drip":
            await response.write(b" ")
            await asyncio.sleep(DRIP_S)
    assert request.transport is not None
    request.transport.close()
    return response


@asynccontextmanager
async def listening(
    path: str, answer: Callable[[web.Request], Awaitable[web.StreamResponse]], method: str = "POST"
) -> AsyncIterator[str]:
    """The address of a server on a free port; whoever lets go of a request ends its answer."""
    app = web.Application()
    app.router.add_route(method, path, answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
        # A connection that was cut off is closed by the loop itself, a turn later.
        await asyncio.sleep(0)
