from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.config.settings import Settings
from rarebird.errors import SourceError
from rarebird.model.batch import Batch
from rarebird.model.fields import Fields
from rarebird.model.instant import SECOND
from rarebird.model.position import Position
from rarebird.run.local import follow
from rarebird.run.running import Running
from rarebird.run.surprises import KEPT, Surprises
from rarebird.run.terminal import ending
from rarebird.source.contract import SourceState
from rarebird.watch import Closed

START = 1_700_000_000
SETTINGS = Settings(name="w", title="Kinds", fields=Fields(time="t", by="k"), watched=("a", "c"))


def lines(count: int, start: int = START) -> list[str]:
    """One event a second, a, b, c in turn."""
    return [f'{{"t": {start + at}, "k": "{"abc"[at % 3]}"}}' for at in range(count)]


class Given:
    """A source that gives some batches, then ends or fails."""

    live = again = True

    def __init__(self, name: str, batches: list[Batch], fault: SourceError | None = None) -> None:
        self.name, self.batches, self.fault = name, batches, fault
        self.state = SourceState("connected", 0)
        self.settled: list[int] = []

    async def read(self, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
        for batch in self.batches:
            await asyncio.sleep(0)
            yield batch, Position()
        if self.fault:
            raise self.fault

    def settle(self, watermark: int) -> None:
        self.settled.append(watermark)


def a_running(*parts: list[str], faults: tuple[SourceError | None, ...] = ()) -> Running:
    watch = SETTINGS.watch()
    running = Running(watch, SETTINGS, ())
    faults = faults or (None,) * len(parts)
    running.sources = [
        Given(f"s{at}", [watch.decode(part)], fault) for at, (part, fault) in enumerate(zip(parts, faults, strict=True))
    ]
    return running


@pytest.mark.anyio
async def test_a_watch_reads_its_sources_to_their_end_and_tells_them_what_is_settled() -> None:
    running = a_running(lines(100))
    await follow(running)
    assert running.finished
    assert running.watch.tally.kept == 100
    (source,) = running.sources
    assert isinstance(source, Given)
    assert source.settled == [(START + 99 - 5) * SECOND]
    assert ending(running) == "100 messages read: 100 kept."


@pytest.mark.anyio
async def test_where_one_of_two_sources_fails_for_good_the_other_goes_on() -> None:
    running = a_running(lines(30), lines(30), faults=(SourceError("gone", permanent=True), None))
    await follow(running)
    assert running.watch.tally.read == 60
    assert "s0 is given up: gone" in running.notes[0].text


@pytest.mark.anyio
async def test_where_all_sources_fail_the_first_fault_is_raised_after_the_end() -> None:
    running = a_running(lines(30), faults=(SourceError("gone", permanent=True),))
    with pytest.raises(SourceError, match="gone"):
        await follow(running)
    assert running.finished
    assert running.watch.tally.kept == 30


@pytest.mark.anyio
async def test_whoever_waits_gets_the_first_newer_snapshot() -> None:
    running = a_running()
    before = running.snapshot().version
    waiting = asyncio.create_task(running.changed(before))
    await asyncio.sleep(0)
    assert not waiting.done()
    running.take(running.watch.decode(lines(20)))
    snapshot = await waiting
    assert snapshot.version > before
    assert snapshot.counters.read == 20


@pytest.mark.anyio
@given(st.integers(1, 400), st.integers(1, 50))
async def test_a_snapshot_agrees_with_itself(count: int, step: int) -> None:
    running = a_running()
    text = lines(count)
    for at in range(0, count, step):
        running.take(running.watch.decode(text[at : at + step]))
    running.finish()
    shown = running.snapshot()
    counters = shown.counters
    assert counters.read == counters.kept == count
    assert counters.undecided == 0
    assert sum(category.count for category in shown.mix) == count
    assert sum(category.share for category in shown.mix) == pytest.approx(1)
    assert sum(category.recent_share for category in shown.mix) == pytest.approx(1)
    assert all(0 <= category.low_share <= category.high_share <= 1 for category in shown.mix)
    assert shown.entropy_life is not None
    assert shown.entropy_life.count == count
    assert shown.watched_share == pytest.approx(
        sum(category.recent_share for category in shown.mix if category.watched)
    )
    assert shown.usual_per_s == pytest.approx(1, rel=0.6 if count < 10 else 0.1)
    assert [moment.time for moment in running.moments()] == sorted({moment.time for moment in running.moments()})


@given(st.lists(st.lists(st.floats(0, 30), max_size=150), max_size=8))
def test_the_surprises_are_the_largest_of_the_last_15_minutes(steps: list[list[float]]) -> None:
    kept = Surprises()
    until = 0
    everything: list[tuple[int, float]] = []
    for step in steps:
        time = np.arange(until, until + len(step) * SECOND, SECOND, dtype=np.int64)
        until += 200 * SECOND
        everything += zip(time.tolist(), step, strict=True)
        kept.take(Closed(time, np.zeros(len(step), np.int32), np.array(step), None), until)
    recent = sorted((bits for time, bits in everything if time >= until - 900 * SECOND), reverse=True)
    assert sorted(kept.bits.tolist(), reverse=True)[:KEPT] == recent[:KEPT]
