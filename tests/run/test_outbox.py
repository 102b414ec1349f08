"""What a watch has to tell goes into its store once, whatever is found again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.config.rules import rules, sightings
from rarebird.config.stores import open_store
from rarebird.config.wanted import Wanted
from rarebird.notify.contract import Notice
from rarebird.run.alerts import Alerts
from rarebird.run.keeping import Keeping
from rarebird.run.local import follow
from rarebird.run.outbox import Outbox
from rarebird.run.running import Running
from rarebird.run.steps import Pace
from rarebird.store.contract import Store
from tests.run.test_keeping import Feed, keeping, parts, stopped_after
from tests.run.test_running import SETTINGS
from tests.store.places import serving

pytestmark = pytest.mark.anyio
OFTEN = Pace(every_s=0.0, held_s=0.0, entries=10_000)
NOTICES = st.lists(st.builds(Notice, st.integers(0, 3), st.text(max_size=2), st.sampled_from("ab")), max_size=12)


@pytest.fixture(params=["sqlite", "redis"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'watch.db'}"
        return
    with serving(tmp_path) as server:
        yield server.url


def telling(again: bool, channels: list[str], wanted: str = "0.5:0.01") -> Running:
    """A watch with much to tell."""
    running = Running(SETTINGS.watch(), SETTINGS, ())
    outbox = Outbox("w", channels, wanted)
    alerts = Alerts(running.watch, rules(Wanted(watched_share=wanted, least=2)), sightings("0.4:0.5"))
    running.attach([outbox], alerts, outbox)
    running.sources = [Feed(running, parts(9), again=again)]
    return running


async def told(url: str, running: Running) -> list[str]:
    """Follows to the end; the ids that wait then, which are taken off."""
    await follow(running, Keeping(running, open_store(url, "w"), pace=OFTEN))
    store = open_store(url, "w")
    await store.open(write=False)
    ids = await all_of(store)
    await store.sent(ids)
    await store.close()
    return ids


async def all_of(store: Store) -> list[str]:
    return [
        claimed.message.id
        for channel in ("slack", "stdout")
        for claimed in await store.claim(10**15, 10_000, 10**9, channel)
    ]


@pytest.mark.parametrize("again", [True, False])
async def test_what_a_replay_finds_again_is_not_told_twice(url: str, again: bool) -> None:
    first = telling(again, ["slack", "stdout"])
    ids = await told(url, first)
    assert (first.vitals().commits > 1, first.vitals().failures) == (True, 0)
    assert len(ids) > 20
    assert len(set(ids)) == len(ids)
    assert sorted(id.removesuffix("slack") for id in ids if id.endswith(" slack")) == sorted(
        id.removesuffix("stdout") for id in ids if id.endswith(" stdout")
    )
    second = telling(True, ["slack", "stdout"])
    assert await told(url, second) == []


async def test_what_came_in_before_is_not_told_to_a_new_channel_nor_by_new_rules(url: str) -> None:
    ids = await told(url, telling(True, ["slack"]))
    both = await told(url, telling(True, ["slack", "stdout"]))
    assert len(both) < len(ids)
    assert {id.rpartition(" ")[2] for id in both} <= {"stdout", "slack"}
    other = await told(url, telling(True, ["slack", "stdout"], "0.4:0.01"))
    assert len(other) < len(ids)


@given(NOTICES)
def test_every_notice_has_an_id_of_its_own_that_is_the_same_again(notices: list[Notice]) -> None:
    def ids() -> list[str]:
        outbox = Outbox("w", ["a", "b"])
        outbox.put(notices)
        return [message.id for message in outbox.take()]

    assert len(set(ids())) == 2 * len(notices)
    assert ids() == ids()


def test_a_store_that_has_forgotten_is_told_what_is_not_sent() -> None:
    outbox = Outbox("w", ["a", "b"])
    outbox.put([Notice(1, "one", "x")])
    first, second = outbox.take()
    outbox.sent([first.id])
    outbox.put([Notice(2, "two", "x")])
    assert outbox.has_news
    again = outbox.take(anew=True)
    two = "w 00000000000000000002 x 0"
    assert [message.id for message in again] == [second.id, f"{two} a", f"{two} b"]
    assert (outbox.unsent, outbox.has_news) == (3, False)


def test_the_first_message_goes_once_to_each_channel_whatever_else_changes() -> None:
    def begun(channels: list[str], rules: str, before: Outbox | None) -> tuple[Outbox, list[str]]:
        outbox = Outbox("w", channels, rules)
        if before is not None:
            outbox.restore(before.state())
        outbox.go_on()
        outbox.greet(Notice(7, "Hello.", "first"))
        return outbox, [message.id.rpartition(" ")[2] for message in outbox.take()]

    one, told = begun(["a"], "x", None)
    assert told == ["a"]
    same, told = begun(["a"], "y", one)
    assert told == []
    more, told = begun(["a", "b"], "y", same)
    assert told == ["b"]
    fewer, told = begun(["b"], "y", more)
    assert told == []
    _, told = begun(["b", "a"], "y", fewer)
    assert told == []


@pytest.mark.parametrize("stop", ["end", "kill"])
async def test_the_first_message_comes_with_the_first_event_and_only_once(url: str, stop: str) -> None:
    def begun(feeds: list[list[str]], time: int) -> Running:
        running = telling(True, [])
        running.sources = [Feed(running, feeds, again=True)]
        outbox = Outbox("w", ["slack"])
        running.attach([outbox], running.alerts, outbox, welcome=lambda _: Notice(time, "Hello.", "first"))
        return running

    assert await told(url, begun([], 7)) == []
    assert await told(url, begun([["none of", "these", "is", "an event"]], 8)) == []
    whole = [["none of", "these", "is", "an event"], *parts(9)]
    running = begun(whole[:4], 9)
    if stop == "kill":
        await stopped_after(running, keeping(running, open_store(url, "w")), 2)
    greeting = [id for id in await told(url, running if stop == "end" else begun(whole[:4], 10)) if "first" in id]
    assert greeting == ["w 00000000000000000000 first 0 slack"]
    assert not [id for id in await told(url, begun(whole, 11)) if "first" in id]
