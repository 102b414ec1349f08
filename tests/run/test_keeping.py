"""What a watch with a store behind it owes its user: nothing lost, nothing doubled, nothing hidden, memory bounded."""

from __future__ import annotations

import asyncio
import resource
import shlex
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw
import pytest
from msgspec.structs import replace
from redis import Redis

from rarebird.config.stores import open_store
from rarebird.errors import InputError, StoreError
from rarebird.model.batch import Batch, empty
from rarebird.model.instant import SECOND
from rarebird.model.position import Position
from rarebird.run.keeping import Keeping
from rarebird.run.local import follow
from rarebird.run.running import Running
from rarebird.run.steps import Pace
from rarebird.source.contract import SourceState
from rarebird.source.live import Backoff
from rarebird.store.contract import Saved, Step, Store
from rarebird.store.redis import RedisStore
from rarebird.store.sqlite import SqliteStore
from tests.run.test_running import SETTINGS, START, lines
from tests.store.places import Server, serving
from tests.test_state import plain

pytestmark = pytest.mark.anyio
QUICK = Pace(every_s=0.0, held_s=0.0, entries=5, last_s=30)
HASTY = replace(QUICK, last_s=0.1)
AT_ONCE = Backoff(first_s=0.001, longest_s=0.01)


class Feed:
    """A source that gives batches of lines, from a position on where it can, and waits for `going`."""

    live = True

    def __init__(self, watch: Running, parts: Sequence[list[str] | bytes], *, again: bool, name: str = "feed") -> None:
        self.name, self.again, self.parts, self._watch = name, again, parts, watch
        self.state = SourceState("connected", 0)
        self.given = 0
        self.stops_at: int | None = None
        self.going = asyncio.Event()
        self.going.set()

    async def read(self, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
        at = since.lines if since and self.again else 0
        for number, part in enumerate(self.parts[at:], at + 1):
            if self.given == self.stops_at:
                self.going.clear()
            await self.going.wait()
            await asyncio.sleep(0)
            self.given += 1
            yield self._watch.watch.decode(part), Position(lines=number)

    def settle(self, watermark: int) -> None:
        pass


class Failing:
    """A store whose commits fail as often as is said, with an error that is said."""

    def __init__(self, store: Store, fault: StoreError, times: int, *, after: int = 1) -> None:
        self._store, self._fault, self.left, self.after = store, fault, times, after
        self.commits: list[Step] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, step: Step) -> None:
        self.commits.append(step)
        if len(self.commits) > self.after and self.left:
            self.left -= 1
            raise self._fault
        await self._store.commit(step)


def parts(count: int, size: int = 20, start: int = START) -> list[list[str]]:
    return [lines(size, start + size * at) for at in range(count)]


def a_watch(feeds: Sequence[list[str]], *, again: bool = True) -> Running:
    running = Running(SETTINGS.watch(), SETTINGS, ())
    running.sources = [Feed(running, feeds, again=again)]
    return running


def keeping(running: Running, store: Store, **options: Any) -> Keeping:
    return Keeping(running, store, **{"pace": QUICK, "backoff": AT_ONCE, **options})


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'watch.db'}"


async def held(url: str) -> Saved:
    store = open_store(url, SETTINGS.name)
    saved = await store.open(write=False)
    await store.close()
    return saved


async def stopped_after(running: Running, intake: Keeping, batches: int) -> None:
    """Follows until so many batches were given, and at most one more, then ends as Ctrl-C does."""
    running.sources[0].stops_at = batches + 1  # type: ignore[attr-defined]
    following = asyncio.create_task(follow(running, intake))
    while running.sources[0].given < batches:  # type: ignore[attr-defined]
        await asyncio.sleep(0.001)
        if following.done():
            break
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


@pytest.mark.parametrize("again", [True, False])
async def test_after_a_stop_the_next_start_goes_on_and_ends_as_one_that_never_stopped(url: str, again: bool) -> None:
    whole = parts(40)
    straight = a_watch(whole)
    await follow(straight)
    first = a_watch(whole, again=again)
    await stopped_after(first, keeping(first, open_store(url, "w")), 17)
    read = first.watch.tally.read
    assert 0 < read < 800
    second = a_watch(whole if again else whole[read // 20 :], again=again)
    await follow(second, keeping(second, open_store(url, "w")))
    assert second.watch.summary() == straight.watch.summary()
    assert plain(second.watch.state()) == plain(straight.watch.state())
    assert (second.moments(), second.snapshot().surprises) == (straight.moments(), straight.snapshot().surprises)


async def test_a_file_that_has_grown_since_its_end_goes_on_as_if_it_had_never_ended(url: str) -> None:
    straight = a_watch(parts(7))
    await follow(straight)
    running = straight
    for grown in (3, 3, 7):
        running = a_watch(parts(grown))
        await follow(running, keeping(running, open_store(url, "w")))
        assert running.watch.tally.read == 20 * grown
        assert running.finished
    assert running.watch.summary() == straight.watch.summary()
    store = open_store(url, "w")
    assert (await store.history(0, 2**40, 10**6)).spans.events.sum() == 140
    await store.close()


async def test_a_store_that_forgets_at_the_very_end_is_given_the_state_before_it_and_each_span_once(url: str) -> None:
    running = a_watch(parts(5))
    store = Failing(open_store(url, "w"), StoreError("it has forgotten", lost=True), 0)
    intake = keeping(running, store)
    finish = running.finish

    def finishing() -> Any:
        store.left, store.after = 3, len(store.commits)
        return finish()

    running.finish = finishing  # type: ignore[method-assign]
    await follow(running, intake)
    assert store.left == 0
    straight = a_watch(parts(9))
    await follow(straight)
    again = a_watch(parts(9))
    await follow(again, keeping(again, open_store(url, "w")))
    assert plain(again.watch.state()) == plain(straight.watch.state())
    again.archive = archive = open_store(url, "w")
    assert (await again.history(None, None, None)).events == [1] * 180
    await archive.close()


async def test_fresh_forgets_what_is_held(url: str) -> None:
    given = []
    for fresh in (False, False, True):
        running = a_watch(parts(3))
        await follow(running, keeping(running, open_store(url, "w"), fresh=fresh))
        assert running.watch.tally.read == 60
        given.append(running.sources[0].given)  # type: ignore[attr-defined]
    assert given == [3, 0, 3]


async def test_a_state_with_other_settings_is_refused_and_forgotten_with_fresh(url: str) -> None:
    running = a_watch(parts(3))
    await follow(running, keeping(running, open_store(url, "w")))
    other = replace(SETTINGS, lateness="1m")
    changed = Running(other.watch(), other, ())
    changed.sources = [Feed(changed, parts(3), again=True)]
    with pytest.raises(StoreError, match=r"--lateness 1m, found one with 5s.*--fresh"):
        await follow(changed, keeping(changed, open_store(url, "w")))
    await follow(changed, keeping(changed, open_store(url, "w"), fresh=True))
    assert changed.watch.tally.read == 60


async def test_bytes_that_are_no_state_are_refused_in_clear_words(url: str) -> None:
    store = open_store(url, "w")
    await store.open(write=True)
    await store.commit(Step(checkpoint=b"nonsense"))
    await store.close()
    running = a_watch(parts(1))
    with pytest.raises(StoreError, match=r"cannot be read.*--fresh"):
        await follow(running, keeping(running, open_store(url, "w")))


async def test_what_cannot_be_read_again_is_counted_only_once_it_is_durable(url: str) -> None:
    running = a_watch(parts(5), again=False)
    store = Failing(open_store(url, "w"), StoreError("locked"), 10**9)
    await stopped_after(running, keeping(running, store, pace=HASTY), 5)
    assert running.watch.tally.read == 0
    assert (await held(url)).journal == ()
    again = a_watch(parts(5), again=True)
    store = Failing(open_store(url, "w"), StoreError("locked"), 10**9)
    await stopped_after(again, keeping(again, store, pace=HASTY), 5)
    assert again.watch.tally.read == 100


@pytest.mark.parametrize("again", [True, False])
async def test_a_store_that_fails_for_a_while_is_told_and_costs_nothing(url: str, again: bool) -> None:
    running = a_watch(parts(30), again=again)
    store = Failing(open_store(url, "w"), StoreError("the disk is full"), 3)
    told = []
    following = asyncio.create_task(follow(running, keeping(running, store)))
    version = -1
    while not following.done():
        shown = await running.changed(version)
        version = shown.version
        told.append(shown.store)
        await asyncio.sleep(0)
        if shown.finished:
            break
    await following
    assert {reading.kind for reading in told if reading} == {"keeping", "failing"}
    assert any(reading and "the disk is full; trying again in" in reading.detail for reading in told)
    assert store.commits[1] is store.commits[2] is store.commits[3] is store.commits[4]
    straight = a_watch(parts(30))
    await follow(straight)
    assert running.watch.summary() == straight.watch.summary()
    assert running.snapshot().store.kind == "keeping"  # type: ignore[union-attr]


@pytest.mark.parametrize("again", [True, False])
async def test_while_the_store_fails_no_more_is_read_than_there_is_room(url: str, again: bool) -> None:
    rows = 1 << 14
    many = [SETTINGS.watch().columns(_times(rows, at), ["a"] * rows) for at in range(60)]
    running = a_watch([], again=again)
    running.watch.decode([b'{"t": 1700000000, "k": "a"}'])
    feed = Columns(running, many, again=again)
    running.sources = [feed]
    store = Failing(open_store(url, "w"), StoreError("locked"), 10**9)
    narrow = replace(QUICK, room=4 << 20)
    following = asyncio.create_task(follow(running, keeping(running, store, pace=narrow)))
    while store.left > 10**9 - 50:
        await asyncio.sleep(0.001)
    assert feed.given * rows * 20 <= 2 * narrow.room
    store.left = 0
    await following
    assert running.watch.tally.read == 60 * rows


def _times(rows: int, at: int) -> Any:
    import numpy as np

    return np.arange(rows, dtype=np.int64) * 1000 + (START + at * rows // 1000) * SECOND


class Columns(Feed):
    """A source that gives batches as they are."""

    def __init__(self, running: Running, batches: Sequence[Batch], *, again: bool) -> None:
        super().__init__(running, [], again=again)
        self.batches = batches

    async def read(self, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
        for number, batch in enumerate(self.batches, 1):
            await asyncio.sleep(0)
            self.given += 1
            yield batch, Position(lines=number)


@pytest.mark.parametrize("again", [True, False])
async def test_a_watch_that_another_process_took_ends_and_says_so(url: str, again: bool) -> None:
    running = a_watch(parts(500), again=again)
    feed: Any = running.sources[0]
    following = asyncio.create_task(follow(running, keeping(running, open_store(url, "w"))))
    while feed.given < 20:
        await asyncio.sleep(0)
    # Or the input may have ended before the other one takes the watch.
    feed.going.clear()
    while running.watch.tally.read < 200:
        await asyncio.sleep(0.001)
    other = open_store(url, "w")
    await other.open(write=True)
    feed.going.set()
    with pytest.raises(StoreError, match="another process has taken this watch"):
        await following
    await other.close()


@pytest.mark.parametrize("again", [True, False])
async def test_a_file_that_is_deleted_in_the_middle_is_written_anew_with_all_that_is_known(
    url: str, tmp_path: Path, again: bool
) -> None:
    running = a_watch(parts(60), again=again)
    feed: Any = running.sources[0]
    following = asyncio.create_task(follow(running, keeping(running, open_store(url, "w"))))
    while feed.given < 20:
        await asyncio.sleep(0.001)
    for file in tmp_path.glob("watch.db*"):
        file.unlink()
    await following
    assert any("deleted or replaced" in note.text for note in running.notes)
    second = a_watch(parts(60), again=True)
    await follow(second, keeping(second, open_store(url, "w")))
    assert second.watch.summary() == running.watch.summary()
    assert second.watch.tally.read == 1200
    assert second.sources[0].given == 0  # type: ignore[attr-defined]


@pytest.fixture
def server(tmp_path: Path) -> Any:
    with serving(tmp_path) as server:
        yield server


async def test_a_redis_that_is_paused_and_restarted_in_the_middle_costs_nothing(server: Server) -> None:
    running = a_watch(parts(300))
    feed: Any = running.sources[0]
    following = asyncio.create_task(follow(running, keeping(running, RedisStore(server.url, "w", answer_s=0.2))))
    for number, act in enumerate((server.pause, server.kill), 1):
        while feed.given < 100 * number:
            await asyncio.sleep(0.001)
        feed.going.clear()
        act()
        feed.going.set()
        shown = running.snapshot()
        while shown.store is None or shown.store.kind != "failing":
            shown = await running.changed(shown.version)
        server.go_on() if act == server.pause else server.again()
    await following
    assert running.watch.tally.read == 6000
    second = a_watch(parts(300))
    await follow(second, keeping(second, RedisStore(server.url, "w")))
    assert second.watch.summary() == running.watch.summary()


async def test_what_a_source_did_not_send_again_is_a_gap_that_is_shown_and_kept(url: str) -> None:
    first = a_watch(parts(3), again=False)
    await follow(first, keeping(first, open_store(url, "w")))
    second = a_watch(parts(2, start=START + 1000), again=False)
    await follow(second, keeping(second, open_store(url, "w")))
    (gap,) = second.snapshot().missed
    assert (gap.source, gap.start) == ("feed", (START + 59 - 5) * SECOND)
    assert START + 1000 <= gap.end // SECOND < START + 1020
    assert second.snapshot().missed_count == 1
    assert "feed did not send what came from" in second.notes[0].text
    third = a_watch([], again=False)
    await follow(third, keeping(third, open_store(url, "w")))
    assert third.snapshot().missed == (gap,)
    assert [note.text for note in third.notes] == [note.text for note in second.notes]


async def test_a_source_that_gives_again_leaves_no_gap(url: str) -> None:
    for count in (3, 6):
        running = a_watch(parts(count), again=True)
        await follow(running, keeping(running, open_store(url, "w")))
        assert running.snapshot().missed == ()


async def test_batches_that_only_let_time_move_do_not_make_the_journal_grow(url: str) -> None:
    running = a_watch([], again=True)
    now = (START + 60) * SECOND
    live = running.watch.decode(lines(60), arrival=now)
    running.sources = [Columns(running, [live, *[empty(now + at, idle=True) for at in range(500)]], again=True)]
    await stopped_after(running, keeping(running, open_store(url, "w"), pace=Pace(entries=10**6)), 501)
    assert len((await held(url)).journal) < 6


async def test_the_journal_is_short_as_checkpoints_replace_it(url: str) -> None:
    store = Failing(open_store(url, "w"), StoreError("never"), 0)

    class InStep(Feed):
        """A source that gives a batch for each commit."""

        async def read(self, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
            async for given in super().read(since):
                yield given
                while len(store.commits) <= self.given:
                    await asyncio.sleep(0.001)

    running = a_watch([])
    running.sources = [InStep(running, parts(40), again=True)]
    await follow(running, keeping(running, store))
    assert max(len(step.journal) for step in store.commits) == 1
    assert sum(step.checkpoint is not None for step in store.commits) >= 7
    assert len((await held(url)).journal) <= 5


async def test_the_history_of_a_running_watch_is_what_was_counted(url: str) -> None:
    running = a_watch(parts(10))
    await follow(running, keeping(running, open_store(url, "w")))
    # The store is let go of at the end, and opened again by whoever asks.
    running.archive = archive = open_store(url, "w")
    found = await running.history(START * SECOND, (START + 200) * SECOND, "a")
    assert (found.seconds, found.events, found.of_category) == (
        1,
        [1] * 200,
        [int(at % 3 == 0) for at in range(20)] * 10,
    )
    assert (found.mean_gap_s, found.entropy_bits) == ([None] * 200, [0.0] * 200)
    long = await running.history((START - 10**6) * SECOND, (START + 10**7) * SECOND, None)
    assert (long.seconds, sum(long.events)) == (1, 200)
    nothing = await running.history(SECOND, 2 * SECOND, None)
    assert (nothing.start, nothing.entropy_bits, nothing.of_category) == ([], [], None)
    assert sum((await running.history(None, None, None)).events) == 200
    await archive.close()
    with pytest.raises(InputError, match="expected a category that was seen, got 'z'"):
        await running.history(None, None, "z")
    with pytest.raises(InputError, match="runs without a store"):
        await a_watch([]).history(None, None, None)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Another program holds the file locked."""
    other = apsw.Connection(str(path))
    other.set_busy_timeout(30_000)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def _full(path: Path) -> Iterator[None]:
    """No file may grow beyond what the store has now, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(file.stat().st_size for file in path.parent.glob("watch.db*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(("breaking", "told"), [(_locked, "kept it locked"), (_full, "nothing was written")])
@pytest.mark.parametrize("again", [True, False])
async def test_a_locked_file_and_a_full_disk_are_told_and_cost_nothing(
    tmp_path: Path, breaking: Any, told: str, again: bool
) -> None:
    path = tmp_path / "watch.db"
    running = a_watch(parts(300), again=again)
    feed: Any = running.sources[0]
    following = asyncio.create_task(follow(running, keeping(running, SqliteStore(path, "w", busy_s=0.01))))
    while feed.given < 100:
        await asyncio.sleep(0.001)
    with breaking(path):
        shown = running.snapshot()
        while shown.store is None or shown.store.kind != "failing":
            shown = await running.changed(shown.version)
        assert told in shown.store.detail
    await following
    second = a_watch(parts(300))
    await follow(second, keeping(second, SqliteStore(path, "w")))
    assert second.sources[0].given == 0  # type: ignore[attr-defined]
    assert second.watch.summary() == running.watch.summary()
    assert second.watch.tally.read == 6000


@pytest.mark.parametrize(
    ("told", "refuse", "take"),
    [
        ("out of memory", ["CONFIG SET maxmemory 1"], "CONFIG SET maxmemory 0"),
        ("takes no writes", ["REPLICAOF 127.0.0.1 1"], "REPLICAOF NO ONE"),
        ("password", ["CONFIG SET requirepass new", "CLIENT KILL TYPE normal"], 'CONFIG SET requirepass ""'),
    ],
)
async def test_a_redis_that_refuses_for_a_while_is_told_and_costs_nothing(
    server: Server, told: str, refuse: list[str], take: str
) -> None:
    running = a_watch(parts(300))
    feed: Any = running.sources[0]
    following = asyncio.create_task(follow(running, keeping(running, open_store(server.url, "w"))))
    with Redis(port=server.port, protocol=2) as client:
        while feed.given < 100:
            await asyncio.sleep(0.001)
        for command in refuse:
            client.execute_command(*command.split())
        shown = running.snapshot()
        while shown.store is None or told not in shown.store.detail:
            shown = await running.changed(shown.version)
        assert shown.store.kind == "failing"
        client.execute_command(*shlex.split(take))
    await following
    second = a_watch(parts(300))
    await follow(second, keeping(second, open_store(server.url, "w")))
    assert second.watch.summary() == running.watch.summary()
    assert second.watch.tally.read == 6000


async def test_a_store_that_takes_nothing_is_degraded_then_failing_from_a_minute_on_and_well_again(url: str) -> None:
    running, now, seen = a_watch(parts(8)), START * SECOND, list[tuple[str, ...]]()
    running.clock = lambda: now

    async def sleep(_seconds: float) -> None:
        nonlocal now
        now += 30 * SECOND
        seen.append((running.health().status, *(each.name for each in running.health().reasons)))

    store: Any = Failing(open_store(url, "w"), StoreError("disk full"), times=3)
    assert not running.health().ready
    await follow(running, keeping(running, store, backoff=Backoff(sleep=sleep)))
    failing = ("failing", "store_not_writable")
    assert seen == [("degraded", "store_failing"), failing, failing]
    assert (running.health().status, running.health().ready) == ("ok", True)


async def test_a_store_that_does_not_answer_for_a_minute_is_failing_though_no_commit_has_failed(url: str) -> None:
    running, now, taken = a_watch(parts(8)), START * SECOND, asyncio.Event()
    running.clock = lambda: now
    store: Any = Failing(open_store(url, "w"), StoreError(""), times=0)
    whole = store.commit

    async def commit(step: Step) -> None:
        if store.commits:
            store.commits.append(step)
            await taken.wait()
        await whole(step)

    store.commit = commit
    following = asyncio.create_task(follow(running, keeping(running, store)))
    while len(store.commits) < 2:
        await asyncio.sleep(0)
    assert running.health().status == "ok"
    now += 60 * SECOND
    assert [each.name for each in running.health().reasons] == ["store_not_writable"]
    taken.set()
    await following
    assert running.health().status == "ok"
