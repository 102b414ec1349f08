"""`rarebird api` over a Redis that pipelines fill answers what a watch answers of the same input."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from rarebird.config.chosen import Chosen
from rarebird.config.settings import settings
from rarebird.decode import Decoder
from rarebird.pipe.insert import distribution_of, gaps_of
from rarebird.run.local import follow
from rarebird.run.running import Running
from rarebird.source.file import FileSource
from rarebird.source.presets import MEETUP
from rarebird.web.serve import serving
from tests.cli.shell import job, script, shell
from tests.cli.test_recording import plain_count

pytestmark = pytest.mark.anyio
SAME = (
    "/histogram", "/histogram?window=15m", "/entropy", "/entropy?window=15m", "/entropy?window=1s", "/rate",
    "/rate?state=CA", "/probability?state=CA", "/probability?state=nowhere",
)  # fmt: skip
MESSAGE = '/probability?message={"mtime":1,"group":{"group_state":"NY"}}'


@asynccontextmanager
async def shown(env: dict[str, str], *words: str) -> AsyncIterator[aiohttp.ClientSession]:
    """The API of a stream in the store of the pipelines."""
    command = ["rarebird", "api", "--store", env["RAREBIRD_STORE"], "--port", "0", *words]
    async with job(*command, env=env) as running:
        site = (await running.said("the page is at ")).partition("at ")[2].strip().removesuffix("/vis")
        async with aiohttp.ClientSession(site) as session:
            yield session


async def answer(session: aiohttp.ClientSession, path: str) -> Any:
    async with session.get(path) as reply:
        assert reply.status == 200, (path, await reply.text())
        return await (reply.json() if "json" in reply.headers["Content-Type"] else reply.text())


@asynccontextmanager
async def watched(recording: str) -> AsyncIterator[aiohttp.ClientSession]:
    """The API of a watch that has read a recording, as `rarebird watch` makes it."""
    chosen = settings(Chosen(), [recording], MEETUP)
    watch = chosen.watch()
    running = Running(watch, chosen, ())
    running.sources = [FileSource([recording], partial(Decoder, watch.fields, watch.categories), clock=lambda: 0)]
    await follow(running, None)
    async with serving(running, port=0) as address, aiohttp.ClientSession(address) as session:
        yield session


async def test_the_whole_system_answers_what_a_watch_answers(recording: str, env: dict[str, str]) -> None:
    assert (await script("1-stream-ingest.sh", recording, "--preset", "meetup", env=env))[0] == 0
    name, kept = env["RAREBIRD_NAME"], plain_count(Path(recording).read_bytes())["kept"]
    async with watched(recording) as truth, shown(env, "--name", name, "--preset", "meetup") as api:
        for path in (*SAME, MESSAGE):
            assert await answer(api, path) == await answer(truth, path), path
        found, wanted = await answer(api, "/snapshot"), await answer(truth, "/snapshot")
        assert len(await answer(api, "/moments")) >= len(await answer(truth, "/moments")) > 0
        health = await answer(api, "/healthz")
        assert sum((await answer(api, "/history"))["events"]) == kept
        assert "rarebird" in await answer(api, "/vis")
    for field in ("mix", "categories", "first", "usual_per_s", "watched_share", "watched_expected"):
        assert found["snapshot"][field] == wanted["snapshot"][field], field
    assert found["sentence"] == wanted["sentence"]
    assert (health["status"], health["finished"], health["counters"]["kept"]) == ("ok", True, kept)


async def test_a_stream_is_found_by_its_name_or_as_the_only_one(
    recording: str, env: dict[str, str], tmp_path: Path
) -> None:
    env = env | {"RAREBIRD_STORE": f"sqlite:///{tmp_path / 'all.db'}"}
    await script("1-stream-ingest.sh", recording, "--preset", "meetup", env=env)
    name = env["RAREBIRD_NAME"]
    async with shown(env) as one, shown(env, "--name", distribution_of(name)) as same:
        for path in SAME:
            assert await answer(one, path) == await answer(same, path)
    async with shown(env, "--name", gaps_of(name)) as gaps:
        assert await answer(gaps, "/histogram") == {"gap": 1.0}
    where = f"--store {env['RAREBIRD_STORE']}"
    await shell(f"rarebird watch {recording} --preset meetup --no-web {where} --name other", env)
    code, _, err = await shell(f"rarebird api {where} --port 0", env)
    assert (code, err.count("\n")) == (2, 1)
    assert f"'other', '{name}'" in err
    code, _, err = await shell(f"rarebird api {where} --name other --preset meetup --port 0", env)
    assert (code, err.count("\n")) == (2, 1)
    assert "expected neither --preset nor --half-life" in err
