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
from rarebird.model.snapshot import StoreReading
from rarebird.notify.contract import Undelivered
from rarebird.run.beating import FAR_S, beating
from rarebird.run.running import Running
from rarebird.source.contract import SourceState
from tests.run.test_running import SETTINGS

pytestmark = pytest.mark.anyio


class Stub:
    """A source of which only the state is asked."""

    def __init__(self, kind: Any) -> None:
        self.name, self.state = "stub", SourceState(kind, 0)


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


def watching(kinds: Sequence[str] = ("connected",), behind: float = 1.0, store: str | None = "keeping") -> Running:
    clock = 1_700_000_000 * SECOND
    running = Running(SETTINGS.watch(), SETTINGS, [], lambda: clock)
    running.sources = [Stub(kind) for kind in kinds]  # type: ignore[misc]
    running.watch.order.watermark = int(clock - behind * SECOND)
    running.store = None if store is None else StoreReading("a", store, "", "")
    return running


async def test_it_beats_once_each_time_while_all_is_well() -> None:
    heart = Heart()
    assert await rounds(watching(("connected", "ended")), heart, 3) == ([], [60.0] * 3)
    assert heart.beats == 3


@pytest.mark.parametrize(
    "ill",
    [
        watching(("connected", "failing")),
        watching(("starting",)),
        watching(behind=FAR_S),
        watching(store="failing"),
    ],
)
async def test_it_does_not_beat_while_something_is_wrong_and_looks_soon_again(ill: Running) -> None:
    heart = Heart()
    assert await rounds(ill, heart, 3) == ([], [5.0] * 3)
    assert heart.beats == 0


async def test_without_a_store_or_a_clock_the_rest_decides() -> None:
    heart, running = Heart(), watching(store=None)
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
