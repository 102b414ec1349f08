from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from rarebird.errors import ConfigError
from rarebird.web.port import holder, next_free
from rarebird.web.serve import serving
from tests.web.view_double import FakeView

pytestmark = pytest.mark.anyio


async def test_it_stops_within_two_seconds_while_feeds_are_open() -> None:
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as session:
        async with serving(FakeView(), port=0) as address:
            feeds = [await session.get(f"{address}/feed") for _ in range(3)]
            for feed in feeds:
                await feed.content.readline()
            start = loop.time()
        assert loop.time() - start < 2
        for feed in feeds:
            await feed.read()
            feed.close()


async def test_signals_stay_with_the_caller() -> None:
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    async with serving(FakeView(), port=0):
        assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


async def test_two_serve_side_by_side_and_a_port_is_free_again_afterwards() -> None:
    async with serving(FakeView(), port=0) as first, serving(FakeView(), port=0) as second:
        assert first != second
    port = int(first.rpartition(":")[2])
    async with serving(FakeView(), port=port) as again:
        assert again == first


async def test_a_taken_port_names_who_has_it_and_the_next_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError) as told:
            async with serving(FakeView(), port=port):
                pass
        text = str(told.value)
        assert text.startswith(f"port {port} is taken by ")
        assert f"(pid {os.getpid()})" in text
        free = next_free("127.0.0.1", port)
        assert f"the next free one is {free}: use --port {free}" in text


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("127.0.0.1", -1), ("x" * 70, 0), ("192.0.2.1", 0)])
async def test_a_place_that_cannot_be_had_says_what_to_use_instead(host: str, port: int) -> None:
    with pytest.raises(ConfigError, match=r"--port 8000|--host 127\.0\.0\.1"):
        async with serving(FakeView(), host, port):
            pass


def test_where_the_system_does_not_tell_nobody_is_named(tmp_path: Path) -> None:
    assert holder(8000, tmp_path) is None
    (tmp_path / "net").mkdir()
    row = "0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4242 1"
    (tmp_path / "net" / "tcp").write_text(f"head\n{row}\n")
    (tmp_path / "1" / "fd").mkdir(parents=True)
    assert holder(8000, tmp_path) is None
    (tmp_path / "1" / "fd" / "3").symlink_to("socket:[4242]")
    (tmp_path / "1" / "cmdline").write_bytes(b"/usr/bin/python\0-m\0http.server\0")
    assert holder(8000, tmp_path) == "python -m http.server (pid 1)"
