"""Every secret that a watch can be given is planted in a real one, and then looked for wherever it could come out."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from rarebird.model.instant import SECOND
from rarebird.model.instant import text as written
from rarebird.notify.slack_buttons import EXPECTED
from tests.cli.program import run
from tests.cli.shell import Job, environment, in_session, job
from tests.cli.test_buttons import buttons_of, standing
from tests.cli.test_links import say, site_of, until
from tests.effort import slow_after_first
from tests.notify.local import listening
from tests.notify.office import APP_TOKEN, TICKET, Office, envelope, office
from tests.notify.receiver import Receiver, receiver
from tests.notify.workspace import CHANNEL, TOKEN, Workspace, workspace
from tests.store.places import serving

pytestmark = pytest.mark.anyio
PUBLIC = "https://birds.example.org"
WORDS = (
    "webhook-path webhook-key alert-password apprise-password beat-path link-key slack-path store-password "
    "source-password source-token"
)
PLANTED = {word: f"planted-{word}-1f7c" for word in WORDS.split()}
ANN = "ann"


def secrets() -> dict[str, bytes]:
    """Each secret, also as it stands in a header of basic authentication."""
    plain = {**PLANTED, "bot": TOKEN, "app": APP_TOKEN, "ticket": TICKET}
    found = {name: word.encode() for name, word in plain.items()}
    for name in ("alert-password", "apprise-password", "source-password"):
        found[f"{name} in a header"] = base64.b64encode(f"{ANN}:{PLANTED[name]}".encode()).rstrip(b"=")
    return found


class Places:
    """Where a watch is led to, each by an address that holds a secret."""

    def __init__(self) -> None:
        self.slack: Office
        self.channel: Workspace
        self.webhook: Receiver
        self.alerts: Receiver
        self.mails: Receiver
        self.source = ""

    @property
    def environment(self) -> dict[str, str]:
        """What leads there."""

        def named(receiver: Receiver, password: str, scheme: str = "http") -> str:
            return f"{scheme}://{ANN}:{PLANTED[password]}@{receiver.url.split('//')[1].partition('/')[0]}"

        site = self.webhook.url.rpartition("/")[0]
        return environment(
            RAREBIRD_SLACK_BOT_TOKEN=TOKEN,
            RAREBIRD_SLACK_CHANNEL=CHANNEL,
            RAREBIRD_SLACK_API_URL=self.slack.api,
            RAREBIRD_SLACK_APP_TOKEN=APP_TOKEN,
            RAREBIRD_SLACK_WEBHOOK_URL=f"{site}/{PLANTED['slack-path']}",
            RAREBIRD_WEBHOOK_URL=f"{site}/{PLANTED['webhook-path']}",
            RAREBIRD_WEBHOOK_SECRET=PLANTED["webhook-key"],
            RAREBIRD_ALERTMANAGER_URL=named(self.alerts, "alert-password"),
            RAREBIRD_APPRISE_URL=named(self.mails, "apprise-password", "json"),
            RAREBIRD_HEARTBEAT_URL=f"{site}/{PLANTED['beat-path']}",
            RAREBIRD_LINK_KEY=PLANTED["link-key"],
        )


@asynccontextmanager
async def feed(stream: Path) -> AsyncIterator[str]:
    """A stream that needs a password and a token, and goes on without end; the first to ask is refused."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path_qs)
        if len(asked) == 1:
            return web.Response(status=503, text=f"not now: {request.url} {request.headers['Authorization']}")
        assert PLANTED["source-token"] in request.path_qs
        assert request.headers["Authorization"].startswith("Basic ")
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        await response.write(stream.read_bytes())
        await asyncio.Event().wait()
        return response

    async with listening("/feed", answer, "GET") as address:
        login = f"{ANN}:{PLANTED['source-password']}"
        yield f"{address.replace('//', f'//{login}@')}/feed?api_key={PLANTED['source-token']}"


@asynccontextmanager
async def places(stream: Path) -> AsyncIterator[Places]:
    """Services that fail at first, and tell in their errors by which address they were reached."""
    one = Places()
    async with AsyncExitStack() as stack:
        one.channel = await stack.enter_async_context(workspace(faulty=0.2))
        one.slack = await stack.enter_async_context(office(500, "reset", workspace=one.channel))
        one.webhook = await stack.enter_async_context(receiver("reset", 500, 500, method="*"))
        one.alerts = await stack.enter_async_context(receiver(500, 404))
        one.mails = await stack.enter_async_context(receiver(500, 403))
        one.source = await stack.enter_async_context(feed(stream))
        yield one


@pytest.fixture
async def stream(tmp_path: Path) -> Path:
    """A simulated world up to now, in which nothing came for a quarter of an hour."""
    path = tmp_path / "world.jsonl"
    start = written((int(time.time()) - 4 * 3600) * SECOND)
    out = ("--out", str(path))
    await run("simulate", "--start", start, "--rate", "2", "--hours", "4", "--change", "silence@3h30m+15m", *out)
    return path


async def every_answer(site: str) -> bytes:
    """What each path of the API answers, and the first event of the feed."""
    found = []
    async with aiohttp.ClientSession(site) as session:
        async with session.get("/openapi.json") as answer:
            paths = list((await answer.json())["paths"])
        assert len(paths) > 12
        for path in [*paths, "/config", "/incidents/1?token=x"]:
            async with session.get(path.replace("{id}", "1").replace("{path}", "page.js")) as answer:
                if path == "/feed":
                    found += [await answer.content.readline() for _ in range(6)]
                else:
                    found.append(await answer.read())
                found.append(str(answer.raw_headers).encode())
    return b"\n".join(found)


async def command_lines(running: Job) -> bytes:
    """Those of the watch and of all that it has started."""
    pids = in_session(running.pid)
    assert pids
    return b"\n".join((Path("/proc") / str(pid) / "cmdline").read_bytes() for pid in pids)


async def answered(double: Places, site: str, by_link: str) -> None:
    """Somebody answers by a button, and somebody else by a link."""
    message = await standing(double.channel, EXPECTED)
    value = buttons_of(message)[EXPECTED]
    socket = await double.slack.connected()
    await socket.send_json(envelope(EXPECTED, value, at=f"{time.time():.6f}"))
    await until(site, value.split()[1], feedback="expected")
    assert await say(site, by_link, do="real") == 303
    await until(site, by_link.partition("?")[0].rpartition("/")[2], feedback="real")


def link_in(double: Receiver) -> str:
    """The path of the first link that the webhook was told."""
    told = [json.loads(body) for _, _, body in double.asked if body]
    links = [each["link"] for each in told if each.get("link")]
    return str(links[0]).removeprefix(PUBLIC)


def absent(where: str, held: bytes, allowed: tuple[str, ...] = ()) -> None:
    assert held, f"nothing was read of {where}"
    for name, secret in secrets().items():
        assert secret not in held or name.startswith(allowed or ("-",)), f"{name} stands in {where}"


@pytest.mark.extras
@pytest.mark.parametrize("kind", slow_after_first("sqlite", "redis"))
async def test_no_secret_comes_out_anywhere(kind: str, stream: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    password = PLANTED["store-password"]
    with serving(kept, "--requirepass", password) as server:
        url = f"sqlite:///{kept}/watch.db" if kind == "sqlite" else f"redis://:{password}@127.0.0.1:{server.port}/0"
        async with places(stream) as double:
            env = double.environment | {"RAREBIRD_STORE": url, "XDG_STATE_HOME": str(tmp_path / "state")}
            notify = [word for name in ("slack", "webhook", "alertmanager", "apprise") for word in ("--notify", name)]
            rules = ("--preset", "meetup", "--entropy-above", "3.2:3.15", "--name", "rsvps")
            words = ("rarebird", "watch", double.source, *rules, "--port", "0", "--public-url", PUBLIC, *notify)
            async with job(*words, env=env) as watch:
                site = await site_of(watch)
                await answered(double, site, await link_from(double))
                absent("what its API answers", await every_answer(site))
                absent("a process list", await command_lines(watch), ("source",))
                _, out, err = await watch.end(signal.SIGTERM)
            said = "".join(watch.told) + out + err
            for fault in (
                "the webhook answered 500",
                "Alertmanager answered 404",
                "did not take",
                "Slack answered 500",
            ):
                assert fault in said
            absent("what it said", said.encode())
            await others(env)
        held = b"".join(path.read_bytes() for path in sorted(kept.rglob("*")) if path.is_file())
        absent("the store", held)


async def link_from(double: Places) -> str:
    async with asyncio.timeout(60):
        while not any(b'"link":"http' in body for _, _, body in double.webhook.asked):
            double.webhook.heard.clear()
            await double.webhook.heard.wait()
    return link_in(double.webhook)


async def others(env: dict[str, str]) -> None:
    """What other commands tell of the same watch."""
    for command in ("status", "status --json", "incidents --json", "test-alert webhook", "test-alert slack"):
        async with job("rarebird", *command.split(), env=env) as running:
            _, out, err = await running.end()
        absent(f"rarebird {command}", (out + err).encode())


def test_what_is_planted_would_be_found() -> None:
    for secret in secrets().values():
        with pytest.raises(AssertionError):
            absent("a text", b"before " + secret + b" behind")
    held: Any = b"no secret"
    absent("a text", held)
