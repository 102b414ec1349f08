"""Three silences: a quiet source, a lost connection, and a watch that is behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial
from pathlib import Path

import pytest
from msgspec import structs

from rarebird.config.settings import Settings
from rarebird.config.stores import open_store
from rarebird.decode import Decoder
from rarebird.incident.sentence import sentence
from rarebird.model.position import Position
from rarebird.notify.contract import Notice
from rarebird.run.intake import Unkept
from rarebird.run.keeping import Keeping
from rarebird.run.local import follow
from rarebird.run.outages import BEHIND, LASTING, Outages
from rarebird.run.outbox import Outbox
from rarebird.run.running import Running
from rarebird.simulate.change import parse_all
from rarebird.simulate.feed import Wish, WorldFeed
from rarebird.simulate.server import Server
from rarebird.simulate.world import World
from rarebird.source.blocks import Lines
from rarebird.source.contract import SourceState
from rarebird.source.http import HttpLink
from rarebird.source.live import Backoff, LiveSource, Pace
from rarebird.source.meetup import resume
from rarebird.source.presets import MEETUP
from tests.effort import slow_after_first
from tests.simulate.stretch import HOUR, SECOND, START, taken

FIELDS = structs.replace(MEETUP.fields, by="group.group_country")
"""All of one category: only how many come is of interest."""
SETTINGS = Settings(name="w", title="RSVPs", fields=FIELDS, lateness="20s", false_alarms=1.0)
RATE = 4.0
BEGIN = START + 2 * HOUR
MINUTE = 60 * SECOND


class Time:
    """A clock that a test moves, and that gives all others their turn at each move: what was sent is to be read."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.sent = 0
        self.read: Callable[[], int] = lambda: 0

    def clock(self) -> int:
        return self.now

    def seconds(self) -> float:
        return self.now / SECOND

    async def rest(self, seconds: float) -> None:
        until = self.now + round(seconds * SECOND)
        while self.now < until:
            await asyncio.sleep(0)

    async def go_on(self, running: Running, length: int, step: int = 2 * SECOND) -> None:
        for _ in range(length // step):
            self.now += step
            running.look_out(self.now)
            turns = 0
            while turns < 12 or (running.watch.tally.read < self.sent and turns < 300):
                await asyncio.sleep(0)
                turns += 1


class Counting(WorldFeed):
    """Tells the clock what it has sent."""

    time: Time

    async def messages(self, wish: Wish) -> AsyncGenerator[list[bytes], None]:
        self.time.sent = self.time.read()
        async for batch in super().messages(wish):
            self.time.sent += len(batch)
            yield batch


class Forgetful(Counting):
    """Gives nothing again of what was missed, or only later."""

    later_s: float | None = None

    async def messages(self, wish: Wish) -> AsyncGenerator[list[bytes], None]:
        came = self._clock()
        past = list(self._past(wish, self.now)) if wish.since_mtime is not None else []
        async for batch in super().messages(Wish()):
            if past and self.later_s is not None and self._clock() - came > self.later_s:
                while past:
                    yield past.pop(0)
            yield batch


class Sent:
    """What people would get."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def put(self, notices: Sequence[Notice]) -> None:
        self.notices += notices

    def of(self, word: str) -> list[Notice]:
        return [each for each in self.notices if each.key.startswith(word)]


@cache
def past() -> tuple[bytes, ...]:
    return tuple(row[3] for row in taken(World(RATE, 1, START), START, BEGIN))


@asynccontextmanager
async def watching(
    *changes: str, feed: type[Counting] = Counting, again: bool = True
) -> AsyncGenerator[tuple[Running, Time, Sent], None]:
    """A watch that has learned for two hours and goes on over a real socket, by a clock that the test moves."""
    time, watch = Time(), SETTINGS.watch()
    world = World(RATE, 1, START, parse_all(changes))
    living = feed(world, BEGIN, clock=time.seconds, sleep=lambda _: asyncio.sleep(0))
    living.time = time
    server = Server(living, sleep=lambda _: asyncio.sleep(0))
    await server.start()
    link = HttpLink(server.url, {"": Lines}, resume=partial(resume, server.url) if again else None)
    backoff = Backoff(first_s=10, longest_s=20, sleep=time.rest)
    decoder = Decoder(watch.fields, watch.categories, "json")
    pace = Pace(hold_s=0.0, idle_s=0.002)
    source = LiveSource(link, decoder, clock=time.clock, pace=pace, backoff=backoff, again=again)
    running, sent = Running(watch, SETTINGS, [source], time.clock), Sent()
    running.attach([sent])
    running.take(watch.decode(past(), arrival=BEGIN))
    assert not sent.notices
    time.read = lambda: running.watch.tally.read
    source.settle(watch.watermark or 0)
    following = asyncio.create_task(follow(running))
    try:
        async with asyncio.timeout(60):
            yield running, time, sent
    finally:
        following.cancel()
        await asyncio.wait([following])
        await server.stop()


class Late(Forgetful):
    later_s = 40.0


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("feed", "again"),
    slow_after_first((Counting, True), (Forgetful, True), (Late, True), (Counting, False)),
    ids=["given again", "promised and never given", "given late", "not given again"],
)
async def test_a_lost_connection_is_told_as_that_and_never_as_a_rate(feed: type[Counting], again: bool) -> None:
    async with watching("disconnect@2h5m+10m", feed=feed, again=again) as (running, time, sent):
        await time.go_on(running, 4 * MINUTE)
        assert (sent.notices, sentence(running.snapshot()).state) == ([], "live")
        await time.go_on(running, 10 * MINUTE)
        (lost,) = sent.notices
        assert lost.text.startswith(f"The connection to {running.sources[0].name} is lost since 14:0")
        told = sentence(running.snapshot())
        assert told.state == "failing"
        assert told.headline.startswith("The connection to ")
        await time.go_on(running, 8 * MINUTE)
        assert [notice.key for notice in sent.of("connection")] == [
            f"connection {running.sources[0].name} {what}" for what in ("lost", "back")
        ]
        assert "is back after 1" in sent.notices[-1].text
        assert (running.incidents(), len(sent.notices)) == ([], 2)
        assert sentence(running.snapshot()).state == "live"
        assert running.missing.count == (not again or feed is not Counting)
        assert [note.mark for note in running.notes if "connection" in note.text] == ["*", "!"]


@pytest.mark.anyio
@pytest.mark.parametrize("again", slow_after_first(True, False))
async def test_a_source_that_is_quiet_while_connected_is_a_silence_and_no_lost_connection(again: bool) -> None:
    async with watching("silence@2h5m+10m", again=again) as (running, time, sent):
        await time.go_on(running, 14 * MINUTE)
        assert [notice.incident.kind for notice in sent.notices if notice.incident] == ["silence"]
        assert not sent.of("connection")
        assert sentence(running.snapshot()).state == "live"


class Feigned:
    """A source in whatever state a test wants."""

    live, again = True, False

    def __init__(self, name: str = "feed") -> None:
        self.name = name
        self.state = SourceState("connected", 0)

    def settle(self, watermark: int) -> None:
        """As a source that cannot resume."""


def looks(outages: Outages, feigned: Feigned, start: int, seconds: int, behind: int, *, reading: bool) -> list[str]:
    """The keys of what is told while nothing changes."""
    keys = []
    for second in range(seconds):
        now = start + second * SECOND
        keys += [each.key for each in outages.look(now, [feigned], behind, now if reading else start)]  # type: ignore[list-item]
    return keys


def test_a_watch_that_does_not_keep_up_is_told_to_be_behind_once_and_when_it_has_caught_up() -> None:
    outages, source = Outages(), Feigned()
    assert looks(outages, source, BEGIN, 60, 5 * SECOND, reading=True) == []
    lasting = 2 * LASTING // SECOND
    assert looks(outages, source, BEGIN, lasting, BEHIND + SECOND, reading=True) == ["behind began"]
    assert looks(outages, source, BEGIN + HOUR, 60, 5 * SECOND, reading=True) == ["behind over"]


@pytest.mark.parametrize("reading", [True, False])
def test_neither_a_recording_nor_a_stream_that_stands_still_is_behind(reading: bool) -> None:
    outages, source = Outages(), Feigned()
    if not reading:
        assert looks(outages, source, BEGIN, 60, 5 * SECOND, reading=True) == []
    assert looks(outages, source, BEGIN + HOUR, 3600, 3600 * SECOND, reading=reading) == []


def test_a_connection_that_is_back_soon_is_not_told() -> None:
    outages, source = Outages(), Feigned()
    source.state = SourceState("failing", BEGIN, "connection refused")
    assert looks(outages, source, BEGIN, LASTING // SECOND, 0, reading=False) == []
    source.state = SourceState("connected", BEGIN + LASTING)
    assert looks(outages, source, BEGIN + LASTING, 60, 0, reading=False) == []


@pytest.mark.anyio
async def test_while_one_of_two_sources_is_lost_nothing_is_concluded_from_the_other() -> None:
    watch, time = SETTINGS.watch(), Time()
    steady, broken = Feigned("steady"), Feigned("broken")
    running = Running(watch, SETTINGS, [steady, broken], time.clock)  # type: ignore[list-item]
    running.take(watch.decode(past(), arrival=BEGIN))
    intake = Unkept(running)
    halves = [row[3] for row in taken(World(RATE, 2, BEGIN), BEGIN, BEGIN + 30 * MINUTE)][::2]
    broken.state = SourceState("failing", BEGIN, "connection refused")
    for at in range(0, len(halves), 20):
        time.now = BEGIN + 30 * MINUTE * at // len(halves)
        await intake.take(steady, watch.decode(halves[at : at + 20], arrival=time.now), Position())  # type: ignore[arg-type]
    assert running.incidents() == []
    (gap,) = running.missing.gaps
    assert (gap.source, gap.start, running.missing.count) == ("broken", BEGIN, 1)
    assert gap.end >= (watch.watermark or 0)
    (note,) = (note for note in running.notes if "did not send" in note.text)
    assert note.text.startswith("broken did not send what came from ")


@pytest.mark.anyio
async def test_a_lost_connection_is_in_the_outbox_of_the_store_though_no_batch_comes(tmp_path: Path) -> None:
    watch, url, lost = SETTINGS.watch(), f"sqlite:///{tmp_path / 'watch.db'}", Feigned()
    running = Running(watch, SETTINGS, [lost], lambda: BEGIN)  # type: ignore[list-item]
    outbox = Outbox("w", ["stdout"])
    running.attach([outbox], outbox=outbox)
    keeping = Keeping(running, open_store(url, "w"))
    await keeping.open()
    lost.state = SourceState("failing", BEGIN, "connection refused")
    running.look_out(BEGIN + LASTING)
    async with asyncio.timeout(20):
        while not outbox.unsent:
            await asyncio.sleep(0)
    await keeping.close()
    store = open_store(url, "w")
    await store.open(write=True)
    (claimed,) = await store.claim(BEGIN + HOUR, 10, HOUR, "stdout")
    await store.close()
    assert b"The connection to feed is lost since 14:00 UTC: connection refused." in claimed.message.body
