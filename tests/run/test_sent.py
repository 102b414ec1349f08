"""What is found is sent: changes in a row, through a running watch to doubles of Slack over HTTP, and in a backtest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from functools import cache
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from rarebird.backtest.lines import is_listed
from rarebird.backtest.replay import Replay
from rarebird.backtest.table import decision_lines
from rarebird.config.chosen import Chosen
from rarebird.config.settings import settings
from rarebird.incident.decision import Decision
from rarebird.incident.telling import Nouns
from rarebird.model.instant import SECOND
from rarebird.notify.apprise import AppriseServices
from rarebird.notify.backlog import Backlog, Entry
from rarebird.notify.contract import Notice
from rarebird.notify.outgoing import NoLedger, Outgoing
from rarebird.notify.slack import Slack
from rarebird.notify.slack_bot import SlackBot
from rarebird.notify.stdout import TextLines
from rarebird.notify.waiting import Waiting
from rarebird.notify.webhook import Webhook
from rarebird.run.decided import noted, told
from rarebird.run.running import Running
from rarebird.simulate.change import parse_all
from rarebird.simulate.world import World
from rarebird.source.live import Backoff
from rarebird.source.presets import MEETUP
from tests.effort import slow_after_first
from tests.notify.double import slack
from tests.notify.workspace import CHANNEL, TOKEN, workspace
from tests.run.test_age import read, recorded
from tests.run.test_incidents import HOUR, START
from tests.run.test_muted import BEGAN, MINUTE, OVER, muting

pytestmark = pytest.mark.anyio
CHOSEN = settings(Chosen(false_alarms="1 per week", zone="America/New_York"), ["x"], MEETUP)


class Story(NamedTuple):
    """Changes in a world, and how long it is looked at."""

    changes: tuple[str, ...]
    minutes: int
    rate: float = 1.5
    seed: int = 21
    start: int = START
    step: int = MINUTE
    """How much is read at once, µs."""


OUTAGE_THEN_CALIFORNIA = Story(("silence@90m+5m", "surge@95m+60m:CA:0"), 180, start=1_796_079_600 * SECOND)
OUTAGE_THEN_MAINE = Story(("silence@90m+5m", "surge@97m+20m:ME:60"), 130)
OUTAGES_THEN_MAINE = Story(
    ("silence@90m+5m", "silence@99m+5m", "silence@116m+5m", "surge@159m+20m:ME:60"), 200
)  # fmt: skip
THREE_OUTAGES = Story(("silence@90m+10m", "silence@150m+10m", "silence@210m+10m"), 240)
NOUNS = Nouns("RSVPs", "states")
NEW_YORK_LIFTS_THE_RATE = Story(("surge@90m+30m:NY:10",), 130, rate=8.0, seed=6, step=5 * SECOND)
"""The rate is found first, and what makes it up some seconds behind it."""
NEW_YORK_BY_THE_SECOND = NEW_YORK_LIFTS_THE_RATE._replace(step=SECOND)
"""Read so that what joins comes behind the message."""


class Sent(NamedTuple):
    """What arrived."""

    webhook: tuple[str, ...]
    messages: tuple[str, ...]
    """Of the bot, as they stand at the end."""
    replies: tuple[str, ...]


@cache
def blocks(story: Story) -> tuple[bytes, ...]:
    """The lines of the world, a step in each block."""
    world, step = World(story.rate, story.seed, story.start, parse_all(story.changes)), story.step
    ends = range(story.start, story.start + story.minutes * MINUTE, step)
    chunks = ([line for chunk in world.lines(at, at + step) for line in chunk.lines] for at in ends)
    return tuple(b"".join(line + b"\n" for line in lines) for lines in chunks)


async def sent(story: Story) -> Sent:
    """What a watch of the world sends to the doubles, at once as it is found."""
    running = Running(CHOSEN.watch(), CHOSEN, ())
    async with AsyncExitStack() as stack:
        double = await stack.enter_async_context(slack())
        office = await stack.enter_async_context(workspace())
        notifiers = (
            Slack(double.url, pause_s=0.0), SlackBot(TOKEN, CHANNEL, "rsvps", api=office.api, pause_s=0.0),
        )  # fmt: skip
        ways = [Outgoing(notifier, print, Backoff()) for notifier in notifiers]
        queues = [Waiting(way) for way in ways]
        running.attach(queues)
        for block in (*blocks(story), None):
            if block is None:
                running.finish()
            else:
                running.take(running.watch.decode(block))
            for way, queue in zip(ways, queues, strict=True):
                while queue.backlog:
                    await way.send_one(queue.backlog, NoLedger())
    texts = [message["text"] for message in office.messages]
    return Sent(tuple(double.texts), tuple(texts), tuple(each["text"] for each in office.replies))


def listed(story: Story) -> Iterator[Decision]:
    """What a backtest of the world lists as sent."""
    replay = Replay(CHOSEN)
    decided = [each for block in blocks(story) for each in replay.take(replay.watch.decode(block))]
    for each in [*decided, *replay.finish()]:
        if is_listed(each) and each.reason not in {"pending", "returned"}:
            yield each


def has(texts: Sequence[str], *words: str) -> bool:
    return any(all(word in text for word in words) for text in texts)


async def test_a_category_that_stays_away_after_an_outage_is_sent() -> None:
    arrived = await sent(OUTAGE_THEN_CALIFORNIA)
    for texts in (arrived.webhook, arrived.messages):
        assert has(texts, "California")
    assert has(arrived.webhook, "No RSVPs for")
    assert has(arrived.webhook, "No RSVPs from California for")
    over = [text for text in arrived.webhook if "It began as" in text]
    assert len(over) == 2
    assert "UTC: RSVPs come again, after 6" in over[0]


@pytest.mark.parametrize("story", [OUTAGE_THEN_MAINE, OUTAGES_THEN_MAINE])
async def test_a_surge_after_outages_is_sent(story: Story) -> None:
    arrived = await sent(story)
    for texts in (arrived.webhook, arrived.messages):
        assert has(texts, "RSVPs from Maine came")


async def test_three_outages_in_a_row_are_sent_each_and_a_bot_replies_to_its_message() -> None:
    arrived = await sent(THREE_OUTAGES)
    begun = [text for text in arrived.webhook if "o RSVPs for" in text and "It began as" not in text]
    assert len(begun) == 3
    assert "the 2nd time since 15:" not in begun[1]
    assert "the 2nd time since 13:30 UTC" in begun[1]
    assert "the 3rd time since 13:30 UTC" in begun[2]
    (message,) = arrived.messages
    assert "the 3rd time since 13:30 UTC" in message
    assert [has(arrived.replies, f"the {which} time since", "Again: no RSVPs") for which in ("2nd", "3rd")] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    "story",
    slow_after_first(OUTAGE_THEN_CALIFORNIA, OUTAGES_THEN_MAINE, THREE_OUTAGES, NEW_YORK_LIFTS_THE_RATE),
)
def test_no_line_of_a_watch_or_a_backtest_is_older_than_the_one_before(story: Story) -> None:
    replay = Replay(CHOSEN)
    decided = [each for block in blocks(story) for each in replay.take(replay.watch.decode(block))]
    decided += replay.finish()
    noted_at = [line[1] for each in decided if (line := noted(each, NOUNS)) is not None]
    assert len(noted_at) > 1
    assert noted_at == sorted(noted_at)
    heads = [decision_lines(each, NOUNS, 120)[0][4:23] for each in decided if is_listed(each)]
    assert len(heads) > 1
    assert heads == sorted(heads)


def posted(story: Story, notifier: type[Webhook | Slack | TextLines | AppriseServices]) -> Iterator[Notice]:
    """What a service gets of the incidents of a world, where it takes each notice at once."""
    replay, edits, records = Replay(CHOSEN), bool(notifier.edits), bool(notifier.records)
    decided = [each for block in blocks(story) for each in replay.take(replay.watch.decode(block))]
    for each in [*decided, *replay.finish()]:
        backlog = Backlog(edits=edits, folds=not records)
        notice = told(each, NOUNS)
        if notice is not None and backlog.put(Entry(notice)):
            yield from backlog.told(backlog.head(1))


@pytest.mark.parametrize("story", slow_after_first(OUTAGE_THEN_CALIFORNIA, THREE_OUTAGES, NEW_YORK_LIFTS_THE_RATE))
@pytest.mark.parametrize("notifier", [Webhook, Slack, TextLines, AppriseServices])
def test_a_service_is_told_once_that_an_incident_is_over(
    story: Story, notifier: type[Webhook | Slack | TextLines | AppriseServices]
) -> None:
    told = [each for each in posted(story, notifier) if each.incident is not None]
    assert told
    ends = [(each.incident.key, each.incident.ended) for each in told if each.incident and each.incident.ended]
    assert len(ends) == len(set(ends)) > 0
    texts = [(each.incident and each.incident.key, each.text) for each in told]
    assert len(texts) == len(set(texts))
    assert all(each.incident.phase == "resolved" for each in told if each.incident and each.incident.ended is not None)


async def test_what_joins_after_the_message_was_sent_is_a_line_of_its_own_and_a_reply_of_the_bot() -> None:
    arrived = await sent(NEW_YORK_BY_THE_SECOND)
    line = next(text for text in arrived.webhook if "UTC: With incident " in text)
    assert "(more RSVPs than expected): " in line
    message = next(text for text in arrived.messages if "With it: " in text)
    assert "UTC: RSVPs: back to what is expected" in message
    assert has(arrived.replies, "With it: ", " instead of ")


@pytest.mark.parametrize("story", slow_after_first(OUTAGE_THEN_CALIFORNIA, OUTAGES_THEN_MAINE, NEW_YORK_BY_THE_SECOND))
async def test_a_backtest_lists_exactly_what_a_watch_sends(story: Story) -> None:
    arrived = await sent(story)
    names = CHOSEN.watch()
    names.decode(b"".join(blocks(story)))
    nouns = Nouns.of(CHOSEN.noun, CHOSEN.noun_by, names.categories.names)
    texts = []
    for each in listed(story):
        notice = told(each, nouns)
        assert notice is not None
        texts.append(notice.addition or notice.text)
    assert [text.partition("UTC: ")[2] for text in arrived.webhook] == texts


def test_what_was_history_is_not_known_and_its_like_is_sent_when_it_comes_live() -> None:
    running, queue = muting()
    running.age.begin(OVER + 2 * HOUR, past=False)
    read(running, recorded)
    assert queue.said == []
    (past,) = running.incidents()
    assert past.muted
    at = OVER + 2 * HOUR
    again = replace(past, id=2, began=at, detected=at + MINUTE, ended=None, phase="firing", muted="", decisions=())
    (decision,) = running.found.step([again], again.detected)
    assert (decision.reason, decision.tells, decision.incident.id) == ("began", "message", 2)
    notice = told(decision, Nouns())
    assert notice is not None
    assert "gain:" not in notice.text
    assert BEGAN < past.detected < OVER
