"""A link in a notice of the real program, opened and answered, by the watch itself and by `rarebird api`."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.cli.shell import Job, job

pytestmark = pytest.mark.anyio
SITE = "https://birds.example.org"
HOST = {"Host": "birds.example.org"}


@pytest.fixture(params=["sqlite", "redis", "none"])
def place(request: pytest.FixtureRequest, tmp_path: Path, redis: str) -> list[str]:
    if request.param == "none":
        return ["--no-store"]
    return ["--store", redis if request.param == "redis" else f"sqlite:///{tmp_path / 'watch.db'}"]


@pytest.fixture
def stream(silence: Path, tmp_path: Path) -> Path:
    """A simulated world in which nothing comes for a quarter of an hour, with room for what follows it."""
    path = tmp_path / "world.jsonl"
    path.symlink_to(silence)
    return path


@asynccontextmanager
async def live(stream: Path, env: dict[str, str], *words: str) -> AsyncIterator[tuple[Job, str]]:
    """A watch on a stream that does not end, and its site."""
    fifo = stream.with_name("rest")
    if not fifo.exists():
        os.mkfifo(fifo)
    watch = f"rarebird watch - --preset meetup --port 0 {' '.join(words)}"
    async with job("bash", "-c", f"cat {stream} {fifo} | {watch}", env=env) as running:
        yield running, await site_of(running)


async def site_of(running: Job) -> str:
    return (await running.said("the page is at ")).partition("the page is at ")[2].strip().removesuffix("/vis")


async def link_of(running: Job) -> str:
    """The path of the first link that is told."""
    while f"{SITE}/incidents/" not in (line := await running.line()):
        assert line
    return line.partition(SITE)[2].strip()


async def get(site: str, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession(headers=HOST) as session, session.get(site + path) as answer:
        return answer.status, await answer.text()


async def say(site: str, path: str, **fields: str) -> int:
    token = path.partition("token=")[2]
    async with (
        aiohttp.ClientSession(headers=HOST) as session,
        session.post(site + path, data={"token": token, **fields}, allow_redirects=False) as answer,
    ):
        return answer.status


async def until(site: str, id: str, **wanted: str) -> None:
    """Follows the feed until the incident is as wanted."""

    def is_there(snapshot: dict[str, Any]) -> bool:
        found = [each for each in snapshot["incidents"] if str(each["id"]) == id]
        return any(all(text in each[name] for name, text in wanted.items()) for each in found)

    async with asyncio.timeout(60), aiohttp.ClientSession() as session, session.get(f"{site}/feed") as answer:
        async for line in answer.content:
            if line.startswith(b"data: ") and is_there(msgspec.json.decode(line[6:])["snapshot"]):
                return
    raise AssertionError(f"the feed ended before incident {id} was {wanted}")


async def test_what_a_link_says_reaches_the_watch_and_outlives_it(
    stream: Path, env: dict[str, str], place: list[str], tmp_path: Path
) -> None:
    env = env | {"XDG_STATE_HOME": str(tmp_path / "state")}
    words = ("--name", f"{env['RAREBIRD_NAME'][-12:-1]}", *place)
    telling = ("--notify-past", "--notify", "stdout", "--public-url", SITE)
    async with live(stream, env, *words, *telling) as (watch, site):
        path = await link_of(watch)
        id = path.partition("?")[0].rpartition("/")[2]
        status, text = await get(site, path)
        assert (status, "RSVPs" in text, "<form" in text) == (200, True, True)
        assert await say(site, path.replace("token=", "token=0"), do="ack") == 403
        assert await say(site, path, do="ack", by="Ann") == 303
        await until(site, id, acknowledged="Ann")
        await watch.end(signal.SIGKILL)
    if "--no-store" in place:
        return
    async with job("rarebird", "api", "--port", "0", "--public-url", SITE, *words, env=env) as api:
        site = await site_of(api)
        status, text = await get(site, path)
        assert (status, "RSVPs" in text, "<form" in text) == (200, True, True)
        assert await say(site, path, do="expected", by="Bob") == 303
    async with live(stream, env, *words) as (_, site):
        await until(site, id, acknowledged="Ann", feedback="expected")
        assert (await get(site, path))[0] == 403
