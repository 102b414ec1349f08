"""What a service refuses for its content holds up nothing, and nothing is lost by it. Time is handed in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.notify.backlog import LAST_TRIES, TRIES, TRIES_UNKNOWN, Entry
from rarebird.notify.contract import About, ChannelClosed, Notice, Undelivered
from rarebird.notify.example import example
from rarebird.notify.outgoing import NoLedger, Outgoing
from rarebird.notify.waiting import Waiting
from tests.notify.test_outgoing import LONG_S, Long, Time, notices

pytestmark = pytest.mark.anyio
CONTENT: st.SearchStrategy[About] = st.sampled_from(["notification", "unknown"])


class Capped(Time):
    """Waits that grow to a minute."""

    def wait_s(self, attempt: int) -> float:
        return min(60.0, super().wait_s(attempt))


class Picky:
    """A notifier that refuses what `refuses` says, and takes all else."""

    name = "it"
    edits = records = False
    pause_s = 1.0

    def __init__(self, time: Time, refuses: Callable[[Notice], About | None], most: int = 3) -> None:
        self._time, self.refuses, self.most = time, refuses, most
        self.taken: list[Notice] = []
        self.tried: list[tuple[float, Sequence[Notice]]] = []

    async def send(self, group: Sequence[Notice]) -> None:
        self.tried.append((self._time.now, group))
        for notice in group:
            if (about := self.refuses(notice)) is not None:
                raise Undelivered("it answered no", about=about)
        self.taken += group


def way_to(refuses: Callable[[Notice], About | None], most: int = 3) -> tuple[Outgoing, Picky, list[str], Time]:
    time, said = Capped(), list[str]()
    notifier = Picky(time, refuses, most)
    return Outgoing(notifier, said.append, time, Long(time), clock=lambda: time.now), notifier, said, time


@given(st.integers(0, 20), st.sets(st.integers(0, 19), max_size=4), CONTENT, st.integers(1, 5))
async def test_what_is_refused_for_its_content_is_set_aside_and_all_else_arrives_in_order(
    count: int, poison: set[int], about: About, most: int
) -> None:
    outgoing, notifier, said, _ = way_to(lambda notice: about if notice.time in poison else None, most)
    backlog, every = outgoing.backlog(), notices(count)
    for notice in every:
        backlog.put(Entry(notice))
    while backlog:
        await outgoing.send_one(backlog, NoLedger())
    assert notifier.taken == [notice for notice in every if notice.time not in poison]
    refused = [notice for notice in every if notice.time in poison]
    assert backlog.set_aside == len(refused)
    assert len([line for line in said if "set aside" in line]) == len(refused)
    tries = TRIES if about == "notification" else 2 * TRIES_UNKNOWN
    for notice in refused:
        alone = [at for at, group in notifier.tried if [each.time for each in group] == [notice.time]]
        assert len(alone) <= tries + LAST_TRIES
    if refused and notifier.taken and notifier.taken[-1].time > refused[-1].time:
        assert outgoing.failing_s is None, "the service takes others, so it is the notice"


@given(st.integers(1, 9), st.integers(0, 5), CONTENT, st.floats(0, 20_000))
async def test_where_everything_is_refused_for_a_while_all_arrives_when_that_is_over_and_none_twice(
    before: int, meanwhile: int, about: About, lasts_s: float
) -> None:
    outgoing, notifier, _, time = way_to(lambda _: about if time.now < lasts_s else None)
    backlog, every = outgoing.backlog(), notices(before + meanwhile)
    for notice in every[:before]:
        backlog.put(Entry(notice))
    coming = iter(every[before:])
    while backlog or backlog.set_aside:
        await outgoing.send_one(backlog, NoLedger())
        for notice in islice(coming, 1):
            backlog.put(Entry(notice))
    assert sorted(notice.time for notice in notifier.taken) == [notice.time for notice in every]
    assert time.now < lasts_s + LONG_S + 60.0 * (TRIES_UNKNOWN + 1) * len(every)
    assert (outgoing.failing_s, outgoing.tally.detail) == (None, "")


async def test_what_was_set_aside_is_left_alone_once_it_was_refused_while_others_were_taken() -> None:
    outgoing, notifier, said, _ = way_to(lambda notice: "notification" if notice.time == 0 else None)
    queue = Waiting(outgoing)
    sending = asyncio.create_task(queue.send())
    for number in range(20):
        queue.put(notices(1, number))
        while queue.backlog:
            await asyncio.sleep(0)
    tries = [group for _, group in notifier.tried if group[0].time == 0]
    assert len([each for each in tries if len(each) == 1]) >= TRIES
    assert notifier.taken == notices(19, 1)
    assert queue.backlog.set_aside == 1
    quiet = len(notifier.tried)
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(notifier.tried) == quiet, "nothing is tried for nothing"
    assert [line for line in said if "set aside" in line] == [
        "it: a notice is set aside, so that it holds up no other: 0"
    ]
    queue.finish()
    await asyncio.wait_for(sending, 30)


async def test_what_is_told_of_an_incident_later_takes_the_place_of_what_was_refused_before() -> None:
    began = example(0)
    outgoing, notifier, _, _ = way_to(lambda notice: "notification" if notice.time == 0 else None)
    backlog = outgoing.backlog()
    backlog.put(Entry(began, "began"))
    while backlog:
        await outgoing.send_one(backlog, NoLedger())
    assert (len(backlog), backlog.set_aside) == (0, 1)
    over = Notice(9, "It is over.", incident=began.incident)
    backlog.put(Entry(over, "over"))
    assert await outgoing.send_one(backlog, NoLedger()) == ["began", "over"]
    assert (notifier.taken, backlog.set_aside) == ([over], 0)


async def test_a_fault_of_our_own_with_one_notice_ends_no_channel_and_shows_no_text_of_it() -> None:
    def fails(notice: Notice) -> About | None:
        if notice.time == 1:
            raise AttributeError("an address that nobody may see")
        return None

    outgoing, notifier, said, _ = way_to(fails, most=1)
    await outgoing.send(notices(4))
    assert notifier.taken == [notices(1)[0], *notices(2, 2)]
    assert outgoing.unsent == 1
    assert any("AttributeError, a fault of rarebird" in line for line in said)
    assert not any("nobody may see" in line for line in said)


async def test_a_channel_that_is_closed_keeps_what_waits_and_says_that_it_fails() -> None:
    outgoing, _, _, _ = way_to(lambda _: None)

    async def send(_: Sequence[Notice]) -> None:
        raise ChannelClosed("it was closed")

    outgoing._notifier.send = send  # type: ignore[method-assign, assignment]
    backlog = outgoing.backlog()
    backlog.put(Entry(notices(1)[0]))
    with pytest.raises(ChannelClosed):
        await outgoing.send_one(backlog, NoLedger())
    assert (len(backlog), outgoing.failing_s, outgoing.tally.detail) == (1, 0.0, "it was closed")


async def test_a_channel_without_a_store_that_is_closed_or_full_counts_what_it_drops_and_says_so_once() -> None:
    outgoing, *_ = way_to(lambda _: None)
    said: list[str] = []
    queue = Waiting(outgoing, most=5, say=said.append)
    queue.put(notices(9))
    queue.put(notices(9))
    assert (len(queue), queue.dropped) == (5, 13)
    assert said == ["more than 5 notices wait for it: the oldest are dropped"]
    queue.close()
    queue.put(notices(2))
    assert (len(queue), queue.dropped) == (0, 20)
