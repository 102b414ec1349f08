"""A watch that is filled from what a stage keeps is the watch that has read the same events."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebird.config.chosen import Chosen
from rarebird.config.settings import settings as chosen_settings
from rarebird.errors import StoreError
from rarebird.model.instant import SECOND
from rarebird.model.snapshot import Snapshot
from rarebird.pipe.kept import Kept
from rarebird.run.running import Running
from rarebird.store.contract import Retention, Store
from tests.pipe.lines import START, Event, messages, stream
from tests.pipe.test_store_stages import a_store, insert

pytestmark = pytest.mark.anyio
EVENTS = st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from("abc")), min_size=1, max_size=40).map(sorted)
FEW = settings(max_examples=20)
"""Each example makes files that SQLite brings to the disk."""
HOUR = 3_600_000


def a_running(clock: Callable[[], int] | None = None) -> Running:
    chosen = chosen_settings(Chosen(time="t", by="k", lateness="0s"), ["w"], None)
    return Running(chosen.watch(), chosen, (), clock)


def read(events: list[Event]) -> Running:
    running = a_running()
    running.take(running.watch.decode(messages(events)))
    running.finish()
    return running


async def kept(store: Store) -> tuple[Running, Kept]:
    running = a_running(lambda: START * SECOND)
    return running, Kept(store, running)


def said(running: Running) -> list[object]:
    """All that is told of a stream, but for what became of messages on their way to the store."""
    shown: Snapshot = running.snapshot()
    names = "mix entropy entropy_life rate usual_per_s first watched_share categories finished behind_s"
    watch = running.watch
    windows = [watch.histogram(seconds * SECOND) for seconds in (1, 7, 120, 900, 3600)]
    # Of an event in the past its second is known.
    surprises = sorted((each.time // SECOND, each.category, each.bits) for each in shown.surprises)
    readings = [getattr(shown, name) for name in names.split()]
    return [*readings, windows, watch.histogram(), watch.probability("b"), surprises]


@FEW
@given(EVENTS, st.lists(st.integers(0, 80), max_size=3).map(sorted))
async def test_it_says_what_a_watch_says_however_often_it_looked(events: list[Event], cuts: list[int]) -> None:
    lines = stream(events)
    async with a_store() as store:
        running, shown = await kept(store)
        await insert(store, [])
        for cut in [*cuts, len(lines)]:
            await insert(store, lines[:cut])
            await shown.look()
        assert not await shown.look()
    assert said(running) == said(read(events))


async def test_what_is_older_than_the_seconds_that_are_kept_counts_too() -> None:
    events = [(hour * HOUR // 4, "abc"[hour % 3]) for hour in range(60)]
    async with a_store(Retention(s=3600, m=7200)) as store:
        await insert(store, stream(events))
        running, shown = await kept(store)
        await shown.look()
    truth = read(events)
    assert running.watch.histogram() == truth.watch.histogram()
    assert running.watch.histogram(3600 * SECOND) == truth.watch.histogram(3600 * SECOND)
    assert running.watch.probability("a").p == pytest.approx(truth.watch.probability("a").p, rel=0.05)
    assert running.snapshot().first == START * SECOND


async def test_a_long_look_away_and_a_stream_begun_anew_are_noticed() -> None:
    early, late = [(0, "a"), (1000, "b")], [(0, "a"), (1000, "b"), (3 * HOUR, "c"), (3 * HOUR + 2000, "a")]
    async with a_store(Retention(s=600)) as store:
        running, shown = await kept(store)
        await insert(store, stream(early, end=False))
        await shown.look()
        await insert(store, stream(late))
        await shown.look()
        assert running.watch.histogram() == read(late).watch.histogram()
        # The seconds of the first two events are a minute by now.
        assert running.watch.probability("b").p == pytest.approx(read(late).watch.probability("b").p, rel=1e-4)
        other = [(500, "z"), (1500, "b")]
        await store.forget()
        await insert(store, stream(other))
        await shown.look()
        assert said(running) == said(read(other))
        await store.forget()
        with pytest.raises(StoreError, match="forgotten while it was shown"):
            await shown.look()


async def test_seconds_that_are_gone_before_they_were_looked_at_are_counted_once() -> None:
    events = [(second * 1000, "abc"[second % 3]) for second in range(600)]
    async with a_store(Retention(s=10)) as store:
        running, shown = await kept(store)
        for cut in (100, 130, 600):
            await insert(store, stream(events[:cut], end=False))
            await shown.look()
    assert running.watch.mix.events(START + 598) == pytest.approx(599, rel=0.01)
    assert running.watch.histogram() == read(events[:599]).watch.histogram()


async def test_only_a_stream_that_goes_on_can_be_behind() -> None:
    async with a_store() as store:
        await insert(store, stream([(0, "a"), (1000, "b")], end=False))
        running, shown = await kept(store)
        await shown.look()
        assert running.snapshot().behind_s == -1.0
        assert not running.finished
        await insert(store, stream([(0, "a"), (1000, "b")]))
        assert await shown.look()
        assert (running.snapshot().behind_s, running.finished) == (None, True)
