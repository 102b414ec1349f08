"""On the way to a notifier: in order, in groups, never sooner than it allows, and nothing lost. Time is handed in."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.errors import NotifyError
from rarebird.notify.backlog import Entry, groups
from rarebird.notify.contract import About, Notice, Undelivered
from rarebird.notify.example import example
from rarebird.notify.outgoing import LONGEST_S, NoLedger, Outgoing
from rarebird.notify.waiting import Waiting
from rarebird.source.live import LONG, Backoff

pytestmark = pytest.mark.anyio
LONG_S = 300.0
FAULTS = st.none() | st.builds(Undelivered, st.just("not now"), after_s=st.none() | st.floats(0, 90))


class Time:
    """A clock that moves by being waited for."""

    def __init__(self) -> None:
        self.now = 0.0

    def wait_s(self, attempt: int) -> float:
        return float(2 ** min(attempt, 20))

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        async def pass_by(seconds: float) -> None:
            self.now += seconds

        return pass_by


class Long:
    """Waits of one length, by the same clock."""

    def __init__(self, time: Time) -> None:
        self._time = time

    def wait_s(self, attempt: int) -> float:
        return LONG_S if attempt else 0.0

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        return self._time.sleep


class Given:
    """A notifier that fails as told, and then takes everything."""

    name = "it"
    edits = records = False
    most = 3
    pause_s = 1.0

    def __init__(self, time: Time, faults: Sequence[Undelivered | None] = ()) -> None:
        self._time, self._faults = time, list(faults)
        self.groups: list[list[Notice]] = []
        self.tried: list[tuple[float, Undelivered | None]] = []

    async def send(self, group: Sequence[Notice]) -> None:
        fault = self._faults.pop(0) if self._faults else None
        self.tried.append((self._time.now, fault))
        if fault is not None:
            raise fault
        self.groups.append(list(group))


def notices(count: int, start: int = 0) -> list[Notice]:
    return [Notice(at, str(at)) for at in range(start, start + count)]


def way_to(
    faults: Sequence[Undelivered | None] = (), patience_s: float = math.inf
) -> tuple[Outgoing, Given, list[str]]:
    time, said = Time(), list[str]()
    notifier = Given(time, faults)
    outgoing = Outgoing(notifier, said.append, time, Long(time), clock=lambda: time.now, patience_s=patience_s)
    return outgoing, notifier, said


@given(st.lists(st.integers(0, 8), max_size=6), st.lists(FAULTS, max_size=10))
async def test_all_is_sent_once_in_order_and_never_sooner_than_allowed(
    sizes: list[int], faults: list[Undelivered | None]
) -> None:
    outgoing, notifier, _ = way_to(faults)
    start = 0
    for size in sizes:
        await outgoing.send(notices(size, start))
        start += size
    assert [notice for group in notifier.groups for notice in group] == notices(start)
    assert all(1 <= len(group) <= notifier.most for group in notifier.groups)
    for (before, fault), (after, _) in zip(notifier.tried, notifier.tried[1:], strict=False):
        least = max(notifier.pause_s, (fault.after_s or 0.0) if fault else 0.0)
        assert after - before >= least - 1e-9


async def test_what_only_changes_a_message_goes_to_those_alone_that_can() -> None:
    told = [Notice(at, "news", quiet=at % 2 == 1) for at in range(6)]
    for edits in (False, True):
        outgoing, notifier, _ = way_to()
        notifier.edits = edits
        await outgoing.send(told)
        assert [notice for group in notifier.groups for notice in group] == (told if edits else told[::2])
        assert outgoing.unsent == 0


async def test_each_failure_is_told_and_so_is_its_end() -> None:
    outgoing, _, said = way_to([Undelivered("Slack answered 500"), None])
    await outgoing.send(notices(1))
    assert said == ["Slack answered 500; trying again in 2.0 s (attempt 1)", "it takes messages again"]


async def test_an_outage_of_a_day_is_a_dozen_lines() -> None:
    outgoing, notifier, said = way_to([Undelivered("Slack answered 404", about="channel")] * 300)
    await outgoing.send(notices(8))
    assert len(notifier.tried) == 303
    assert len(said) <= 12
    assert (said[0], said[-1]) == (
        "Slack answered 404; trying again in 300.0 s (attempt 1)",
        "it takes messages again",
    )


@given(st.sampled_from(["attempt", "channel"]), st.none() | st.floats(0, 1e300))
async def test_what_somebody_has_to_mend_is_waited_out_longer_and_sooner_where_the_service_says_so(
    about: About, after_s: float | None
) -> None:
    outgoing, notifier, _ = way_to([Undelivered("no", about=about, after_s=after_s)])
    await outgoing.send(notices(1))
    _, (second, _) = notifier.tried
    asked = min(after_s or 0.0, LONGEST_S)
    expected = (LONG_S if after_s is None else asked) if about == "channel" else max(asked, 2.0)
    assert second == pytest.approx(max(expected, notifier.pause_s))


async def test_for_how_long_all_attempts_have_failed_is_known() -> None:
    outgoing, *_ = way_to([Undelivered("down")] * 3)
    assert outgoing.failing_s is None
    backlog = outgoing.backlog()
    backlog.put(Entry(notices(1)[0]))
    known: list[float | None] = []
    while backlog:
        await outgoing.send_one(backlog, NoLedger())
        known.append(outgoing.failing_s)
    assert known == [0.0, 2.0, 6.0, None]


async def test_patience_ends() -> None:
    outgoing, notifier, _ = way_to([Undelivered("down")] * 1000, patience_s=100.0)
    with pytest.raises(NotifyError, match="down; 1 notice was not sent"):
        await outgoing.send(notices(1))
    assert notifier.tried[-1][0] <= 100.0


@given(st.lists(st.integers(0, 8), max_size=6), st.lists(FAULTS, max_size=6))
async def test_a_queue_sends_all_that_was_put_in_and_then_ends(
    sizes: list[int], faults: list[Undelivered | None]
) -> None:
    outgoing, notifier, _ = way_to(faults)
    queue, start = Waiting(outgoing), 0
    sending = asyncio.create_task(queue.send())
    for size in sizes:
        queue.put(notices(size, start))
        start += size
        await asyncio.sleep(0)
    queue.finish()
    await sending
    assert [notice for group in notifier.groups for notice in group] == notices(start)
    assert (len(queue), queue.dropped) == (0, 0)


@given(st.lists(st.integers(0, 8), min_size=1, max_size=6))
async def test_a_queue_that_is_full_drops_the_oldest_and_counts_them(sizes: list[int]) -> None:
    outgoing, notifier, _ = way_to()
    queue, start = Waiting(outgoing, most=5), 0
    for size in sizes:
        queue.put(notices(size, start))
        start += size
    assert (len(queue), queue.dropped) == (min(5, start), max(0, start - 5))
    queue.finish()
    await queue.send()
    assert [notice for group in notifier.groups for notice in group] == notices(start)[-5:]


async def test_what_is_dropped_while_it_is_sent_is_not_taken_off_twice() -> None:
    outgoing, notifier, _ = way_to()
    queue = Waiting(outgoing, most=4)
    plain = notifier.send

    async def send(group: Sequence[Notice]) -> None:
        if not notifier.tried:
            queue.put(notices(2, 4))
        await plain(group)

    notifier.send = send  # type: ignore[method-assign]
    queue.put(notices(4))
    queue.finish()
    await queue.send()
    assert [notice for group in notifier.groups for notice in group] == notices(6)
    assert queue.dropped == 2


@given(kinds=st.lists(st.sampled_from(["incident", "news", "long"]), max_size=30), most=st.integers(1, 10))
def test_groups_hold_all_in_order_as_few_as_can_be_and_one_of_an_incident_or_a_long_one_alone(
    kinds: list[str], most: int
) -> None:
    news = {"news": "news", "long": "x" * 251}
    told = [example(at) if kind == "incident" else Notice(at, news[kind]) for at, kind in enumerate(kinds)]
    alone = [notice for notice, kind in zip(told, kinds, strict=True) if kind != "news"]
    found = [list(group) for group in groups(told, most)]
    assert [notice for group in found for notice in group] == told
    assert all(1 <= len(group) <= (1 if group[0] in alone else most) for group in found)
    assert all(notice not in alone for group in found for notice in group[1:])
    for group, following in pairwise(found):
        assert len(group) == most or group[0] in alone or following[0] in alone


async def test_after_an_hour_in_which_nothing_is_taken_all_arrives_in_order_and_once_within_a_minute() -> None:
    """An hour of faults that pass, with the waits of a watch: at most a minute between two attempts."""
    time, said = Time(), list[str]()
    hour = 3600.0

    class Down(Given):
        async def send(self, group: Sequence[Notice]) -> None:
            self._faults = [Undelivered("it could not be reached")] if time.now < hour else []
            await super().send(group)

    notifier, waits = Down(time), Backoff(sleep=time.sleep, chance=lambda: 1.0)
    outgoing = Outgoing(notifier, said.append, waits, LONG, clock=lambda: time.now)
    backlog, every = outgoing.backlog(), notices(40)
    for notice in every:
        backlog.put(Entry(notice))
        await outgoing.send_one(backlog, NoLedger())
    assert (len(backlog), outgoing.failing_s) == (40, time.now)
    while backlog:
        await outgoing.send_one(backlog, NoLedger())
    assert [notice.text for group in notifier.groups for notice in group] == [notice.text for notice in every]
    attempts = [at for at, _ in notifier.tried]
    assert max(after - before for before, after in pairwise(attempts)) == waits.longest_s == 60.0
    first = next(at for at, fault in notifier.tried if fault is None)
    assert hour <= first <= hour + waits.longest_s
    assert outgoing.failing_s is None
    assert len(said) < 10
