"""A local server for doubles of services, and the ways in which it may answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal

from aiohttp import web

Answer = int | tuple[int, dict[str, str]] | Literal["reset", "stall"]


async def behaved(request: web.Request, answer: Answer) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer, where there is to be one; a reset is answered to nobody."""
    if answer == "reset":
        assert request.transport is not None
        request.transport.abort()
        return 500, {}
    if answer == "stall":
        await asyncio.Event().wait()
    return answer if isinstance(answer, tuple) else (int(answer), {})


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
