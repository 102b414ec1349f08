"""The stages that write into a store and read from it: once each, second by second, as a watch would have it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebird.config.stores import open_store
from rarebird.detect.rare import Rare, Sightings
from rarebird.errors import StoreError
from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.pipe.insert import Insertion, of_event
from rarebird.pipe.learned import Learned
from rarebird.pipe.line import END
from rarebird.pipe.readings import Poll, average
from rarebird.pipe.seconds import Seconds
from rarebird.pipe.unusual import Unusual
from rarebird.source.live import Backoff
from rarebird.store.contract import Retention, Step, Store
from rarebird.watch import Watch
from tests.pipe.lines import START, Event, Stage, at, event, mark, messages, stream

pytestmark = pytest.mark.anyio
EVENTS = st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from("abc")), min_size=1, max_size=40).map(sorted)
FEW = settings(max_examples=20)
"""Each example makes files that SQLite brings to the disk."""
LONG_AFTER = (START + 10**6) * SECOND


@asynccontextmanager
async def a_store(retention: Retention | None = None) -> AsyncIterator[Store]:
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'all.db'}", "w", retention=retention)
        try:
            yield store
        finally:
            await store.close()


async def insert(store: Store, lines: list[bytes], stage: Stage | None = None, **options: Any) -> Stage:
    stage = stage or Stage()
    await Insertion(store, of_event, stage.said.append, **options).run(stage.events(lines))
    return stage


async def status_of(store: Store) -> dict[str, Any]:
    body = await store.status()
    assert body is not None
    return dict(msgspec.json.decode(body))


def watched(events: list[Event], **options: Any) -> Watch:
    watch = Watch(time="t", by="k", lateness="0s", **options)
    watch.feed(messages(events))
    watch.finish()
    return watch


@FEW
@given(EVENTS)
async def test_the_store_says_what_a_summary_says(events: list[Event]) -> None:
    async with a_store() as store:
        await insert(store, stream(events))
        status = await status_of(store)
    report = watched(events).summary().as_object()
    assert status.pop("ended") is True
    assert status.pop("watermark") == at(events[-1][0] // 1000 * 1000 + 1000)
    assert status == {name: value for name, value in report.items() if name in status}
    assert set(report) - set(status) == {"surprisal_bits_total"}


@FEW
@given(EVENTS, st.integers(0, 80))
async def test_what_comes_again_after_a_cut_is_counted_once(events: list[Event], cut: int) -> None:
    lines = stream(events)
    async with a_store() as store, a_store() as whole:
        await insert(whole, lines)
        stage = await insert(store, lines[:cut])
        if 0 < cut < len(lines):
            assert (await status_of(store))["ended"] is (b"watermark" not in b"".join(lines[:cut]))
        await insert(store, lines, stage)
        again, once = await status_of(store), await status_of(whole)
        if b"watermark" not in b"".join(lines[:cut]) and cut:
            return  # without marks the end of the input closes its last second
        late = again.pop("late") - once.pop("late")
        assert again.pop("read") - once.pop("read") == late >= 0
        assert again == once


async def test_an_input_that_is_cut_off_does_not_end_the_stream_and_one_without_marks_does() -> None:
    for lines, ended in (
        (stream([(0, "a")]), True),
        (stream([(0, "a"), (1000, "b")], end=False), False),
        ([event(0, "a")], True),
        ([], False),
    ):
        async with a_store() as store:
            stage = await insert(store, lines)
            assert (await status_of(store))["ended"] is ended
            assert any("cut off" in text for text in stage.said) is not ended


async def test_fresh_forgets_what_was_kept() -> None:
    async with a_store() as store:
        await insert(store, stream([(0, "a"), (500, "a")]))
        stage = Stage()
        await Insertion(store, of_event, stage.said.append).run(stage.events(stream([(0, "b")])), fresh=True)
        assert (await status_of(store))["histogram"] == {"b": 1.0}


class Failing:
    """A store whose commits fail so many times before they are made."""

    def __init__(self, store: Store, times: int, *, permanent: bool = False) -> None:
        self._store, self._times, self._permanent = store, times, permanent
        self.steps: list[Step] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, step: Step) -> None:
        self.steps.append(step)
        if len(self.steps) <= self._times:
            raise StoreError("it is away", permanent=self._permanent)
        await self._store.commit(step)


async def test_a_store_that_is_away_is_waited_for_with_the_very_same_step() -> None:
    async def at_once(seconds: float) -> None:
        return None

    async with a_store() as store:
        failing: Any = Failing(store, 3)
        stage = await insert(failing, stream([(0, "a")]), backoff=Backoff(sleep=at_once))
        assert (await status_of(store))["kept"] == 1
    assert len({id(step) for step in failing.steps[:4]}) == 1
    assert "it is away; nothing is lost, trying again" in stage.said[0]
    async with a_store() as store:
        gone: Any = Failing(store, 1, permanent=True)
        with pytest.raises(StoreError, match="it is away"):
            await insert(gone, stream([(0, "a")]))


async def test_a_stream_that_is_silent_for_hours_is_written_to_all_the_same() -> None:
    now = 0.0

    async def hours() -> AsyncIterator[bytes]:
        nonlocal now
        yield event(0, "a")
        for _ in range(5):
            now += 3600.0
            yield b""

    async with a_store() as store:
        counted: Any = Failing(store, 0)
        stage = Stage()
        inflow = stage.events([])
        inflow._chunks = hours()
        await Insertion(counted, of_event, stage.said.append, clock=lambda: now).run(inflow)
    assert len(counted.steps) == 1 + 5 + 1


def away(seconds: float) -> Awaitable[None]:
    raise AssertionError("nothing is to be waited for")


def following(store: Store, stage: Stage, now: int = LONG_AFTER, past_s: int = 0) -> Seconds:
    return Seconds(store, stage.said.append, clock=lambda: now, past_s=past_s, backoff=Backoff(sleep=away))


@FEW
@given(EVENTS, st.integers(1, 30))
async def test_a_replay_gives_one_reading_for_each_closed_second(events: list[Event], window: int) -> None:
    stage, polled = Stage(), Stage()
    async with a_store() as store:
        await insert(store, stream(events))
        await average(following(store, stage).closed(), stage.write, window=window)
        poll = Poll(store, polled.write, window=window, watched=["a", "c"])
        await poll.run(following(store, polled).closed())
    first, last = (instant_of(events, place) for place in (0, -1))
    times = [at((second + 1) * 1000) for second in range(first, last + 1)]
    for each in (stage, polled):
        assert [line["time"] for line in each.values] == times
        assert each.data.endswith(END)
        assert not any("past" in line for line in each.values)
    watch = watched(events, watched=["a", "c"])
    entropy, rate = watch.entropy(window * SECOND), watch.rate(window=window * SECOND)
    assert entropy
    assert (stage.values[-1]["mean_gap_s"], stage.values[-1]["count"]) == (rate.mean_gap_s, rate.count)
    assert polled.values[-1]["entropy_nats"] == entropy.nats
    assert polled.values[-1]["watched_share"] == watch.watched_share(window * SECOND)
    assert polled.values[-1]["rate_per_s"] == watch.rate().rate_per_s
    assert polled.values[-1]["count"] == entropy.count


async def test_time_moves_by_the_marks_when_nothing_happens() -> None:
    stage = Stage()
    async with a_store() as store:
        await insert(store, [event(0, "a"), event(500, "a"), mark(1000), mark(4000), END])
        await average(following(store, stage).closed(), stage.write, window=2)
    assert [(line["mean_gap_s"], line["count"]) for line in stage.values] == [(0.5, 2), (0.5, 2), (None, 0), (None, 0)]


def instant_of(events: list[Event], place: int) -> int:
    return events[place][0] // 1000


@pytest.mark.parametrize("past", [0, 3])
async def test_a_live_stream_is_told_from_where_it_is_joined_and_before_that_as_past(past: int) -> None:
    events = [(second * 1000 + 100, "ab"[second % 2]) for second in range(10)]
    stage = Stage()
    async with a_store() as store:
        await insert(store, stream(events[:6], end=False))
        now = (START + 6) * SECOND

        async def more(seconds: float) -> None:
            await insert(store, stream(events), Stage())

        closed = Seconds(store, stage.said.append, clock=lambda: now, past_s=past, backoff=Backoff(sleep=more)).closed()
        await average(closed, stage.write, window=5)
    times = [at(second * 1000) for second in range(5 - past, 11)]
    assert [line["time"] for line in stage.values] == times
    assert [line["time"] for line in stage.values if line.get("past")] == times[:past]
    assert stage.values[-1] == {"time": at(10_000), "mean_gap_s": 1.0, "count": 5}


async def test_a_reader_that_is_there_first_waits_for_the_stream_to_begin() -> None:
    stage = Stage()
    async with a_store() as store:
        await store.open(write=True)

        async def begin(seconds: float) -> None:
            await insert(store, stream([(0, "a"), (1500, "b")]))

        follower = Seconds(store, stage.said.append, clock=lambda: LONG_AFTER, backoff=Backoff(sleep=begin))
        await average(follower.closed(), stage.write)
    assert [line["mean_gap_s"] for line in stage.values] == [None, 1.5]


async def test_seconds_that_are_not_kept_any_more_give_no_readings_and_that_is_said() -> None:
    events = [(second * 1000, "a") for second in range(0, 20_000, 10)]
    stage = Stage()
    async with a_store(Retention(s=600)) as store:
        await insert(store, stream(events))
        await average(following(store, stage).closed(), stage.write)
    assert "--keep" in stage.said[0]
    assert len(stage.said) == 1
    assert 600 <= len(stage.values) < 8_000
    assert stage.values[-1]["mean_gap_s"] == 10.0


RARE = Rare(fire=0.3, recover=0.4)


def expected(watch: Watch, batches: list[list[Event]], since: int) -> list[tuple[str, str, float]]:
    """What is unusual after an event time, ms after START, by a watch that sees everything."""
    sightings, found = Sightings(RARE), []
    for closed in (*(watch.feed(messages(batch)) for batch in batches), watch.finish()):
        rows, _ = sightings.take(closed.category, closed.surprisal_bits)
        for row in rows.tolist():
            time, code = int(closed.time[row]), int(closed.category[row])
            if time >= (START * 1000 + since) * 1000:
                found.append((instant.text(time), watch.categories.names[code], float(closed.surprisal_bits[row])))
    return found


async def unusual_of(store: Store, lines: list[bytes], cuts: list[int]) -> Stage:
    stage = Stage()
    picking = Unusual(store, Learned(3600), Sightings(RARE), stage.write, stage.said.append)
    await picking.run(stage.events(lines, cuts))
    return stage


@FEW
@given(EVENTS, EVENTS, st.lists(st.integers(0, 3_000), max_size=4))
async def test_unusual_events_are_those_of_a_watch_that_has_seen_what_the_store_has(
    before: list[Event], events: list[Event], cuts: list[int]
) -> None:
    later = [(ms + 30_000, name) for ms, name in events]
    async with a_store() as store:
        await insert(store, stream(before))
        stage = await unusual_of(store, stream(later), cuts)
    watch = Watch(time="t", by="k", lateness="0s", half_life="1h")
    found = [(line["time"], line["category"], line["surprisal_bits"]) for line in stage.values]
    assert found == expected(watch, [before, later], 30_000)
    assert all(line["p"] == 2 ** -line["surprisal_bits"] for line in stage.values)
    assert stage.data.endswith(END)
    known = "1 event of before is" if len(before) == 1 else f"{len(before)} events of before are"
    assert stage.said[0].startswith(f"{known} known; events with a probability below 30 %")


@FEW
@given(EVENTS)
async def test_what_the_store_holds_of_the_same_events_and_of_later_ones_changes_nothing(events: list[Event]) -> None:
    async with a_store() as store, a_store() as empty:
        await insert(store, stream([*events, (40_000, "z")]))
        await empty.open(write=True)
        assert (await unusual_of(store, stream(events), [])).data == (await unusual_of(empty, stream(events), [])).data


async def test_a_category_is_told_with_how_often_the_threshold_alerts() -> None:
    events = [(at * 100, "a") for at in range(98)] + [(9_900, "b"), (11_000, "b")]
    async with a_store() as store:
        await store.open(write=True)
        stage = await unusual_of(store, [*stream(events, end=False), mark(13_000)], [])
    assert [line["category"] for line in stage.values] == ["b", "b"]
    assert stage.values[1]["text"].endswith("This threshold alerts on 2.0 % of events so far.")
    assert stage.values[1]["alerting_share"] == 2 / 100
    assert not stage.data.endswith(END)
