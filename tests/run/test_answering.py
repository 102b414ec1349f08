"""What people say to a running watch counts once, whatever befalls the watch, and never breaks it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.config.stores import open_store
from rarebird.errors import StoreError
from rarebird.model.instant import SECOND
from rarebird.model.reply import Act, Reply
from rarebird.model.state import pack, unpack
from rarebird.notify.contract import Notice
from rarebird.run.journal import Heard
from rarebird.run.keeping import Keeping
from rarebird.run.local import follow
from rarebird.run.looking import looking
from rarebird.run.running import Running
from rarebird.run.steps import Pace
from rarebird.store.contract import Step, Store
from tests.effort import slow_after_first
from tests.run.test_incidents import quiet_from, started
from tests.run.test_keeping import AT_ONCE, Feed
from tests.test_state import plain

pytestmark = pytest.mark.anyio
NOON = 43_380 * SECOND
ACK = Reply(act="ack", time=NOON, by="alice", incident=1)


class Told:
    """A queue that keeps what it is given."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def put(self, notices: Sequence[Notice]) -> None:
        self.notices += notices


@cache
def silent() -> tuple[bytes, tuple[str, ...]]:
    """The state of a watch that has found one incident, and its categories."""
    running = started()
    running.take(running.watch.decode(quiet_from(3)))
    return pack(running.state()), tuple(running.watch.categories.names)


def after_a_silence() -> tuple[Running, Told]:
    """A watch that has found one incident, and what it tells from there on."""
    running, told = started(), Told()
    running.restore(unpack(silent()[0]), silent()[1])
    running.attach([told])
    return running, told


async def test_who_acknowledges_an_incident_stands_in_it_and_changes_what_was_told_of_it() -> None:
    running, told = after_a_silence()
    running.answer(ACK)
    running.answer(msgspec.structs.replace(ACK, by="bob", time=NOON + 60 * SECOND))
    assert running.incidents()[0].acknowledged == "bob, 07:04"
    assert [notice.incident and notice.incident.acknowledged for notice in told.notices] == [
        "alice, 07:03",
        "bob, 07:04",
    ]
    assert all(notice.quiet for notice in told.notices)
    assert len({(notice.time, notice.key) for notice in told.notices}) == 2
    assert [note.text for note in running.notes][:2] == ["bob looks after incident 1.", "alice looks after incident 1."]


async def test_who_says_something_cannot_steer_a_terminal_or_fill_the_page() -> None:
    running, told = after_a_silence()
    running.answer(msgspec.structs.replace(ACK, by="\x1b[2J\n<!channel> " + "x" * 10_000))
    running.answer(Reply(act="mute", time=NOON, mute="\x1b[2J\r" + "y" * 10_000))
    for text in (running.incidents()[0].acknowledged, *(note.text for note in list(running.notes)[:2])):
        assert text.isprintable()
        assert len(text) <= 300
    assert len(told.notices) == 1


async def test_feedback_stands_in_its_incident_until_it_is_taken_back() -> None:
    running, _ = after_a_silence()
    said = []
    for says in ("expected", "real", "too sensitive", None):
        running.answer(Reply(act="feedback", time=NOON, incident=1, says=says))
        said.append(running.incidents()[0].feedback)
    assert said == ["expected", "real", "too sensitive", ""]


async def test_who_mutes_and_unmutes_is_noted_and_a_text_that_means_nothing_too() -> None:
    running, told = after_a_silence()
    for text in ("2h", "Tue 02:00-04:00", "whenever"):
        running.answer(Reply(act="mute", time=NOON, by="alice", mute=text, category="ME"))
    assert [(mute.text, mute.category) for mute in running.mutes.all] == [
        ("2h; category=ME", "ME"), ("Tue 02:00-04:00; category=ME", "ME"),
    ]  # fmt: skip
    for text in ("1", "Tue 02:00-04:00; category=ME", "7"):
        running.answer(Reply(act="unmute", time=NOON, mute=text))
    assert running.mutes.all == ()
    said = [note.text for note in running.notes][:6][::-1]
    assert said[0] == "alice mutes 2h; category=ME (number 1)."
    assert "expected when to be silent" in said[2]
    assert said[3] == "somebody unmutes 2h; category=ME (number 1)."
    assert said[5] == "somebody unmutes 7, which is no mute here."
    assert told.notices == []


async def test_what_people_have_said_of_an_incident_stands_until_it_is_over() -> None:
    world = quiet_from(3)
    running = started()
    at = 0
    while not running.incidents():
        end = world.index(b"\n", at + 20_000) + 1
        running.take(running.watch.decode(world[at:end]))
        at = end
    assert running.incidents()[0].ended is None
    running.answer(ACK)
    running.answer(Reply(act="feedback", time=NOON, incident=1, says="expected"))
    running.take(running.watch.decode(world[at:]))
    running.finish()
    (over,) = running.incidents()
    assert over.ended is not None
    assert (over.acknowledged, over.feedback) == ("alice, 07:03", "expected")


bodies = st.binary(max_size=20) | st.builds(
    Reply,
    act=st.sampled_from(get_args(Act)),
    time=st.integers(-(2**62), 2**62),
    by=st.text(max_size=9),
    incident=st.none() | st.integers(-1, 2),
    mute=st.sampled_from(["", "2h", "until tomorrow 9:00", "nonsense", "Tue 02:00-04:00 Nowhere"]),
    kind=st.sampled_from(["", "rate", "none such"]),
    category=st.none() | st.text(max_size=3),
    says=st.sampled_from(["expected", "too sensitive", "real", None]),
).map(msgspec.json.encode)


@given(st.lists(bodies, max_size=5))
async def test_nothing_that_is_said_breaks_a_watch_and_what_is_replayed_ends_the_same(said: list[bytes]) -> None:
    running, _ = after_a_silence()
    again, _ = after_a_silence()
    before = len(running.notes)
    for number, body in enumerate(said, 1):
        running.hear(Heard(number, body))
        again.hear(Heard(number, body))
        again.hear(Heard(number, body))
    again.restore(unpack(pack(again.state())), running.watch.categories.names)
    assert len(running.notes) == before + len(said)
    assert plain(again.state()) == plain(running.state())


def fed(again: bool, skip: int = 0) -> Running:
    """A watch on the silent world in pieces; one whose source does not send again goes on behind some of them."""
    world = quiet_from(3).splitlines(keepends=True)
    pieces = [b"".join(world[at : at + 400]) for at in range(0, len(world), 400)]
    running = started()
    running.sources = [Feed(running, pieces[skip:], again=again)]
    return running


async def told_by(store: Store) -> list[tuple[int, str, str]]:
    found = [msgspec.json.decode(body) for body in await store.incidents(9)]
    return [(each["id"], each["acknowledged"], each["feedback"]) for each in found]


@pytest.mark.parametrize("again", slow_after_first(True, False))
@pytest.mark.parametrize(
    "pace", [Pace(every_s=0, held_s=0, hear_s=0.001), Pace(every_s=0, held_s=0, entries=1, hear_s=0.001)]
)
async def test_what_was_left_in_the_store_counts_once_however_often_the_watch_breaks_off(
    tmp_path: Path, again: bool, pace: Pace
) -> None:
    url = f"sqlite:///{tmp_path / 'watch.db'}"
    somebody = open_store(url, "w")
    numbers = iter(range(100))
    read = 0
    for _ in range(4):
        running = fed(again, read)
        keeping = Keeping(running, open_store(url, "w"), pace=pace, backoff=AT_ONCE)
        feed = running.sources[0]
        following = asyncio.create_task(follow(running, keeping))
        while not following.done() and not (feed.given > 12 and len(running.notes) > 3):  # type: ignore[attr-defined]
            if keeping._committing is not None:
                await somebody.reply(
                    msgspec.json.encode(Reply(act="ack", time=NOON, by=f"{next(numbers)}", incident=7))
                )
            await asyncio.sleep(0.01)
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        read = 0 if again else read + running.watch.tally.read // 400
    left = next(numbers)
    last = fed(again, 10**6)
    await follow(last, Keeping(last, open_store(url, "w"), pace=pace))
    assert last.answers.last == left
    assert await somebody.replies(0) == []
    told = [note.text.split()[0] for note in last.notes if "none of the latest" in note.text]
    assert told == [str(number) for number in range(left - 1, left - 1 - len(told), -1)]
    await somebody.close()


async def test_what_is_left_while_no_watch_runs_is_heard_at_the_next_start_and_listed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'watch.db'}"
    first = fed(again=True)
    await follow(first, Keeping(first, open_store(url, "w"), backoff=AT_ONCE))
    somebody = open_store(url, "w")
    assert await told_by(somebody) == [(1, "", "")]
    await somebody.reply(msgspec.json.encode(ACK))
    await somebody.reply(msgspec.json.encode(Reply(act="feedback", time=NOON, incident=1, says="real")))
    await somebody.reply(b"\xff no reply")
    for _ in range(2):
        running = fed(again=True)
        await follow(running, Keeping(running, open_store(url, "w"), backoff=AT_ONCE))
        assert await told_by(somebody) == [(1, "alice, 07:03", "real")]
        assert (running.incidents()[0].acknowledged, running.answers.last) == ("alice, 07:03", 3)
        assert sum("could not be read" in note.text for note in running.notes) == 1
    looked = await looking(somebody, lambda: 0)
    assert looked.running.incidents()[0].feedback == "real"
    await somebody.close()


class Breaking:
    """A store that fails for good after some commits: the last of them made without a word, or not made at all."""

    def __init__(self, store: Store, commits: int, *, made: bool) -> None:
        self._store, self._left, self._made = store, commits, made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, step: Step) -> None:
        self._left -= 1
        if self._left >= 0 or self._made:
            await self._store.commit(step)
        if self._left < 0:
            raise StoreError("broken", permanent=True)


@pytest.mark.parametrize(
    ("made", "again"), slow_after_first((True, True), (True, False), (False, True), (False, False))
)
async def test_whichever_commit_a_watch_breaks_off_at_each_reply_counts_once_and_in_order(
    tmp_path: Path, again: bool, made: bool
) -> None:
    for commits in range(1, 7):
        url = f"sqlite:///{tmp_path / f'{commits}.db'}"
        somebody = open_store(url, "w")
        pace = Pace(every_s=0, held_s=0, entries=3, hear_s=0.0001)
        running = fed(again)
        keeping = Keeping(running, Breaking(open_store(url, "w"), commits, made=made), pace=pace)
        following = asyncio.create_task(follow(running, keeping))
        left = 0
        while not following.done():
            if keeping._committing is not None:
                left += 1
                await somebody.reply(msgspec.json.encode(Reply(act="ack", time=NOON, by=f"{left}", incident=7)))
            await asyncio.sleep(0)
        with suppress(StoreError):
            await following
        last = fed(again, 10**6)
        await follow(last, Keeping(last, open_store(url, "w"), pace=pace))
        assert last.answers.last == left > 0
        assert await somebody.replies(0) == []
        told = [note.text.split()[0] for note in last.notes if "none of the latest" in note.text]
        assert told
        assert told == [str(number) for number in range(left, left - len(told), -1)]
        await somebody.close()
