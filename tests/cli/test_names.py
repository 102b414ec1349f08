"""The address of a source may hold secrets; none of them comes out by the name of a watch."""

from __future__ import annotations

import asyncio
import base64
import signal
from pathlib import Path

import pytest
from aiohttp import web
from redis.asyncio import Redis

from rarebird.cli.clock import now
from rarebird.model.instant import SECOND
from tests.cli.program import run, running
from tests.cli.test_restart import kept_by
from tests.cli.test_secrets import every_answer
from tests.notify.receiver import receiver
from tests.source.doubles import message, served
from tests.store.places import serving

pytestmark = pytest.mark.anyio
PASSWORD, TOKEN = "planted-password-1f7c", "planted-token-1f7c"
SECRETS = (PASSWORD.encode(), TOKEN.encode(), base64.b64encode(f"ann:{PASSWORD}".encode()).rstrip(b"="))


async def stream(request: web.Request) -> web.StreamResponse:
    """A thousand messages and no end, by WebSocket where that is asked for."""
    assert request.query["token"] == TOKEN
    lines = [message(number, now() - 1_000 * SECOND) for number in range(1_000)]
    if "Upgrade" in request.headers:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_bytes(b"".join(lines))
        await socket.receive()
        return socket
    kind = "text/event-stream" if request.path == "/sse" else "application/json"
    response = web.StreamResponse(headers={"Content-Type": kind})
    await response.prepare(request)
    await response.write(b"".join(b"data: " + line + b"\n" if request.path == "/sse" else line for line in lines))
    await asyncio.Event().wait()
    return response


def absent(where: str, held: bytes) -> None:
    assert held, where
    assert not [
        held[max(0, held.find(secret) - 150) : held.find(secret) + 80] for secret in SECRETS if secret in held
    ], where


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
async def test_no_secret_of_an_address_stands_in_what_a_watch_keeps_says_answers_or_sends(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    with serving(kept) as server:
        database = kept / "watch.db"
        store = f"sqlite:///{database}" if kind == "sqlite" else server.url
        async with served(stream) as site, receiver() as hook:
            monkeypatch.setenv("RAREBIRD_WEBHOOK_URL", hook.url)
            host = site.removeprefix("http://")
            sources = [f"{scheme}://ann:{PASSWORD}@{host}/{path}?token={TOKEN}" for scheme, path in (
                ("http", "lines"), ("http", "sse"), ("ws", "ws"))]  # fmt: skip
            words = ("watch", *sources, "--time", "t", "--by", "c", "--port", "0", "--store", store)
            words += ("--notify", "webhook", "--title", "c", "--link", "c")
            # A store of before names were free of secrets: only `--name` makes such a one now.
            old = " ".join([*sources, "by c"])
            said = ""
            for name in (("--name", old), ()):
                async with running(*words, *name) as watch:
                    await kept_by(watch, 990)
                    if not name:
                        absent("its answers", await every_answer(watch.site))
                    code, err = await watch.end(signal.SIGTERM)
                    said = err
                    assert code == 0
        absent("what it said", said.encode())
        assert "Going on from" in said
        for command in ("status", "incidents"):
            _, out, err = await run(command, "--store", store)
            absent(command, (out + err).encode())
        assert hook.asked
        absent("its messages", b"".join(body for _, _, body in hook.asked[1:]) or b"none")
        absent("the store", await dumped(server.url) if kind == "redis" else database.read_bytes())


async def dumped(url: str) -> bytes:
    """All keys of a Redis, and what they hold. Its log holds what was, until Redis writes it anew by itself."""
    async with Redis.from_url(url) as client:
        keys = [key async for key in client.scan_iter()]
        return b"".join([key + (await client.dump(key) or b"") for key in keys])
