"""No task of ours dies in silence: those of a real watch are taken from the event loop, and each is made to fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

import rarebird
from rarebird.cli import live
from rarebird.cli.clock import now
from rarebird.cli.hearing import Hearing
from rarebird.cli.notifying import Telling, attach
from rarebird.cli.options import AliveOptions
from rarebird.config.muted import Muted
from rarebird.config.stores import open_store
from rarebird.config.wanted import Wanted
from rarebird.decode import Decoder
from rarebird.model.instant import SECOND
from rarebird.model.reply import Reply
from rarebird.notify.contract import Notice
from rarebird.notify.slack_socket import Ear, SlackSocket
from rarebird.run.keeping import Keeping
from rarebird.run.running import Running
from rarebird.source.blocks import Lines
from rarebird.source.http import HttpLink
from rarebird.source.live import Backoff, LiveSource, Pace
from rarebird.supervise import ENDS_THE_WATCH, GIVEN_UP, Supervisor
from tests.incident.test_health import table
from tests.notify.local import listening
from tests.notify.office import APP_TOKEN, office
from tests.run.test_running import SETTINGS
from tests.source.doubles import streamed

pytestmark = pytest.mark.anyio
SOURCE = Path(rarebird.__file__).parent


class Boom(Exception):
    """What nobody has thought of."""


class Heart:
    """Beats as often as it is let."""

    every_s = 0.01

    def __init__(self) -> None:
        self.beats = 0

    async def beat(self) -> None:
        self.beats += 1


class Gate:
    """The wait before a task is started again lasts until the test lets it pass."""

    def __init__(self) -> None:
        self.open = asyncio.Event()

    async def sleep(self, _seconds: float) -> None:
        await self.open.wait()


class Bench:
    """A watch with all that it can have, and what is around it."""

    def __init__(self, running: Running, url: str, said: list[str]) -> None:
        self.running, self.url, self.said = running, url, said
        self.lines: asyncio.Queue[bytes] = asyncio.Queue()
        self.posted: list[Any] = []
        self.heart, self.gate = Heart(), Gate()
        self.end: asyncio.Task[None]
        self.site = ""
        self.session: aiohttp.ClientSession
        self.count = 0

    async def until(self, what: Callable[[], Any]) -> None:
        async with asyncio.timeout(30):
            while not what():
                await asyncio.sleep(0)

    def send(self) -> None:
        """One more message of the stream."""
        self.count += 1
        self.lines.put_nowait(b'{"t": %d, "k": "a"}\n' % (now() // SECOND))

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.session.get(self.site + path) as answer:
            return answer.status, await answer.json()

    async def works(self) -> None:
        """All that a watch does is done."""
        running, beats, kept = self.running, self.heart.beats, self.running.watch.tally.kept
        self.send()
        await self.until(lambda: running.watch.tally.kept > kept)
        await self.until(lambda: self.heart.beats > beats)
        mark = f"mark {self.count}"
        running.note(mark, now())
        await self.until(lambda: any(mark in line for line in self.said))
        for queue in running.queues:
            queue.put([Notice(now(), mark, mark)])
        running.wake()
        await self.until(lambda: mark in str(self.posted))
        store = open_store(self.url, running.settings.name)
        await store.reply(msgspec.json.encode(Reply(act="mute", time=now(), by="ann", mute="2h")))
        await store.close()
        heard = running.answers.last
        await self.until(lambda: running.answers.last > heard)
        assert (await self.get("/livez"))[0] == (await self.get("/readyz"))[0] == 200
        status, health = await self.get("/healthz")
        assert (status, health["status"], health["reasons"]) == (200, "ok", [])

    async def survives(self, name: str) -> None:
        """That a task fails is said and shown, and it is started again; a source connects again."""
        self.gate.open.clear()
        self.said.clear()
        await fail(ours()[name])
        if name.startswith(("connection", "reading ")):
            await self.until(lambda: "Boom" in self.running.sources[0].state.detail)
            assert self.running.sources[0].state.kind == "failing"
            self.gate.open.set()
            await self.until(lambda: self.running.sources[0].state.kind == "connected")
            return
        await self.until(lambda: any(f"the task {name} ended by Boom" in line for line in self.said))
        assert ("task_restarting", name) in {(each.name, each.about) for each in self.running.health().reasons}
        if name != "page":
            assert (await self.get("/healthz"))[1]["status"] == "degraded"
            assert (await self.get("/livez"))[0] == 200
        self.gate.open.set()
        await self.until(lambda: name in ours() and self.running.health().status == "ok")


def ours() -> dict[str, asyncio.Task[Any]]:
    """The tasks whose code is that of the package, by name."""
    found = {}
    for task in asyncio.all_tasks():
        code = getattr(task.get_coro(), "cr_code", None)
        if code is not None and SOURCE in Path(code.co_filename).parents:
            found[task.get_name()] = task
    return found


async def fail(task: Any) -> None:
    """Makes a task raise where it waits now: `task` is one in Python, whose steps can be taken from outside."""
    while True:
        waits_for = task._fut_waiter
        if waits_for is not None and waits_for.remove_done_callback(task._Task__wakeup):
            break
        await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(task._Task__step, Boom(), context=task._context)
    await asyncio.sleep(0)


@pytest.fixture
async def tasks_in_python() -> AsyncGenerator[None, None]:
    """Tasks whose steps a test can take."""
    loop = asyncio.get_running_loop()
    make = asyncio.tasks._PyTask  # type: ignore[attr-defined]
    loop.set_task_factory(lambda loop, coroutine, **more: make(coroutine, loop=loop, **more))
    yield
    loop.set_task_factory(None)


@asynccontextmanager
async def watching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """A watch with a store, a notifier, buttons in Slack, a heartbeat and a page, on a stream that the test feeds."""
    watch, said = SETTINGS.watch(), list[str]()
    running = Running(watch, SETTINGS, (), now)
    url = f"sqlite:///{tmp_path / 'watch.db'}"
    bench = Bench(running, url, said)
    monkeypatch.setattr(live, "say", said.append)

    async def stream(request: web.Request) -> web.StreamResponse:
        response = await streamed(request)
        while True:
            await response.write(await bench.lines.get())

    async def hook(request: web.Request) -> web.Response:
        bench.posted.append(await request.json())
        return web.Response(text="ok")

    async with (
        listening("/stream", stream, "GET") as feed,
        listening("/hook", hook) as address,
        office() as slack,
        aiohttp.ClientSession() as session,
    ):
        monkeypatch.setenv("RAREBIRD_WEBHOOK_URL", f"{address}/hook")
        link = HttpLink(f"{feed}/stream", {"": Lines})
        decoder = Decoder(watch.fields, watch.categories, "json")
        waits = Backoff(sleep=bench.gate.sleep, chance=lambda: 1.0)
        running.sources = [LiveSource(link, decoder, clock=now, pace=Pace(hold_s=0.0, idle_s=0.05), backoff=waits)]
        running.tasks = Supervisor(waits=waits)
        ear = Ear("w", running.incidents, refuse, said.append)
        heard = Hearing(None, SlackSocket(APP_TOKEN, ear, Backoff(), Backoff(), api=slack.api, ping_s=0.5))
        to = Telling("400 days", ("webhook",), Wanted(), Muted(), None, AliveOptions())
        sending = attach(running, to, kept=True)
        keeping = Keeping(running, open_store(url, SETTINGS.name), sending=sending)
        bench.session = session
        run = live.run(running, keeping, host="127.0.0.1", port=0, heard=heard, heart=bench.heart)
        bench.end = asyncio.create_task(run, name="the test's own")
        await bench.until(lambda: any("the page is at" in line for line in said))
        bench.site = said[0].partition("the page is at ")[2].removesuffix("/vis")
        await slack.connected()
        bench.send()
        await bench.until(lambda: running.watch.tally.kept)
        try:
            yield bench
        finally:
            running_task = ours().get("watch")
            if running_task is not None:
                running_task.cancel()
            await asyncio.wait([bench.end])


async def refuse(_reply: Reply) -> None:
    raise AssertionError


def vital(name: str) -> bool:
    return name in ENDS_THE_WATCH


async def test_each_task_of_a_watch_that_fails_is_said_shown_and_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tasks_in_python: None
) -> None:
    async with watching(tmp_path, monkeypatch) as bench:
        names = {name for name in ours() if not vital(name) and name != "the test's own"}
        assert len(names) >= 10, names
        for name in sorted(names):
            await bench.survives(name)
        await bench.works()


async def test_a_request_may_end_with_its_task_and_nothing_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tasks_in_python: None
) -> None:
    async with watching(tmp_path, monkeypatch) as bench:
        before = set(ours())
        async with bench.session.get(f"{bench.site}/feed") as feed:
            await feed.content.readline()
            await bench.until(lambda: set(ours()) - before)
            (name,) = set(ours()) - before
            assert name.startswith("request: ")
            await fail(ours()[name])
            with pytest.raises(aiohttp.ClientError):
                await feed.read()
        await bench.works()


@pytest.mark.parametrize("name", ["watch", "reading", "store", "committing"])
async def test_a_task_whose_end_must_end_the_watch_ends_it_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tasks_in_python: None, name: str
) -> None:
    async with watching(tmp_path, monkeypatch) as bench:
        assert {each for each in ours() if vital(each)} == {"watch", "reading", "store", "committing"}
        await fail(ours()[name])
        await asyncio.wait([bench.end], timeout=30)
        with pytest.raises(Boom):
            bench.end.result()
        assert any(f"the task {name} ended by Boom" in line and "the watch ends" in line for line in bench.said)
        left = set(ours()) - {"the test's own"}
        assert not left


def test_the_table_of_the_documentation_has_the_tasks_that_end_a_watch() -> None:
    assert table("task") == ENDS_THE_WATCH
    assert GIVEN_UP == 3
