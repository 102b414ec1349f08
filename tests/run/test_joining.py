"""Parts of a watch that several processes follow into one Redis are one watch: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rarebird.config.stores import open_parts, open_store
from rarebird.errors import StoreError
from rarebird.model.batch import Batch
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.position import Position
from rarebird.model.tally import Tally
from rarebird.run.handing import Handing
from rarebird.run.joining import Joining
from rarebird.run.keeping import Keeping
from rarebird.run.local import follow
from rarebird.run.looking import looking
from rarebird.run.running import Running
from rarebird.run.sharing import Sharing
from rarebird.source.contract import SourceState
from rarebird.store.contract import Handover, Part, Step
from rarebird.store.redis_parts import RedisParts
from tests.run.test_keeping import AT_ONCE, QUICK, Feed, a_watch, keeping, parts
from tests.run.test_running import SETTINGS, START
from tests.store.places import Server, fresh, serving

pytestmark = pytest.mark.anyio
HOLD_S = 30.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with serving(tmp_path_factory.mktemp("redis")) as server:
        yield server


async def soon() -> None:
    """Lets the others go on."""
    await asyncio.sleep(0.001)


class Fed(Feed):
    """A source that goes on for ever and gives what it is told to."""

    def __init__(self, watch: Running) -> None:
        super().__init__(watch, (), again=True)
        self.more: asyncio.Queue[list[str] | None] = asyncio.Queue()

    async def read(self, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
        number = since.lines if since else 0
        while (part := await self.more.get()) is not None:
            number += 1
            yield self._watch.watch.decode(part), Position(lines=number)


class Process:
    """What one process does that follows a part, with a clock that a test moves."""

    def __init__(self, url: str, name: str, number: int, count: int, feeds: Sequence[list[str]] | None) -> None:
        self.now = 0.0
        self.part = a_watch(feeds or [])
        if feeds is None:
            self.part.sources = [Fed(self.part)]
        self.whole: Running | None = None
        self._url, self._name, self._count = url, name, count
        self.parts = open_parts(url, name, count)
        store = open_store(url, name, part=number)
        self.sharing = Sharing(keeping(self.part, store, handing=Handing()), self.parts, self._follow_whole, soon)
        self.following = asyncio.create_task(follow(self.part, self.sharing))

    async def _follow_whole(self) -> None:
        self.whole = Running(SETTINGS.watch(), SETTINGS, ())
        joining = Joining(
            self.parts,
            self._count,
            self.whole.watch.categories,
            hold_s=HOLD_S,
            clock=lambda: self.now,
            rest=soon,
            is_over=lambda: self.sharing.is_over,
        )
        self.whole.sources = [joining]
        await follow(self.whole, keeping(self.whole, open_store(self._url, self._name)))

    def feed(self, lines: list[str] | None) -> None:
        self.part.sources[0].more.put_nowait(lines)  # type: ignore[attr-defined]

    async def die(self) -> None:
        """Ends as a process that is cut off: it gives back nothing but what Redis lets go by itself."""
        self.following.cancel()
        await asyncio.gather(self.following, return_exceptions=True)


def split(lines: Sequence[str], count: int) -> list[list[str]]:
    return [list(lines[at::count]) for at in range(count)]


async def status(url: str, name: str) -> dict[str, Any]:
    store = open_store(url, name)
    body = await store.status()
    await store.close()
    told = msgspec.json.decode(body or b"{}", type=dict[str, Any])
    told.pop("standing", None)
    return told


async def history(url: str, name: str) -> Any:
    store = open_store(url, name)
    past = await store.history(START - 10, START + 10_000, 10_000)
    names = await store.names()
    await store.close()
    return [
        (s.start, s.first, s.last, sorted((names[k], n) for k, n in zip(s.category, s.events.tolist(), strict=True)))
        for s in past.spans.each()
    ]


@pytest.mark.parametrize("count", [2, 3])
async def test_parts_together_are_what_one_watch_over_all_is(server: Server, count: int) -> None:
    whole, name = parts(40), fresh()
    one = a_watch(whole)
    await follow(one, keeping(one, open_store(server.url, f"{name} at once")))
    feeds = [[split(part, count)[number] for part in whole] for number in range(count)]
    processes = [Process(server.url, name, at + 1, count, feed) for at, feed in enumerate(feeds)]
    await asyncio.gather(*(process.following for process in processes))
    told, expected = await status(server.url, name), await status(server.url, f"{name} at once")
    assert {**told, "histogram": None} == {**expected, "histogram": None}
    assert told["histogram"] == pytest.approx(expected["histogram"])
    assert await history(server.url, name) == await history(server.url, f"{name} at once")


async def test_a_part_that_stands_still_is_waited_for_and_then_passed_by_and_what_it_brings_is_late(
    server: Server,
) -> None:
    name = fresh()
    first = Process(server.url, name, 1, 2, None)
    while first.whole is None:
        await soon()
    second = Process(server.url, name, 2, 2, None)
    whole = first.whole

    def at(start: int, count: int) -> list[str]:
        return [f'{{"t": {START + start + second}, "k": "a"}}' for second in range(count)]

    first.feed(at(0, 100))
    second.feed(at(0, 50))
    # Up to the watermark of the second: its last event less the allowed lateness.
    while whole.watch.watermark != (START + 44) * SECOND:
        await soon()
    first.now = HOLD_S
    first.feed(at(100, 10))
    while whole.watch.tally.read < 160:
        await soon()
    assert whole.watch.watermark == (START + 44) * SECOND
    first.now = HOLD_S + 0.1
    while whole.watch.watermark != (START + 104) * SECOND:
        await soon()
    assert whole.watch.tally.late == 0
    assert whole.watch.counts.total == 44 + 104
    second.feed(at(50, 10))
    # Its 10 seconds up to 54 were passed by.
    while whole.watch.tally.late < 10:
        await soon()
    assert whole.watch.watermark == (START + 104) * SECOND
    second.feed(at(60, 100))
    while whole.watch.tally.read < 270:
        await soon()
    first.feed(at(110, 40))
    while whole.watch.watermark != (START + 144) * SECOND:
        await soon()
    first.feed(None)
    second.feed(None)
    await asyncio.gather(first.following, second.following)
    told = await status(server.url, name)
    # Of 160 events of the second those from second 44 to 103 were late.
    assert (told["read"], told["kept"], told["late"]) == (310, 250, 60)
    assert sum(count for *_, cells in await history(server.url, name) for _, count in cells) == 250


async def test_when_the_process_that_decides_ends_another_one_goes_on_and_the_whole_is_the_same(
    server: Server,
) -> None:
    whole, name = parts(30), fresh()
    one = a_watch(whole)
    await follow(one, keeping(one, open_store(server.url, f"{name} at once")))
    first, second = Process(server.url, name, 1, 2, None), Process(server.url, name, 2, 2, None)
    for block in whole[:10]:
        first.feed(split(block, 2)[0])
        second.feed(split(block, 2)[1])
    while not (first.whole and first.whole.watch.tally.read >= 200) and not (
        second.whole and second.whole.watch.tally.read >= 200
    ):
        await soon()
    deciding, other = (first, second) if first.whole else (second, first)
    number = 0 if deciding is first else 1
    await deciding.die()
    for block in whole[10:]:
        other.feed(split(block, 2)[1 - number])
    while not other.whole or other.whole.watch.tally.read < 200:
        await soon()
    again = Process(server.url, name, number + 1, 2, [split(block, 2)[number] for block in whole])
    other.feed(None)
    await asyncio.gather(again.following, other.following)
    told, expected = await status(server.url, name), await status(server.url, f"{name} at once")
    assert {**told, "histogram": None} == {**expected, "histogram": None}
    assert await history(server.url, name) == await history(server.url, f"{name} at once")


async def test_the_whole_is_shown_from_the_store_and_its_parts_are_no_watches_of_their_own(server: Server) -> None:
    name = fresh()
    processes = [Process(server.url, name, at + 1, 2, [split(p, 2)[at] for p in parts(20)]) for at in range(2)]
    await asyncio.gather(*(process.following for process in processes))
    store = open_store(server.url, name)
    shown = await looking(store, lambda: 0)
    assert shown.running.watch.tally.read == 400
    assert sum((await shown.running.history(START * SECOND, (START + 500) * SECOND, None)).events) == 400
    assert [watch for watch in await store.watches() if watch.startswith(name)] == [name]
    await store.close()


async def test_only_one_holds_the_lease_until_it_gives_it_back_or_is_silent(server: Server) -> None:
    name = fresh()
    one, other = RedisParts(server.url, name, 1, lease_ms=60_000), RedisParts(server.url, name, 1, lease_ms=1)
    assert (await one.lease(), await one.lease(), await other.lease()) == (True, True, False)
    await other.release()
    assert not await other.lease()
    await one.release()
    assert await other.lease()
    while not await one.lease():
        await soon()
    joining = Joining(other, 1, SETTINGS.watch().categories, hold_s=1, clock=lambda: 0, rest=soon, is_over=lambda: True)
    with pytest.raises(StoreError, match="expected a watch in 1 part, as --part says, found one in 2"):
        await anext(joining.read(Position(parts=(5, 5))))
    with pytest.raises(StoreError, match="another process puts the parts") as refused:
        await anext(joining.read(None))
    assert refused.value.fenced
    await one.close()
    await other.close()


async def test_what_is_handed_over_again_takes_the_place_of_what_was_and_what_is_taken_is_dropped(
    server: Server,
) -> None:
    name = fresh()
    store, whole, meeting = (
        open_store(server.url, name, part=1),
        open_store(server.url, name),
        RedisParts(server.url, name, 2),
    )
    assert (await store.open(write=True)).standing is None
    for since, until, body in ((UNKNOWN, 5, b"a"), (5, 7, b"b"), (7, 9, b""), (5, 9, b"c"), (9, 12, b"d")):
        await store.commit(Step(handover=Handover(since, until, body, b"at %d" % until), names=(f"n{until}",)))
    assert (await store.open(write=False)).standing == b"at 12"
    nothing = Part((), ())
    assert await meeting.read([UNKNOWN, UNKNOWN], None, [0, 0]) == [
        Part((b"a", b"c", b"d"), ("n5", "n7", "n9", "n9", "n12")),
        nothing,
    ]
    assert [part.ticks for part in await meeting.read([5, 5], 9, [5, 0])] == [(b"c", b"d"), ()]
    assert [part.ticks for part in await meeting.read([UNKNOWN, 5], 4, [5, 0])] == [(b"a",), ()]
    await whole.open(write=True)
    await whole.commit(Step(positions={"parts": Position(parts=(9, UNKNOWN))}))
    assert await meeting.read([UNKNOWN, 0], None, [4, 0]) == [Part((b"d",), ("n12",)), nothing]
    assert await meeting.standings() == [b"at 12", None]
    for each in (store, whole, meeting):
        await each.close()


async def test_a_part_in_a_file_is_refused(tmp_path: Path) -> None:
    running = a_watch(parts(2))
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}", "w")
    with pytest.raises(StoreError, match="parts of a watch meet in Redis"):
        await follow(running, Keeping(running, store, pace=QUICK, backoff=AT_ONCE, handing=Handing()))


def test_the_state_of_a_source_of_parts_is_that_of_one_that_is_there() -> None:
    meeting = RedisParts("redis://127.0.0.1:1", "w", 1)
    joining = Joining(
        meeting, 1, SETTINGS.watch().categories, hold_s=1, clock=lambda: 0, rest=soon, is_over=lambda: True
    )
    assert joining.state == SourceState("connected", 0)
    joining.settle(5)


async def test_a_gap_of_a_part_is_one_of_the_whole(server: Server) -> None:
    name = fresh()
    store, meeting = open_store(server.url, name, part=1), RedisParts(server.url, name, 1)
    await store.open(write=True)
    handing = Handing()
    await store.commit(Step(handover=handing.step(Tally(), 7 * SECOND)))
    joining = Joining(
        meeting, 1, SETTINGS.watch().categories, hold_s=1, clock=lambda: 0, rest=soon, is_over=lambda: False
    )
    batch, _ = await anext(joining.read(None))
    assert batch.handed is not None
    assert batch.handed.missed == 7 * SECOND
    await store.close()
    await meeting.close()
