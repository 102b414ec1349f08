"""The page of an incident in a browser, wide and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from rarebird.model.incident import Contribution
from tests.extras.test_page import EVIL, browser_page
from tests.incident.test_telling import incident
from tests.web.test_incident import LINKS, MAINE, PATH, site

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("theme", "width"), [("light", 1240), ("dark", 390)])
async def test_it_is_answered_on_a_phone_and_has_no_serious_faults_of_access(
    theme: Any, width: int, tmp_path: Path, chromium: str | None
) -> None:
    hostile = incident(
        "mix", "up", id=8, category=f"{EVIL}\u202egpj", acknowledged="Ann, 12:03 UTC", feedback="real",
        contributions=(Contribution("x" * 500, 22.0),),
    )  # fmt: skip
    async with site(MAINE, hostile) as one, browser_page(chromium, width) as (page, complaints):
        await page.emulate_media(color_scheme=theme)
        await page.goto(f"{one.address}/incidents/8?token={LINKS.token(hostile)}")
        await expect(page.locator("h1")).to_contain_text(EVIL)
        assert "\u202e" not in await page.content()
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await page.goto(one.address + PATH)
        await page.screenshot(path=tmp_path / f"{theme}-{width}.png", full_page=True)
        found = (await Axe().run(page)).response["violations"]
        assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
        await page.get_by_label("Your name").fill("Ann")
        await page.get_by_role("button", name="Mute for 2 h").click()
        await expect(page.get_by_role("status")).to_have_text(
            "Its like is muted for 2 h. The watch takes that in within seconds."
        )
        await page.screenshot(path=tmp_path / f"said-{theme}-{width}.png", full_page=True)
        await page.reload()
        await page.goto("about:blank")
        assert complaints == []
        assert [(said.act, said.by) for said in one.said] == [("mute", "Ann")]
