"""An incident as people see it in every channel, whatever the stream calls its categories."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rarebird.incident.telling import Nouns, telling
from rarebird.model.incident import Contribution, Incident, Joined
from rarebird.model.instant import SECOND
from rarebird.notify.alertmanager import Alertmanager
from rarebird.notify.apprise import AppriseServices
from rarebird.notify.contract import Notice, Notifier
from rarebird.notify.slack import Slack
from rarebird.notify.slack_blocks import blocks
from rarebird.notify.slack_bot import SlackBot
from rarebird.notify.stdout import TextLines
from rarebird.notify.webhook import Webhook
from tests.extra import MISSING
from tests.incident.test_telling import TOLD
from tests.notify.double import slack
from tests.notify.receiver import receiver
from tests.notify.workspace import CHANNEL, TOKEN, check, marked_up, workspace

pytestmark = pytest.mark.anyio
# A name holds no half of a surrogate pair: decoding refuses it.
NAMES = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    [
        "<!channel>", "<!here>", "<@U123>", "<https://a|b>", "https://evil.example", "a\nb", "\x1b[2J", "\u202eabc",
        ":x:", "*bold* _it_ ~no~ `code`", "```", "&lt;!channel&gt;", "x" * 10_000, "&" * 10_000, "",
    ]
)  # fmt: skip
LINKS = st.sampled_from(
    [
        "https://example.org/e?a=1&b=|x>", "http://evil.example|good.example/", "https://a.example/<!channel>",
        "javascript:alert(1)", "https://user:pass@a.example/", "https://a.example/" + "x" * 5_000,
    ]
)  # fmt: skip
OURS = re.compile(
    r"\*(Now|Was|Expected|Since|Until)\*\n"
    r"([\w.,()+ -]+|<!date\^-?\d+\^\{date_short_pretty\} \{time_secs\}\|[\d: -]+ UTC>)"
)
"""All that is marked up, but links."""
LINK = re.compile(r"<https?://([\w.-]+)(:\d+)?([/?#][^<>|]*)?\|([\w.-]+|Look and answer)>")


LABELS = {"alertname", "events", "kind", "direction", "family", "category"}


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apprise waits some seconds between two messages to a service."""
    if "apprise" not in MISSING:
        monkeypatch.setattr("apprise.plugins.base.NotifyBase.request_rate_per_sec", 0)


def with_names(of: Incident, names: list[str], course: tuple[int, ...], link: str) -> Incident:
    first, *rest = names
    told = tuple(Contribution(name, 9.0 - at * 7) for at, name in enumerate(rest))
    joined = (Joined("mix", "up", "surge", first, 1), Joined("rate", "up", "rate up", None, 2))
    return replace(
        of,
        category=first if of.category is not None else None,
        contributions=told,
        joined=joined,
        course=course,
        course_s=3600,
        muted=first,
        acknowledged=first,
        title=first,
        link=link,
    )


@st.composite
def notices(draw: st.DrawFn) -> Notice:
    """Of every kind, as it begins, comes back, goes back and is over."""
    of = draw(st.sampled_from([incident for incident, _ in TOLD]))
    names = draw(st.lists(NAMES, min_size=1, max_size=7))
    of = with_names(of, names, draw(st.lists(st.integers(0, 9_999), max_size=24).map(tuple)), draw(NAMES | LINKS))
    of = replace(of, phase=draw(st.sampled_from(["pending", "firing", "recovering", "resolved"])))
    if of.phase in ("recovering", "resolved"):
        of = replace(of, ended=of.detected + 60 * SECOND, lasting=draw(st.booleans()))
    of = replace(of, reopened=draw(st.integers(0, 2)))
    nouns = Nouns(draw(NAMES), draw(NAMES), {name: draw(NAMES) for name in names[:2]})
    return Notice(of.detected, telling(of, nouns), "incident 1 began", of, nouns)


def _posting(kind: str, url: str) -> Notifier:
    if kind == "webhook":
        return Webhook(url)
    if kind == "alertmanager":
        return Alertmanager(url)
    return AppriseServices([url.replace("http://", "json://")], "<!channel> *w*")


@asynccontextmanager
async def a_channel(kind: str) -> AsyncIterator[tuple[Notifier, list[dict[str, Any]]]]:
    """A notifier, and the messages that it has handed over."""
    told: list[dict[str, Any]] = []
    if kind == "stdout":

        def write(data: bytes) -> int:
            told.append({"text": data.decode()})
            return len(data)

        yield TextLines(write), told
    elif kind == "slack":
        async with slack() as incoming:
            yield Slack(incoming.url, "<!channel> *w*"), told
            told += incoming.posted
    elif kind == "bot":
        async with workspace() as double:
            yield SlackBot(TOKEN, CHANNEL, "<!channel> *w*", api=double.api, pause_s=0.0), told
            told += double.messages
    else:
        async with receiver() as posted:
            yield _posting(kind, posted.url), told
            told += [{"body": json.loads(body)} for _, _, body in posted.asked]


@pytest.mark.parametrize(
    "kind", ["stdout", "slack", "bot", "webhook", "alertmanager", pytest.param("apprise", marks=pytest.mark.extras)]
)
@given(notices())
async def test_whatever_the_stream_says_is_shown_and_gives_no_orders(kind: str, notice: Notice) -> None:
    async with a_channel(kind) as (notifier, told):
        await notifier.send([notice])
    (message,) = told
    if kind in ("slack", "bot"):
        check(message)
        for text in marked_up(message):
            assert OURS.fullmatch(text) or ((link := LINK.fullmatch(text)) and link[1] == link[4])
        assert "<" not in message["text"]
    if kind == "stdout":
        assert message["text"].count("\n") == 1
        assert message["text"].removesuffix("\n").isprintable()
    if kind == "webhook":
        assert message["body"]["text"].isprintable()
        assert len(message["body"]["text"]) <= 2_000
    if kind == "alertmanager":
        (alert,) = message["body"]
        assert alert["labels"].keys() <= LABELS
        assert all(text.isprintable() and len(text) <= 200 for text in alert["labels"].values())
        assert alert["annotations"]["summary"].isprintable()
    if kind == "apprise":
        assert message["body"]["title"].isprintable()
        assert len(message["body"]["title"]) <= 150
        assert all(line.isprintable() for line in message["body"]["message"].split("\n"))


@given(notices(), st.lists(notices(), min_size=1, max_size=3))
async def test_what_happens_to_an_incident_stands_in_its_thread_and_gives_no_orders(
    first: Notice, more: list[Notice]
) -> None:
    assert first.incident is not None
    about = {"id": 1, "detected": 5 * SECOND, "opened": 5 * SECOND}
    async with workspace() as double:
        bot = SlackBot(TOKEN, CHANNEL, "rsvps", api=double.api, pause_s=0.0)
        for notice in (first, *more, more[-1]):
            assert notice.incident is not None
            told = replace(notice.incident, **about)
            await bot.send([replace(notice, incident=told, quiet=told.phase in ("pending", "recovering"))])
    assert len(double.messages) <= 1
    for reply in double.replies:
        check(reply)
        assert not marked_up(reply)
        assert "<" not in reply["text"]
    keys = [reply["metadata"]["event_payload"]["key"] for reply in double.replies]
    assert len(keys) == len(set(keys))


@given(notices(), st.sampled_from(["https://example.org/incidents/1?token=ab", "https://a/?a|b>", "x" * 5_000]))
def test_a_link_leads_where_it_was_told_and_nowhere_else(notice: Notice, link: str) -> None:
    message = {"text": "x", "blocks": blocks(replace(notice, link=link))}
    check(message)
    others = [text for text in marked_up(message) if text.endswith("|Look and answer>")]
    assert len(others) == (len(link) < 2_000)
    for text in others:
        assert re.fullmatch(r"<[^<>|]+\|Look and answer>", text)
