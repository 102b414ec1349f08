"""The page of an incident: everybody may read it, the holder of its link may answer, and a fetch changes nothing."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.errors import StoreError
from rarebird.model.incident import Contribution, Incident
from rarebird.model.reply import Reply
from rarebird.notify.links import Links
from rarebird.web.incident import Incidents
from rarebird.web.replying import CHOICES, UNKNOWN, Replying
from rarebird.web.serve import serving
from tests.incident.test_telling import incident
from tests.web.view_double import NOW, FakeView, S, calm

pytestmark = pytest.mark.anyio
HOST = "birds.example.org"
LINKS = Links(f"https://{HOST}/rare", b"a key of the tests", "rsvps")
MAINE = incident(
    "mix", "up", id=7, category="ME", began=NOW - 300 * S, detected=NOW - 60 * S,
    contributions=(Contribution("ME", 22.0), Contribution("NY", -3.1), Contribution(None, 0.4)),
)  # fmt: skip
TOKEN = LINKS.token(MAINE)
PATH = f"/incidents/7?token={TOKEN}"


class Site:
    """A served view whose incidents can be answered, and what was said."""

    def __init__(self, *incidents: Incident) -> None:
        self.view = FakeView(calm(incidents=incidents))
        self.said: list[Reply] = []
        self.fault: StoreError | None = None
        self.address = ""

    async def _reply(self, reply: Reply) -> None:
        if self.fault is not None:
            raise self.fault
        self.said.append(reply)

    @property
    def replying(self) -> Replying:
        return Replying(LINKS, self._reply, lambda: 5)

    async def ask(self, path: str, method: str = "GET", **options: Any) -> tuple[int, str, aiohttp.ClientResponse]:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.address + path, allow_redirects=False, **options) as answer,
        ):
            return answer.status, await answer.text(), answer

    async def say(self, path: str = "/incidents/7", **fields: str) -> tuple[int, str, aiohttp.ClientResponse]:
        return await self.ask(path, "POST", data=fields)


@contextlib.asynccontextmanager
async def site(*incidents: Incident, answers: bool = True) -> AsyncIterator[Site]:
    one = Site(*incidents)
    async with serving(one.view, port=0, replying=one.replying if answers else None) as one.address:
        yield one


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_link_that_is_fetched_in_advance_changes_nothing(method: str) -> None:
    async with site(MAINE) as one:
        for query in ("", "&do=ack", "&said=ack", "&do=mute&by=Ann"):
            status, text, answer = await one.ask(PATH + query, method)
            assert status == 200
            assert answer.headers["Cache-Control"] == "no-store"
            assert ("RSVPs from Maine came 12 times as often as expected" in text) == (method == "GET")
        assert one.said == []


async def test_one_that_is_over_says_so_and_what_it_was() -> None:
    over = incident("mix", "up", id=7, category="ME", began=NOW - 300 * S, detected=NOW - 60 * S, ended=NOW)
    async with site(over) as one:
        _, text, _ = await one.ask("/incidents/7")
        assert "back to what is expected, after 5 min." in text
        assert "It was: RSVPs from Maine came 12 times as often as expected" in text


@pytest.mark.parametrize("word", CHOICES)
async def test_what_is_posted_with_the_token_is_said_once_and_leads_back_to_the_page(word: str) -> None:
    async with site(MAINE) as one:
        status, _, answer = await one.say(token=TOKEN, do=word, by=" Ann\n")
        assert (status, answer.headers["Location"]) == (303, f"7?token={TOKEN}&said={word}")
        (said,) = one.said
        assert (said.act, said.time, said.by) == (CHOICES[word].act, 5, "Ann")
        if said.act == "mute":
            assert (said.mute, said.kind, said.category) == (CHOICES[word].mute, "mix", "ME")
        else:
            assert (said.incident, said.says) == (7, CHOICES[word].says)
        _, text, _ = await one.ask("/incidents/" + answer.headers["Location"])
        assert CHOICES[word].done in text
        assert len(one.said) == 1


async def test_a_name_may_be_left_out() -> None:
    async with site(MAINE) as one:
        await one.say(token=TOKEN, do="ack")
        assert one.said[0].by == UNKNOWN


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], TOKEN.upper(), LINKS.token(incident("rate", "up", id=7)), "ü"])
async def test_a_wrong_token_is_refused(token: str) -> None:
    async with site(MAINE) as one:
        status, text, _ = await one.say(token=token, do="ack")
        assert (status, "This link does not hold" in text) == (403, True)
        status, text, _ = await one.ask("/incidents/7", params={"token": token})
        assert (status, "Maine" in text) == (403, False)
        assert (await one.say(do="ack"))[0] == 403
        assert one.said == []


async def test_without_a_token_it_can_be_read_but_not_answered() -> None:
    async with site(MAINE) as one:
        status, text, _ = await one.ask("/incidents/7")
        assert (status, "<form" in text, "open the link that came with its message" in text) == (200, False, True)
    async with site(MAINE, answers=False) as one:
        status, text, _ = await one.ask("/incidents/7")
        assert (status, "<form" in text, "--public-url" in text) == (200, False, True)
        assert (await one.say(token=TOKEN, do="ack"))[0] == 403


@pytest.mark.parametrize("path", ["/incidents/8", "/incidents/x", "/incidents/07", "/incidents/" + "9" * 300])
async def test_what_is_none_of_the_latest_incidents_is_not_found(path: str) -> None:
    async with site(MAINE) as one:
        status, text, _ = await one.ask(path)
        assert (status, "No such incident" in text) == (404, True)
        assert (await one.say(path, token=TOKEN, do="ack"))[0] == 404


@pytest.mark.parametrize("body", [b"", b"do=ack&" * 20, b"x" * 100_000, b"\xff\xfe", b"token=" + TOKEN.encode()])
async def test_a_form_that_is_none_of_ours_says_nothing(body: bytes) -> None:
    async with site(MAINE) as one:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, _, _ = await one.ask("/incidents/7", "POST", data=body, headers=headers)
        assert status in (400, 403)
        assert one.said == []


async def test_what_the_store_does_not_take_was_not_said_and_the_page_says_so() -> None:
    async with site(MAINE) as one:
        one.fault = StoreError("the disk is full")
        status, text, _ = await one.say(token=TOKEN, do="ack")
        assert (status, "the disk is full" in text) == (503, True)


async def test_the_site_answers_under_the_name_in_its_links_and_under_no_other() -> None:
    async with site(MAINE) as one:
        for host, status in ((HOST, 200), (f"{HOST}:8443", 200), ("evil.example.org", 403)):
            assert (await one.ask(PATH, headers={"Host": host}))[0] == status


async def test_no_script_runs_there_and_forms_go_nowhere_else() -> None:
    async with site(MAINE) as one:
        for path in (PATH, "/incidents/8"):
            _, text, answer = await one.ask(path)
            policy = answer.headers["Content-Security-Policy"]
            assert "script-src" not in policy
            assert {"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "<script" not in text


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_whatever_a_name_holds_the_page_has_no_tags_but_its_own(category: str, by: str, mute: str) -> None:
    def tags(one: Incident) -> int:
        view = FakeView(calm(incidents=(one,)))
        return Incidents(view, None)._shown(one, "x", "").count("<")

    hostile = incident(
        "mix", "up", id=7, category=f"<b>{category}", acknowledged=f"'\"><i>{by}", muted=f"&<{mute}",
        contributions=(Contribution(f"<{category}>", 22.0),),
    )  # fmt: skip
    plain = incident(
        "mix", "up", id=7, category="a", acknowledged="b", muted="c", contributions=(Contribution("a", 22.0),)
    )
    assert tags(hostile) == tags(plain)
