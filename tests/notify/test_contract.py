"""The contract of notifiers: one set of laws over every member."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.notify.alertmanager import Alertmanager
from rarebird.notify.contract import Notice, Notifier
from rarebird.notify.slack import Slack
from rarebird.notify.stdout import TextLines
from rarebird.notify.webhook import Webhook
from tests.notify.double import slack
from tests.notify.receiver import receiver

pytestmark = pytest.mark.anyio
TEXTS = st.text(st.characters(), max_size=400) | st.sampled_from(
    ["<!channel>", "<https://a|b>", "a\nb", "\x1b[2J", "\u202eabc", "&lt;", "x" * 10_000, "&" * 10_000, "`*_~"]
)
GROUPS = st.lists(st.builds(Notice, st.integers(0, 2_000_000_000_000_000), TEXTS), min_size=1, max_size=10)


@asynccontextmanager
async def a_notifier(kind: str) -> AsyncIterator[tuple[Notifier, list[str]]]:
    """A notifier, and the lines that it has handed over."""
    lines: list[str] = []
    if kind == "stdout":

        def write(data: bytes) -> int:
            lines.extend(data.decode().splitlines())
            return len(data)

        yield TextLines(write), lines
        return
    if kind == "slack":
        async with slack() as double:
            yield Slack(double.url), lines
            lines += double.texts
        return
    async with receiver() as posted:
        yield Webhook(posted.url) if kind == "webhook" else Alertmanager(posted.url), lines
        bodies = [json.loads(body) for _, _, body in posted.asked]
    if kind == "webhook":
        lines += [f"{body['time']} {body['text']}" for body in bodies]
    else:
        lines += [f"{alert['startsAt']} {alert['annotations']['summary']}" for body in bodies for alert in body]


@pytest.mark.parametrize("kind", ["stdout", "slack", "webhook", "alertmanager"])
@given(GROUPS)
async def test_every_notice_is_one_line_with_its_time_whatever_it_holds(kind: str, group: list[Notice]) -> None:
    async with a_notifier(kind) as (notifier, lines):
        for at in range(0, len(group), notifier.most):
            await notifier.send(group[at : at + notifier.most])
    assert len(lines) == len(group)
    assert len(group) <= notifier.most or kind == "webhook"
    assert all(sign.isprintable() for line in lines for sign in line)


@given(GROUPS)
async def test_slack_gets_no_orders_and_stays_within_its_limits(group: list[Notice]) -> None:
    async with slack() as double:
        await Slack(double.url).send(group)
    (body,) = double.posted
    assert "<" not in body["text"]
    assert ">" not in body["text"]
    assert body["text"].replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").count("&") == 0
    (block,) = body["blocks"]
    assert block["text"]["type"] == "plain_text"
    assert len(block["text"]["text"]) <= 3_000
    assert (body.get("unfurl_links"), body.get("unfurl_media")) == (False, False)


async def test_a_short_notice_reads_as_it_was_written() -> None:
    notice = Notice(1_489_925_470_960_000, "A & B")
    shown: dict[str, Any] = {}
    for kind in ("stdout", "slack", "webhook", "alertmanager"):
        async with a_notifier(kind) as (notifier, lines):
            await notifier.send([notice])
        shown[kind] = lines
    posted = ["2017-03-19T12:11:10.960000Z A & B"]
    terminal, channel = ["2017-03-19T12:11:10Z  A & B"], ["12:11:10 UTC: A &amp; B"]
    assert shown == {"stdout": terminal, "slack": channel, "webhook": posted, "alertmanager": posted}
