"""Sending from a store while the clock on the wall jumps: nothing is repeated, nothing is stuck, nothing forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.config.stores import open_store
from rarebird.model.instant import SECOND
from rarebird.notify.backlog import TRIES
from rarebird.notify.contract import REPEAT, Notice, Undelivered
from rarebird.notify.outgoing import LONGEST_S, Outgoing
from rarebird.run.channels import Channel, Channels
from rarebird.run.outbox import Outbox
from rarebird.run.sending import Sending
from rarebird.source.live import Backoff
from rarebird.store.contract import Message, Step, Store
from rarebird.supervise import Supervisor
from tests.notify.test_outgoing import Given, Time, notices

pytestmark = pytest.mark.anyio
NOW = 1_800_000_000 * SECOND
DAY = 86_400 * SECOND
JUMPS = st.sampled_from([0, SECOND, -SECOND, 3 * 3600 * SECOND, -3 * 3600 * SECOND, 400 * DAY, -400 * DAY])


class Run:
    """A process that sends from a store, with a wall clock of its own; waits pass at once."""

    def __init__(self, store: Store, faults: Sequence[Undelivered | None] = ()) -> None:
        self.now, self.store, self.time = NOW, store, Time()
        self.notifier = Given(self.time, faults)
        self.outbox = Outbox("w", ["it"], clock=self.clock)
        way = Outgoing(self.notifier, lambda _: None, self.time, clock=lambda: self.time.now)
        self.sending = Sending(self.outbox, {"it": way}, lambda _: None, self._fail, self.clock)
        (self.delivery,) = self.sending.deliveries
        self.channels = Channels([Channel("it", way, self.delivery.backlog)], self.clock, self.outbox.waiting)

    @property
    def clock(self) -> Callable[[], int]:
        return lambda: self.now

    def _fail(self, error: Exception) -> None:
        raise AssertionError(error)

    async def tell(self, told: Sequence[Notice]) -> None:
        self.outbox.put(told)
        await self.store.commit(Step(outbox=self.outbox.take()))
        self.sending.committed()

    @property
    def sent(self) -> list[Notice]:
        return [notice for group in self.notifier.groups for notice in group]


@given(st.lists(st.tuples(st.integers(0, 4), JUMPS), max_size=8), st.integers(0, 2))
async def test_all_is_sent_once_and_in_order_while_the_clock_jumps(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int]], faults: int
) -> None:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('clock') / 'w.db'}", "w")
    await store.open(write=True)
    run, at = Run(store, [Undelivered("busy", after_s=5.0)] * faults), 0
    run.sending.begin(store, Supervisor())
    for count, jump in steps:
        await run.tell(notices(count, at))
        at += count
        run.now += jump
        assert all(each.oldest_s is None or each.oldest_s >= 0 for each in run.channels.readings())
    await run.sending.end(finished=True)
    assert [notice.text for notice in run.sent] == [notice.text for notice in notices(at)]
    assert run.outbox.unsent == 0
    assert [(each.waiting, each.oldest_s) for each in run.channels.readings()] == [(0, None)]
    await store.close()


async def test_what_is_found_again_after_a_jump_while_it_is_sent_is_not_sent_again(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}", "w")
    await store.open(write=True)
    run, gate = Run(store), asyncio.Event()
    plain = run.notifier.send

    async def send(group: Sequence[Notice]) -> None:
        await gate.wait()
        await plain(group)

    run.notifier.send = send  # type: ignore[method-assign]
    run.sending.begin(store, Supervisor())
    await run.tell(notices(2))
    while not run.delivery.backlog:
        await asyncio.sleep(0)
    run.now += 400 * DAY
    await run.tell(notices(2, 2))
    gate.set()
    await run.sending.end(finished=True)
    assert [notice.text for notice in run.sent] == ["0", "1", "2", "3"]
    await store.close()


@pytest.mark.parametrize(
    ("jump", "waits"), [(0, 40.0), (20 * SECOND, 20.0), (DAY, 0.0), (-20 * SECOND, 60.0), (-400 * DAY, LONGEST_S)]
)
async def test_a_wait_outlasts_a_restart_and_no_clock_makes_it_longer_than_a_day(
    tmp_path: Path, jump: int, waits: float
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}", "w")
    await store.open(write=True)
    one = Run(store, [Undelivered("busy", after_s=40.0)])
    died = asyncio.Event()

    class Dies(Time):
        @property
        def sleep(self) -> Callable[[float], asyncio.Future[None]]:
            died.set()
            return lambda _: asyncio.get_running_loop().create_future()

    one.delivery.way._waits = Dies()
    one.sending.begin(store, Supervisor())
    await one.tell(notices(2))
    await asyncio.wait_for(died.wait(), 10)
    for task in one.sending._tasks:
        task.cancel()
    await store.open(write=True)
    two = Run(store)
    two.now += jump
    two.sending.begin(store, Supervisor())
    await two.sending.end(finished=True)
    assert [at for at, _ in two.notifier.tried] == [pytest.approx(waits, abs=0.01)]
    assert [notice.text for notice in two.sent] == ["0", "1"], "it was surely refused, so it is no repeat"
    await store.close()


async def test_what_a_replay_finds_again_and_is_sent_already_does_not_wait(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}", "w")
    await store.open(write=True)
    one = Run(store)
    one.sending.begin(store, Supervisor())
    await one.tell(notices(3))
    await one.sending.end(finished=True)
    await store.open(write=True)
    two = Run(store)
    two.outbox.put(notices(3))
    two.sending.begin(store, Supervisor())
    assert [each.waiting for each in two.channels.readings()] == [3]
    await two.tell(notices(2, 3))
    await two.sending.end(finished=True)
    assert [notice.text for notice in two.sent] == ["3", "4"]
    assert (two.outbox.unsent, [each.waiting for each in two.channels.readings()]) == (0, [0])
    await store.close()


async def test_a_dead_channel_that_is_full_holds_up_no_other_and_loses_nothing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}", "w")
    await store.open(write=True)
    time, dead = Time(), True
    outbox = Outbox("w", ["dead", "live"])
    gone, live = Given(time), Given(time)
    take, back = gone.send, asyncio.Event()

    async def send(group: Sequence[Notice]) -> None:
        if dead:
            await back.wait()
        await take(group)

    gone.send = send  # type: ignore[method-assign]
    ways = {
        name: Outgoing(each, lambda _: None, time, clock=lambda: time.now)
        for name, each in (("dead", gone), ("live", live))
    }
    sending = Sending(outbox, ways, lambda _: None, lambda _: None, lambda: NOW, most=2_000)
    sending.begin(store, Supervisor())
    every = notices(5_000)
    outbox.put(every)
    await store.commit(Step(outbox=outbox.take()))
    sending.committed()
    while len(live.groups) * live.most < len(every):
        await asyncio.sleep(0)
    first, second = sending.deliveries
    assert len(first.in_hand) <= 3_000, "room is bounded"
    assert not gone.groups
    dead = False
    back.set()
    await sending.end(finished=True)
    for each in (gone, live):
        assert [notice.time for group in each.groups for notice in group] == [notice.time for notice in every]
    assert (outbox.unsent, len(second.in_hand)) == (0, 0)
    await store.close()


async def test_what_is_refused_is_kept_with_why_over_a_restart_and_tried_again_then(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}", "w")
    await store.open(write=True)
    refused = Undelivered("it answered 400", about="notification")
    one = Run(store, [refused] * TRIES)
    one.notifier.most = 1
    one.sending.begin(store, Supervisor())
    await one.tell(notices(1))
    await one.tell(notices(2, 1))
    while one.delivery.backlog.set_aside == 0:
        await asyncio.sleep(0)
    (aside,) = [each for each in await store.waiting() if each.aside]
    assert (aside.channel, aside.aside) == ("it", "it answered 400")
    for task in one.sending._tasks:
        task.cancel()
    await asyncio.gather(*one.sending._tasks, return_exceptions=True)
    await store.open(write=True)
    two = Run(store)
    two.sending.begin(store, Supervisor())
    while await store.waiting():
        await asyncio.sleep(0)
    await two.sending.end(finished=True)
    told = {notice.text.removeprefix(REPEAT) for run in (one, two) for notice in run.sent}
    assert told == {"0", "1", "2"}
    await store.close()


async def test_what_this_version_cannot_read_is_kept_and_holds_up_nothing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}", "w")
    await store.open(write=True)
    run = Run(store)
    await store.commit(Step(outbox=(Message("strange it", "it", b"{]", 0),)))
    run.sending.begin(store, Supervisor())
    await run.tell(notices(1))
    await run.sending.end(finished=True)
    assert [notice.text for notice in run.sent] == ["0"]
    (reading,) = run.channels.readings()
    assert (reading.set_aside, reading.failing_s) == (1, None)
    (aside,) = [each for each in await store.waiting() if each.aside]
    assert aside.body == b"{]"
    assert "cannot be read by this version" in aside.aside
    await store.close()


class Broken:
    """A store that does what it is asked, and then raises what nobody has thought of, once for each method named."""

    def __init__(self, store: Store, *methods: str) -> None:
        self._store, self._left = store, list(methods)

    def __getattr__(self, name: str) -> Any:
        whole = getattr(self._store, name)

        async def broken(*args: Any) -> Any:
            found = await whole(*args)
            if name in self._left:
                self._left.remove(name)
                raise KeyError(name)
            return found

        return broken


@pytest.mark.parametrize("method", ["claim", "sent", "note"])
async def test_what_is_on_its_way_as_a_task_ends_by_an_exception_is_sent_once_and_not_after_the_lease(
    tmp_path: Path, method: str
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}", "w")
    await store.open(write=True)
    run, said, time = Run(store), list[str](), Time()
    await run.tell(notices(3))
    waits = Backoff(sleep=time.sleep)
    run.sending.begin(Broken(store, method), Supervisor(said.append, waits=waits))
    while not said:
        await asyncio.sleep(0)
    await run.tell(notices(2, 3))
    await run.sending.end(finished=True)
    assert [notice.text.removeprefix(REPEAT) for notice in run.sent] == [notice.text for notice in notices(5)]
    assert (run.outbox.unsent, [each.waiting for each in run.channels.readings()]) == (0, [0])
    assert ["ended by KeyError" in line for line in said] == [True]
    assert await store.claim(NOW + DAY, 10, DAY, "it") == []
    await store.close()
