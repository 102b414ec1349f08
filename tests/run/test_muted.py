"""What is muted is kept on record and not sent; when the mute is over, what still goes on is told once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

import pytest

from rarebird.incident.mute import Mute, Once
from rarebird.model.instant import SECOND
from rarebird.model.reply import Reply
from rarebird.model.state import pack, unpack
from rarebird.notify.contract import Notice
from rarebird.run.outages import LASTING
from rarebird.run.outbox import Outbox
from rarebird.run.running import Running
from rarebird.simulate.change import parse_all
from rarebird.simulate.world import World
from rarebird.source.contract import SourceState
from tests.run.test_incidents import HOUR, START, started
from tests.run.test_outages import Feigned

MINUTE = 60 * SECOND
BEGAN, OVER = START + 3 * HOUR, START + 3 * HOUR + 30 * MINUTE
"""When three times as much comes, and when as much as ever."""


@cache
def world() -> list[tuple[int, bytes]]:
    """Lines and their times, of a world in which a lot comes for half an hour."""
    made = World(2.0, 3, START, parse_all(["rate@3h+30m:3"]))
    lines = [line for chunk in made.lines(START, OVER + HOUR) for line in chunk.lines]
    return [(json.loads(line)["mtime"] * 1000, line) for line in lines]


class Told:
    """Takes in what is told."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def put(self, notices: Sequence[Notice]) -> None:
        self.notices += notices

    @property
    def said(self) -> list[str]:
        return [notice.key for notice in self.notices if not notice.quiet]

    @property
    def ids(self) -> list[tuple[int, str]]:
        return [(notice.time, notice.key) for notice in self.notices]


def attached(*mutes: Mute) -> tuple[Running, Told]:
    running, told = started(), Told()
    running.mutes.give(mutes)
    running.attach([told])
    return running, told


@cache
def usual() -> tuple[bytes, list[str]]:
    """The state of a watch before anything happens, and its categories."""
    running, _ = attached()
    play(running, since=START, until=BEGAN)
    return pack(running.state()), list(running.watch.categories.names)


def muting(*mutes: Mute) -> tuple[Running, Told]:
    """A watch that knows what is usual, and some mutes."""
    running, told = attached(*mutes)
    running.restore(unpack(usual()[0]), usual()[1])
    running.go_on()
    return running, told


def play(running: Running, since: int = BEGAN, until: int = OVER + HOUR) -> None:
    """A part of the world."""
    running.take(running.watch.decode(b"".join(line + b"\n" for at, line in world() if since <= at < until)))


def between(since: int, until: int, kind: str = "", category: str | None = None) -> Mute:
    return Mute(text="a while", when=Once(until, since), kind=kind, category=category)


def restarted(running: Running, *mutes: Mute) -> tuple[Running, Told]:
    """The next start, with other mutes."""
    after, told = attached(*mutes)
    after.restore(unpack(pack(running.state())), running.watch.categories.names)
    return after, told


@cache
def unmuted() -> tuple[tuple[int, str], ...]:
    running, told = muting()
    play(running)
    running.finish()
    assert told.said == ["incident 1 began", "incident 1 over"]
    return tuple(told.ids)


def test_an_incident_that_begins_and_ends_within_a_mute_is_on_record_and_not_told() -> None:
    running, told = muting(between(BEGAN, OVER + HOUR))
    play(running)
    running.finish()
    assert told.notices == []
    (found,) = running.incidents()
    assert (found.kind, found.muted) == ("rate", "a while")
    assert found.ended is not None
    assert any("Not sent: muted, a while." in note.text for note in running.notes)
    assert running.snapshot().incidents == (found,)


def test_what_still_goes_on_when_the_mute_is_over_is_told_then_once_as_it_would_have_been() -> None:
    running, told = muting(between(BEGAN, OVER - 10 * MINUTE))
    play(running, until=OVER - 11 * MINUTE)
    assert told.notices == []
    play(running, since=OVER - 11 * MINUTE, until=OVER - 5 * MINUTE)
    assert told.said == ["incident 1 began"]
    play(running, since=OVER - 5 * MINUTE)
    running.finish()
    assert tuple(told.ids) == unmuted()
    assert {notice.incident.muted for notice in told.notices if notice.incident} == {""}


def test_what_was_told_before_the_mute_gets_its_end_told_within_it() -> None:
    running, told = muting(between(OVER - 5 * MINUTE, OVER + HOUR))
    play(running)
    running.finish()
    assert tuple(told.ids) == unmuted()


@pytest.mark.parametrize(
    ("kind", "category", "is_told"), [("mix", None, True), ("rate", None, False), ("", "ME", True)]
)
def test_a_mute_of_a_kind_or_a_category_keeps_nothing_else(kind: str, category: str | None, is_told: bool) -> None:
    running, told = muting(between(BEGAN, OVER + HOUR, kind, category))
    play(running)
    running.finish()
    assert bool(told.notices) == is_told


@pytest.mark.parametrize("at", [BEGAN + 10 * MINUTE, OVER + MINUTE, OVER + 20 * MINUTE])
@pytest.mark.parametrize("before", [(), (between(BEGAN - HOUR, OVER - 5 * MINUTE),)])
@pytest.mark.parametrize("after", [(), pytest.param((between(BEGAN - HOUR, OVER + HOUR),), marks=pytest.mark.slow)])
def test_a_restart_with_other_mutes_neither_repeats_nor_loses_a_message(
    at: int, before: tuple[Mute, ...], after: tuple[Mute, ...]
) -> None:
    first, told = muting(*before)
    play(first, until=at)
    second, then = restarted(first, *after)
    second.go_on()
    play(second, since=at)
    second.finish()
    ids = [*told.ids, *then.ids]
    assert len(ids) == len(set(ids))
    said = [*told.said, *then.said]
    # Nobody knows of it, or everybody of both its beginning and its end.
    began_before = bool(told.said)
    assert said == (["incident 1 began", "incident 1 over"] if began_before or not after else [])
    if said:
        assert ids == list(unmuted())


def test_a_mute_that_is_taken_back_tells_what_still_goes_on_and_another_one_keeps_nothing_of_its_end() -> None:
    running, told = muting(between(BEGAN, OVER + HOUR))
    play(running, until=BEGAN + 10 * MINUTE)
    assert told.notices == []
    running.answer(Reply(act="unmute", time=BEGAN + 10 * MINUTE, mute="1"))
    play(running, since=BEGAN + 10 * MINUTE, until=BEGAN + 11 * MINUTE)
    assert told.said == ["incident 1 began"]
    running.answer(Reply(act="mute", time=BEGAN + 11 * MINUTE, mute="2h"))
    play(running, since=BEGAN + 11 * MINUTE)
    running.finish()
    assert tuple(told.ids) == unmuted()


def test_what_came_in_before_a_restart_is_judged_by_the_mutes_of_then() -> None:
    first, told = muting()
    second, again = restarted(first, between(BEGAN, OVER + HOUR))
    for each in (first, second):
        play(each, until=OVER - 5 * MINUTE)
    assert again.ids == told.ids != []
    assert second.go_on()
    assert second.mutes.all[0].text == "a while"


def test_an_outbox_knows_what_is_told_after_a_mute_by_the_id_that_it_would_have_had() -> None:
    ids = []
    for mutes in ((), (between(BEGAN, OVER - 10 * MINUTE),)):
        running, told = muting(*mutes)
        play(running)
        outbox = Outbox("w", ["slack"])
        outbox.put(told.notices)
        ids.append([message.id for message in outbox.take()])
    assert ids[0] == ids[1] != []


LOST, BACK = "connection feed lost", "connection feed back"


@pytest.mark.parametrize(
    ("mutes", "told"),
    [
        ((), [(LASTING, LOST), (HOUR, BACK)]),
        ((between(0, START + 2 * HOUR),), []),
        # Still lost as the mute is over: told then. What was told has its end told.
        ((between(0, START + HOUR // 2),), [(HOUR // 2, LOST), (HOUR, BACK)]),
        ((between(START + HOUR // 2, START + 2 * HOUR),), [(LASTING, LOST), (HOUR, BACK)]),
        ((between(0, START + 2 * HOUR, "silence"),), [(LASTING, LOST), (HOUR, BACK)]),
    ],
)
def test_a_lost_connection_is_muted_with_all_else(mutes: tuple[Mute, ...], told: list[tuple[int, str]]) -> None:
    running, sent = attached(*mutes)
    source = Feigned()
    running.sources = [source]  # type: ignore[list-item]
    source.state = SourceState("failing", START, "connection refused")
    found: list[tuple[int, str]] = []
    for now in range(START, START + 2 * HOUR, 10 * SECOND):
        if now == START + HOUR:
            source.state = SourceState("connected", now)
        running.look_out(now)
        found += ((now - START, notice.key) for notice in sent.notices)
        sent.notices.clear()
    assert found == told
    assert any("is lost since" in note.text for note in running.notes)
