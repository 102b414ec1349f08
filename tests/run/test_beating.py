"""A heartbeat goes on while a watch is well, and at no other time. Time is handed in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.model.instant import SECOND
from rarebird.model.snapshot import ChannelReading, StoreReading
from rarebird.notify.contract import Undelivered
from rarebird.run.beating import beating
from rarebird.run.running import Running
from rarebird.source.contract import SourceState
from tests.run.test_running import SETTINGS

pytestmark = pytest.mark.anyio
NOW = 1_700_000_000 * SECOND
WELL = ChannelReading("webhook", 0, None, "", 40, 0, 0, 0)
DEAD = ChannelReading("slack", 1, 301.0, "Slack answered 500", 40, 5, 4, 2, failing_s=301.0)


class Stub:
    """A source of which only the state is asked."""

    def __init__(self, kind: Any) -> None:
        self.name, self.state = "stub", SourceState(kind, NOW - 300 * SECOND)


class Heart:
    """Counts its beats; those whose number is in `lost` fail."""

    def __init__(self, lost: Sequence[int] = ()) -> None:
        self.every_s, self.beats, self._lost = 60.0, 0, lost

    async def beat(self) -> None:
        self.beats += 1
        if self.beats in self._lost:
            raise Undelivered("nobody answers")


async def rounds(running: Running, heart: Heart, count: int) -> tuple[list[str], list[float]]:
    """What is said in so many rounds, and the waits between them."""
    said: list[str] = []
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == count:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await beating(running, heart, said.append, sleep)
    return said, waits


class Channel:
    """Channels of which only the readings are asked."""

    def __init__(self, *readings: ChannelReading) -> None:
        self.readings = lambda: readings


def watching(kinds: Sequence[str] = ("connected",), store: int | None = None, *channels: ChannelReading) -> Running:
    """A watch whose sources, of these kinds, and whose store stand so since five minutes and since `store`."""
    running = Running(SETTINGS.watch(), SETTINGS, [], lambda: NOW)
    running.sources = [Stub(kind) for kind in kinds]  # type: ignore[misc]
    running.store = None if store is None else StoreReading("a", "failing", "full", "", None, store)
    running.channels = Channel(*channels)  # type: ignore[assignment]
    return running


async def test_it_beats_once_each_time_while_all_is_well() -> None:
    heart = Heart()
    assert await rounds(watching(("connected", "ended")), heart, 3) == ([], [60.0] * 3)
    assert heart.beats == 3


@pytest.mark.parametrize(
    "ill",
    [
        watching(("failing", "failing")),
        watching(("connected",), NOW - 60 * SECOND),
        watching(("connected",), None, DEAD),
    ],
)
async def test_it_does_not_beat_while_the_watch_fails_or_reaches_nobody_and_looks_soon_again(ill: Running) -> None:
    heart = Heart()
    assert await rounds(ill, heart, 3) == ([], [5.0] * 3)
    assert heart.beats == 0


@pytest.mark.parametrize(
    "fair",
    [watching(("connected", "failing")), watching(store=NOW - SECOND), watching(("connected",), None, DEAD, WELL)],
)
async def test_what_is_only_degraded_is_no_reason_to_raise_the_alarm(fair: Running) -> None:
    assert fair.health().status == "degraded"
    heart = Heart()
    await rounds(fair, heart, 1)
    assert heart.beats == 1


async def test_without_a_clock_the_rest_decides() -> None:
    heart, running = Heart(), watching()
    running.clock = None
    await rounds(running, heart, 1)
    assert heart.beats == 1


@given(st.sets(st.integers(1, 12)))
async def test_that_nobody_hears_it_is_said_once_and_once_that_it_is_heard_again(lost: set[int]) -> None:
    said, _ = await rounds(watching(), Heart(sorted(lost)), 12)
    heard = [beat not in lost for beat in range(13)]
    changes = [now for before, now in pairwise(heard) if before != now]
    assert ["again" in line for line in said] == changes
    assert all(line.startswith("nobody answers; it is tried on, every 60 s") for line in said if "again" not in line)
