"""The real program where the system gives it little, and where others ask much of it."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from tests.cli.program import running
from tests.source.doubles import messages, served, streamed

pytestmark = pytest.mark.anyio


async def endless(request: web.Request) -> web.StreamResponse:
    """A stream of a hundred messages that stays open."""
    response = await streamed(request, messages(100))
    await asyncio.Event().wait()
    return response


async def test_a_watch_with_few_descriptors_and_many_idle_connections_goes_on_and_says_little() -> None:
    async with (
        served(endless) as url,
        running("watch", url, "--port", "0", "--time", "t", "--by", "c", shell="ulimit -n 100") as watch,
    ):
        port = urlsplit(watch.site).port or 0
        others = [await asyncio.open_connection("127.0.0.1", port) for _ in range(150)]
        for _ in range(20):
            assert (await watch.get("/rate"))["count"] >= 0
        for _, writer in others:
            writer.close()
        code, said = await watch.end()
    assert ("Traceback" in said, code) == (False, 0), said
    assert len(said.splitlines()) < 20
