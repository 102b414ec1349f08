from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Request, async_playwright, expect

from rarebird.model.snapshot import ChannelReading, Snapshot, SourceReading
from rarebird.web.serve import serving
from tests.web.view_double import NOW, FakeView, S, calm, maine, mix_of, surprises_of, waiting

pytestmark = pytest.mark.anyio
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
EVIL = "<script>document.title='got'</script>"
LIMIT = 80 * 1024


@contextlib.asynccontextmanager
async def browser_page(chromium: str | None, width: int = 1240) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page in Chromium, and what its console complained about."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page(viewport={"width": width, "height": 900})
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page, complaints
        await browser.close()


@contextlib.asynccontextmanager
async def opened(
    chromium: str | None, snapshot: Snapshot, query: str = "", width: int = 1240
) -> AsyncIterator[tuple[Page, FakeView]]:
    """The page over a view; fails where the console complains."""
    view = FakeView(snapshot)
    async with serving(view, port=0) as address, browser_page(chromium, width) as (page, complaints):
        await page.goto(f"{address}/vis{query}")
        await expect(page.locator("#state")).not_to_have_text("connecting")
        yield page, view
        await page.goto("about:blank")
        assert complaints == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1240), ("dark", 1240), ("light", 390)])
async def test_the_page_says_what_is_going_on_and_serious_faults_of_access_are_none(
    theme: str, width: int, tmp_path: Path, chromium: str | None
) -> None:
    async with opened(chromium, maine(past_until=NOW - 1500 * S), f"?theme={theme}", width) as (page, _):
        await expect(page.locator("h1")).to_have_text("1.2 RSVPs a second from 32 states; California leads with 22 %.")
        await expect(page.locator("#detail")).to_contain_text("Maine stands out: 31 RSVPs")
        await expect(page.locator("#where .tile.clear.more").first).to_have_text("ME")
        await expect(page.locator("#mix .bar.clear.more")).to_contain_text("Maine")
        await expect(page.locator("#mix .bar").first).to_contain_text("California")
        await expect(page.locator("#notes")).to_contain_text("The story: Maine books")
        await expect(page.locator("#counters")).to_contain_text("14,202 repeats")
        await expect(page.locator("#curves canvas")).to_have_count(3)
        shot = await page.screenshot(path=tmp_path / f"{theme}-{width}.png", full_page=True)
        assert len(shot) > 10_000
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        for details in await page.locator("details summary").all():
            await details.click()
        found = (await Axe().run(page)).response["violations"]
        assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []


async def test_the_page_says_what_waits_to_be_sent_and_why(chromium: str | None) -> None:
    slack = ChannelReading("slack", 3, 415.0, "Slack answered 500 <b>", 40, 5, 4, 2)
    async with opened(chromium, calm(channels=(slack, ChannelReading("stdout", 0, None, "", 41, 0, 0, 0)))) as (
        page,
        _,
    ):
        waits = "slack: 40 sent, 2 perhaps twice, 3 waiting for 6.9\u00a0min (Slack answered 500 <b>)"
        await expect(page.locator("#counters")).to_contain_text(waits)
        await expect(page.locator("#counters")).to_contain_text("stdout: 41 sent")


async def test_hostile_names_are_shown_as_text_and_never_run(chromium: str | None) -> None:
    names = {EVIL: 0.5, "\u202eevil": 0.3, "x" * 500: 0.2}
    hostile = calm(
        noun_by="wikis", mix=mix_of(names, changed={EVIL: 900}), surprises=surprises_of([EVIL]), name=EVIL, categories=3
    )
    async with opened(chromium, hostile, width=390) as (page, _):
        await expect(page.locator("#rare .row").first).to_contain_text(EVIL)
        await expect(page.locator("#mix .bar").first).to_contain_text(EVIL)
        await expect(page.locator("h1")).to_contain_text(EVIL)
        assert await page.title() == f"rarebird: {EVIL}"
        assert await page.locator("main script, main img").count() == 0
        await expect(page.locator("#where")).to_be_hidden()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_category_may_be_called_as_what_every_object_has(chromium: str | None) -> None:
    names = ["__proto__", "constructor", "toString"]
    shown = calm(noun_by="states", mix=mix_of(dict.fromkeys(names, 0.3)), surprises=surprises_of(names), categories=3)
    async with opened(chromium, shown) as (page, _):
        for name in names:
            await expect(page.locator("#mix")).to_contain_text(name)
            await expect(page.locator("#rare")).to_contain_text(name)
        assert "[object" not in await page.content()
        assert "native code" not in await page.content()


async def test_the_page_follows_the_feed_and_can_be_paused_by_keyboard(chromium: str | None) -> None:
    async with opened(chromium, waiting()) as (page, view):
        await expect(page.locator("h1")).to_have_text("Waiting for the first RSVPs.")
        await expect(page.locator("#curves")).to_be_hidden()
        await view.tell(calm())
        await expect(page.locator("#state")).to_have_text("live")
        await expect(page.locator("#curves")).to_be_visible()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#state")).to_have_text("paused")
        await view.tell(maine())
        await expect(page.locator("#pause")).to_have_attribute("aria-pressed", "true")
        await page.keyboard.press("Enter")
        await expect(page.locator("#detail")).to_contain_text("Maine stands out")


async def test_tables_stand_behind_the_charts(chromium: str | None) -> None:
    async with opened(chromium, maine()) as (page, _):
        for card in ("where", "mix", "curves", "rare"):
            await page.locator(f"#{card} summary").click()
            await expect(page.locator(f"#{card} tbody tr").nth(3)).to_be_visible()
        await expect(page.locator("#mix tbody")).to_contain_text("Maine")


async def test_a_lost_source_greys_the_numbers_and_an_end_is_called_finished(chromium: str | None) -> None:
    async with opened(chromium, calm()) as (page, view):
        await view.tell(calm(sources=(SourceReading("stream.example", "failing", "refused", 1),)))
        await expect(page.locator("#state")).to_have_text("source lost")
        await expect(page.locator("body")).to_have_class("old")
        await view.tell(calm(finished=True))
        await expect(page.locator("#state")).to_have_text("finished")
        await expect(page.locator("h1")).to_contain_text("The input has ended")


async def test_the_page_reconnects_by_itself(chromium: str | None) -> None:
    view = FakeView()
    async with browser_page(chromium) as (page, _):
        async with serving(view, port=0) as address:
            await page.goto(f"{address}/vis")
            await expect(page.locator("#state")).to_have_text("live")
        await expect(page.locator("#state")).to_have_text("reconnecting")
        await expect(page.locator("body")).to_have_class("old")
        async with serving(view, port=int(address.rpartition(":")[2])):
            await expect(page.locator("#state")).to_have_text("live", timeout=10_000)
            await expect(page.locator("body")).not_to_have_class("old")


async def test_the_page_is_small_and_asks_nobody_else(chromium: str | None) -> None:
    async with serving(FakeView(), port=0) as address, browser_page(chromium) as (page, complaints):
        done: list[Request] = []

        def finished(request: Request) -> None:
            done.append(request)

        page.on("requestfinished", finished)
        await page.goto(f"{address}/vis", wait_until="load")
        await expect(page.locator("#state")).to_have_text("live")
        assert all(request.url.startswith(address) for request in done)
        assert len([request for request in done if re.search(r"\.(js|css)$", request.url)]) > 10
        sizes = [(await request.sizes())["responseBodySize"] for request in done]
        assert 20_000 < sum(sizes) < LIMIT
        assert complaints == []
