from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from rarebird.model.reading import Moment
from rarebird.model.snapshot import SourceReading
from rarebird.web.feed import Feed, Pace
from rarebird.web.serve import serving
from tests.web.view_double import NOW, FakeView, S, calm, maine

pytestmark = pytest.mark.anyio
QUICK = Pace(least=0.0, look=0.02, comment=0.04)


async def event(reply: aiohttp.ClientResponse) -> tuple[str, Any]:
    """The next event: its name and its data, or "comment"."""
    fields = {}
    async for line in reply.content:
        text = line.decode().rstrip("\n")
        if text.startswith(":"):
            return "comment", text
        if text:
            name, _, value = text.partition(": ")
            fields[name] = value
        elif "data" in fields:
            break
    return fields["event"], json.loads(fields["data"])


async def test_it_opens_with_all_and_goes_on_with_each_tick() -> None:
    view = FakeView()
    async with (
        serving(view, port=0) as address,
        aiohttp.ClientSession(address) as session,
        session.get("/feed") as feed,
    ):
        assert feed.headers["Content-Type"].startswith("text/event-stream")
        assert feed.headers["X-Accel-Buffering"] == "no"
        assert "Content-Encoding" not in feed.headers
        name, opening = await event(feed)
        assert (name, len(opening["moments"])) == ("snapshot", len(view.moments()))
        assert opening["sentence"]["state"] == "live"
        moment = Moment(NOW + S, 1.0, 0.5, 1.5, 4.4)
        await view.tell(maine(), moment)
        name, tick = await event(feed)
        assert (name, tick["moment"]["time"]) == ("tick", NOW + S)
        assert tick["snapshot"]["version"] == opening["snapshot"]["version"] + 1
        await view.tell(calm())
        assert (await event(feed))[1]["moment"] is None


async def test_where_nothing_is_new_a_comment_keeps_it_open() -> None:
    async with (
        serving(FakeView(), port=0, pace=QUICK) as address,
        aiohttp.ClientSession(address) as session,
        session.get("/feed") as feed,
    ):
        await event(feed)
        assert (await event(feed))[0] == "comment"


async def test_a_lost_source_is_told_though_no_tick_closes() -> None:
    view = FakeView()
    async with (
        serving(view, port=0, pace=QUICK) as address,
        aiohttp.ClientSession(address) as session,
        session.get("/feed") as feed,
    ):
        await event(feed)
        broken = SourceReading("stream.example", "failing", "refused", 1)
        view._snapshot = replace(view.snapshot(), sources=(broken,))
        name, told = await event(feed)
        while name == "comment":
            name, told = await event(feed)
        assert told["sentence"]["state"] == "failing"


async def test_ticks_that_close_together_are_told_together() -> None:
    view = FakeView()
    ending = asyncio.Event()
    events = Feed(view, ending, Pace(least=0.05)).events()
    await anext(events)
    await view.tell(calm())
    assert b'"version":2' in await anext(events)
    waiting = asyncio.ensure_future(anext(events))
    for _ in range(20):
        await view.tell(calm())
    assert b'"version":22' in await waiting
    ending.set()
    assert [left async for left in events] == []
