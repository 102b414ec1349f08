"""A bot in a channel of Slack: one message an incident, whatever Slack answers and however often the bot dies."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import pytest
from msgspec.structs import replace

from rarebird.incident.telling import Nouns, telling
from rarebird.model.incident import Incident, Joined
from rarebird.model.instant import SECOND
from rarebird.notify.contract import Notice, Undelivered
from rarebird.notify.slack_bot import SlackBot
from tests.effort import slow_after_first
from tests.notify.workspace import CHANNEL, TOKEN, Workspace, key_of, workspace

pytestmark = pytest.mark.anyio
START = 1_600_000_000 * SECOND


def incident(id: int) -> Incident:
    began = START + id * 100 * SECOND
    return Incident(
        id=id, kind="mix", direction="up", family="surge", category="ME", began=began, detected=began + 60 * SECOND,
        ended=None, lasting=False, score=1.0, budget_share=0.2, chance_per_week=0.3, events=20 + id, expected=2.0,
        low=0.0, high=4.8, whole=0.0, contributions=(),
    )  # fmt: skip


def notice(of: Incident) -> Notice:
    time = of.detected if of.ended is None else of.ended
    return Notice(time, telling(of, Nouns()), f"incident {of.id}", of)


def over(of: Incident) -> Incident:
    return replace(of, ended=of.detected + 90 * SECOND)


def bot(double: Workspace, watch: str = "rsvps", api: str = "", token: str = TOKEN) -> SlackBot:
    return SlackBot(token, CHANNEL, watch, api=api or double.api, pause_s=0.0, answer_s=5)


async def test_the_message_of_an_incident_is_edited_when_it_is_over() -> None:
    async with workspace() as double:
        one = bot(double)
        await one.send([notice(incident(1))])
        await one.send([notice(incident(2))])
        await one.send([notice(over(incident(1)))])
    assert list(map(key_of, double.messages)) == ["rsvps 1 1600000160000000", "rsvps 2 1600000260000000"]
    assert "back to what is expected" in double.messages[0]["text"]
    assert "expected: 22 instead of 2" in double.messages[1]["text"]


async def test_another_process_edits_what_the_one_before_it_posted_however_far_back() -> None:
    async with workspace(pages=3) as double:
        for id in range(12):
            await bot(double).send([notice(incident(id))])
        await bot(double).send([notice(over(incident(0)))])
        await bot(double, watch="others").send([notice(incident(0))])
    assert len(double.messages) == 13
    assert "back to what is expected" in double.messages[0]["text"]


async def test_what_only_changes_a_message_is_never_one_of_its_own() -> None:
    async with workspace() as double:
        one = bot(double)
        quiet = replace(notice(over(incident(1))), quiet=True)
        await one.send([quiet])
        assert not double.messages
        await one.send([notice(incident(1))])
        await one.send([quiet])
    assert len(double.messages) == 1
    assert "back to what is expected" in double.messages[0]["text"]


async def test_a_message_that_somebody_deleted_is_posted_anew() -> None:
    async with workspace() as double:
        one = bot(double)
        await one.send([notice(incident(1))])
        double.messages.clear()
        await one.send([notice(over(incident(1)))])
        assert len(double.messages) == 1


@pytest.mark.parametrize("count", slow_after_first(50, 500))
async def test_one_message_in_its_last_state_stands_for_each_incident(count: int) -> None:
    """Slack refuses, fails, and fails though it did what was asked, at random; the bot dies at random."""
    draws = random.Random(7)
    async with workspace(faulty=0.3, seed=3) as double:
        one = bot(double)
        waiting = [notice(state(incident(id))) for id in range(count) for state in (lambda of: of, over)]
        while waiting:
            sending = asyncio.create_task(one.send(waiting[:1]))
            if draws.random() < 0.1:
                for _ in range(draws.randrange(40)):
                    await asyncio.sleep(0)
                sending.cancel()
            with suppress(asyncio.CancelledError, Undelivered):
                await sending
                if draws.random() < 0.9:
                    del waiting[0]
                    continue
                # It died before it could write down that the message was taken.
                one = bot(double)
            if sending.cancelled():
                one = bot(double)
    assert len(double.messages) == len({key_of(message) for message in double.messages}) == count
    assert all("back to what is expected" in message["text"] for message in double.messages)
    assert double.asked.count("chat.postMessage") > count


async def test_what_slack_refuses_is_told_with_what_to_do_and_without_the_token() -> None:
    async with workspace() as double:
        down = double.api
    with pytest.raises(Undelivered) as raised:
        await bot(double, api=down).send([notice(incident(1))])
    assert raised.value.about == "attempt"
    assert TOKEN not in str(raised.value)


async def test_slack_says_how_long_to_wait() -> None:
    async with workspace(faulty=1.0) as double:
        waits, told = set(), set()
        for _ in range(40):
            with pytest.raises(Undelivered) as raised:
                await bot(double).send([notice(incident(1))])
            assert raised.value.about == "attempt"
            waits.add(raised.value.after_s)
            told.add(str(raised.value).partition(" ")[0])
    assert waits == {None, 3.0}
    assert told == {"Slack"}


async def test_what_joins_an_incident_whose_message_is_gone_is_a_message_again() -> None:
    part = Joined("rate", "up", "rate up", None, START, START - 120 * SECOND, 300, 200.0)
    of = replace(incident(1), joined=(part,))
    quiet = Notice(of.detected, telling(of, Nouns()), "incident 1 joined 1", of, quiet=True, addition="Something new.")
    async with workspace() as double:
        await bot(double).send([quiet])
        await bot(double).send([quiet])
    (message,) = double.messages
    assert "With it: more events than expected (x1.5)." in message["text"]
    assert [reply["text"].partition("UTC: ")[2] for reply in double.replies] == [
        "With it: more events than expected (300 instead of 200 in 2 min)."
    ]


async def test_each_return_of_a_total_silence_is_a_reply_once() -> None:
    first = replace(incident(1), kind="silence", category=None, direction="down", events=0, opened=START)
    async with workspace() as double:
        one = bot(double)
        await one.send([notice(first)])
        for returned, is_quiet in ((1, False), (2, True), (2, True)):
            again = replace(first, detected=START + returned * 3600 * SECOND, returned=returned)
            await one.send([replace(notice(again), quiet=is_quiet)])
    (message,) = double.messages
    assert "the 3rd time since" in message["text"]
    assert [reply["text"].partition("UTC: ")[2][:6] for reply in double.replies] == ["Again:", "Again:"]
    assert ["the 2nd time" in reply["text"] for reply in double.replies] == [True, False]
