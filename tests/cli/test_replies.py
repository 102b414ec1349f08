"""What people say to a watch by commands, each a process of its own: while the watch runs, and when it does not."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Running, run, running
from tests.cli.test_recording import served
from tests.effort import slow_after_first
from tests.notify.workspace import CHANNEL, TOKEN, workspace

pytestmark = pytest.mark.anyio
Incidents = list[dict[str, Any]]


class Said:
    """Commands to one watch in one store."""

    def __init__(self, store: str, name: str) -> None:
        self.where = ("--store", store, "--name", name)

    async def __call__(self, *words: str) -> tuple[int, str, str]:
        return await run(*words, *self.where)

    async def does(self, *words: str) -> str:
        """What a command says that ends well."""
        code, out, err = await self(*words)
        assert code == 0, err
        return out + err

    @asynccontextmanager
    async def watch(self, url: str, *options: str) -> AsyncIterator[Running]:
        """The watch, while it runs."""
        async with running("watch", url, "--preset", "meetup", "--port", "0", *self.where, *options) as watch:
            yield watch


@pytest.fixture(params=slow_after_first("sqlite", "redis"))
def said(request: pytest.FixtureRequest, tmp_path: Path, redis: str) -> Said:
    place = redis if request.param == "redis" else f"sqlite:///{tmp_path / 'watch.db'}"
    return Said(place, request.node.name)


async def until(watch: Running, fits: Callable[[Incidents], bool]) -> Incidents:
    """What the watch lists once that fits."""
    async for _ in watch.snapshots():
        found: Incidents = await watch.get("/incidents")
        if fits(found):
            return found
    raise AssertionError("the feed has ended")


async def listed(said: Said, fits: Callable[[Incidents], bool] = bool) -> Incidents:
    """What the store lists once that fits, which is up to a second after the page shows it."""
    while not fits(found := json.loads(await said.does("incidents", "--json"))):
        pass
    return list(found)


def is_over(found: Incidents) -> bool:
    """Whether one of the incidents is over for good: nothing of it changes any more by itself."""
    return any(one["phase"] == "resolved" for one in found)


async def test_what_is_said_by_commands_shows_at_once_and_after_a_kill(said: Said, silence: Path) -> None:
    async with served(str(silence), "http", close=False) as url:
        async with said.watch(url) as watch:
            await asyncio.wait_for(until(watch, is_over), 60)
            first = (await asyncio.wait_for(listed(said, is_over), 60))[-1]
            number = str(first["id"])
            assert "looked after by alice" in await said.does("ack", number, "--by", "alice")
            assert "real" in await said.does("feedback", number, "real", "--by", "bob")
            assert "2h; category=ME" in await said.does("mute", "2h", "--category", "ME")
            await said.does("mute", "Tue 02:00-04:00 Europe/Paris", "--kind", "rate")
            shown = (await watch.get("/incidents"))[-1]
            assert shown["acknowledged"].startswith("alice, ")
            assert shown == first | {"acknowledged": shown["acknowledged"], "feedback": "real"}
            watch.process.send_signal(signal.SIGKILL)
            await watch.process.wait()
        assert "does not run just now" in await said.does("feedback", number, "too sensitive")
        async with said.watch(url) as watch:
            wanted = shown | {"feedback": "too sensitive"}
            await asyncio.wait_for(until(watch, lambda found: wanted in found), 60)
            page = await watch.get("/incidents")
            await asyncio.wait_for(listed(said, lambda found: found == page), 60)
            one, other = (await said.does("mute")).splitlines()
            assert re.fullmatch(r"   1  2h; category=ME, until \d\d:\d\d UTC on \d{4}-\d\d-\d\d", one)
            assert other == "   2  Tue 02:00-04:00 Europe/Paris; kind=rate"
            await said.does("unmute", "1")
            code, _, err = await said("unmute", "1")
            assert (code, "there are: 2 (Tue 02:00-04:00 Europe/Paris; kind=rate)" in err) == (1, True)
            notes = [note["text"] for note in (await anext(watch.snapshots()))["notes"]]
            assert sum("looks after incident" in note for note in notes) == 1
            code, _ = await watch.end()
            assert code == 0


@pytest.mark.slow
async def test_what_was_found_is_listed_and_accounted_for_and_feedback_makes_a_report(
    said: Said, silence: Path
) -> None:
    where = (str(silence), "--preset", "meetup", "--no-web", *said.where)
    assert (await run("watch", *where))[0] == 0
    lines = await said.does("incidents", "--limit", "1")
    assert "2026-03-02 15:00:" in lines
    assert "No RSVPs for" in lines
    (found,) = json.loads(await said.does("incidents", "--limit", "1", "--json"))
    number = str(found["id"])
    account = await said.does("explain", number)
    for part in ("as estimated", "95 of 100 such counts", "of the budget", "New York -", "all others -", "told"):
        assert part in account
    assert json.loads(await said.does("explain", number, "--json")) == found
    assert [row["kind"] for row in json.loads(await said.does("feedback", "--json"))] == ["silence", "all"]
    await said.does("feedback", number, "expected")
    await said.does("ack", number)
    assert (await run("watch", *where))[0] == 0
    report = await said.does("feedback")
    assert report.splitlines()[1].split() == ["silence", "1", "0", "1", "0", "0", "0", "%"]
    assert "feedback: expected" in " ".join((await said.does("incidents")).split())
    await said.does("feedback", number, "none")
    assert (await run("watch", *where))[0] == 0
    (after,) = json.loads(await said.does("incidents", "--json"))
    assert (after["feedback"], after["acknowledged"] != "") == ("", True)


async def test_what_is_wrong_is_said_before_anything_is_left_for_the_watch(said: Said, silence: Path) -> None:
    code, _, err = await said("incidents")
    assert code == 1
    assert "expected the watch by that name in" in err or "found no such file" in err
    await run("watch", str(silence), "--preset", "meetup", "--no-web", *said.where)
    for words, expected, wanted in (
        (("ack", "99"), 1, "`rarebird incidents` lists all"),
        (("explain", "99"), 1, "incident 99 is not known in"),
        (("explain", "yesterday"), 2, "expected --at"),
        (("feedback", "1"), 2, "expected what incident 1 was"),
        (("feedback", "1", "boring"), 2, "got 'boring'"),
        (("mute", "whenever"), 2, "expected when to be silent"),
        (("mute", "2h", "--kind", "rat"), 2, "did you mean rate?"),
        (("unmute", "3"), 1, "there is none; `rarebird mute` lists all"),
        (("incidents", "--limit", "0"), 2, "expected a number of at least 1"),
    ):
        code, out, err = await said(*words)
        assert (code, wanted in err, out, err.count("\n")) == (expected, True, "", 1), err
    name = os.urandom(4).hex()
    for command in (("ack", "1"), ("mute", "2h"), ("feedback",), ("unmute", "1"), ("explain", "1")):
        code, _, err = await run(*command, *said.where[:2], "--name", name)
        assert (code, "expected the watch by that name" in err) == (1, True)


async def test_who_looks_after_an_incident_shows_in_the_message_that_stands_in_slack(
    said: Said, silence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(str(silence), "http", close=False) as url, workspace() as double:
        for name, value in (("BOT_TOKEN", TOKEN), ("CHANNEL", CHANNEL), ("API_URL", double.api)):
            monkeypatch.setenv(f"RAREBIRD_SLACK_{name}", value)
        async with said.watch(url, "--notify-past", "--notify", "slack") as watch:
            await asyncio.wait_for(until(watch, is_over), 60)
            number = str((await asyncio.wait_for(listed(said), 60))[-1]["id"])
            await said.does("ack", number, "--by", "alice")
            async with asyncio.timeout(60):
                while not any("looked after by alice" in json.dumps(each) for each in double.messages):
                    await asyncio.sleep(0.01)
            assert sum("No RSVPs" in each["text"] or "come again" in each["text"] for each in double.messages) == 1
