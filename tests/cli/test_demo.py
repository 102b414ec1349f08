"""The demo as a stranger starts it."""

from __future__ import annotations

import asyncio
import signal
import time

import aiohttp
import pytest

from tests.cli.program import run, running

pytestmark = pytest.mark.anyio


async def test_the_demo_knows_its_past_tells_its_story_and_stops_at_once() -> None:
    async with running("demo", "--no-browser", "--port", "0", "--speed", "5") as demo:
        first = await anext(demo.snapshots())
        assert first["past_until"] is not None
        assert first["entropy_life"]["count"] > 10_000
        async for snapshot in demo.snapshots():
            if snapshot["incidents"]:
                break
        assert [each["category"] for each in snapshot["incidents"]] == ["ME"]
        assert "Maine" in snapshot["notes"][-1]["text"]
        assert snapshot["counters"]["future"] == 0
        begun = time.monotonic()
        code, said = await demo.end(signal.SIGINT)
        assert time.monotonic() - begun < 2
    assert code == 0
    assert "messages read" in said.splitlines()[-1]


@pytest.mark.slow
async def test_the_watch_loses_nothing_when_the_server_goes_away() -> None:
    async with running("demo", "--no-browser", "--port", "0", "--speed", "30") as demo:
        async for snapshot in demo.snapshots():
            if snapshot["sources"][0]["reconnects"] and snapshot["sources"][0]["kind"] == "connected":
                break
        before = snapshot["counters"]
        async for snapshot in demo.snapshots():
            if snapshot["counters"]["kept"] > before["kept"] + 100:
                break
        counters = snapshot["counters"]
        parts = ("kept", "filtered", "repeats", "late", "future", "malformed", "undecided")
        assert counters["read"] == sum(counters[part] for part in parts)


async def test_a_second_demo_on_the_port_is_told_who_has_it_and_what_is_free() -> None:
    async with running("demo", "--no-browser", "--port", "0") as demo:
        port = demo.site.rpartition(":")[2]
        code, _, err = await run("demo", "--no-browser", "--port", port)
        assert code == 2
        assert f"port {port} is taken by" in err
        assert f"pid {demo.process.pid}" in err
        assert "--port" in err


@pytest.mark.slow
async def test_two_watches_run_side_by_side() -> None:
    async with (
        running("demo", "--no-browser", "--port", "0") as one,
        running("demo", "--no-browser", "--port", "0") as two,
    ):
        assert (await one.get("/healthz"))["status"] == (await two.get("/healthz"))["status"] == "ok"
        assert one.site != two.site


async def test_the_demo_says_the_link_of_an_incident_and_takes_what_is_answered_there() -> None:
    site, host = "https://birds.example.org", {"Host": "birds.example.org"}
    async with running("demo", "--no-browser", "--port", "0", "--speed", "10", "--public-url", site) as demo:
        assert demo.process.stderr
        link = ""
        while not link:
            line = (await asyncio.wait_for(demo.process.stderr.readline(), 60)).decode()
            link = line.partition("answer incident ")[2].partition(site)[2].strip()
        path, _, token = link.partition("?token=")
        async with aiohttp.ClientSession(demo.site, headers=host) as session:
            async with session.get(link) as answer:
                assert "Acknowledge" in await answer.text()
            async with session.post(path, data={"token": token, "do": "ack", "by": "Ann"}) as answer:
                assert "You look after it." in await answer.text()
        told = await demo.get("/incidents")
        assert [each["acknowledged"].partition(",")[0] for each in told if str(each["id"]) == path[11:]] == ["Ann"]
