"""Event time written down plainly, event by event, and streams of events to try it on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from rarebird.eventtime.order import Order
from rarebird.model.batch import Batch
from rarebird.model.instant import EARLIEST, SECOND, UNKNOWN
from rarebird.model.tally import Tally
from rarebird.model.ticks import Ticks

LATENESS = 5 * SECOND
START = 1_489_925_470 * SECOND
YEAR_2200 = 7_258_118_400 * SECOND


class Event(NamedTuple):
    """An event as a stream gives it."""

    time: int
    identity: int = 0
    category: int = 1


class Seen:
    """Two generations of identities: what was first seen within the window is a repeat."""

    def __init__(self, window: int, cap: int) -> None:
        self.window, self.half = window, max(1, cap // 2)
        self.older: dict[int, int] = {}
        self.newer: dict[int, int] = {}

    def repeats(self, identity: int, clock: int) -> bool:
        if not identity:
            return False
        if len(self.newer) >= self.half:
            self.older, self.newer = self.newer, {}
        for known in (self.older, self.newer):
            if identity in known and clock - known[identity] <= self.window:
                return True
        self.newer[identity] = clock
        return False


def marks(events: Sequence[Event], lateness: int) -> list[tuple[bool, int | None]]:
    """For each event of a recording whether it is in the future, and the high mark behind it."""
    high: int | None = None
    first: int | None = None
    found: list[tuple[bool, int | None]] = []
    for at, event in enumerate(events):
        leaps = high is None or event.time - lateness > high
        future = leaps and not believed(events, at, high, first, lateness)
        if not future:
            high = event.time if high is None else max(high, event.time)
            first = event.time if first is None else first
        found.append((future, high))
    return found


def recorded(
    events: Sequence[Event], lateness: int = LATENESS, window: int = 3600 * SECOND, cap: int = 1 << 20
) -> list[str]:
    """Under which counter each event of a recording falls."""
    seen = Seen(window, cap)
    verdicts = []
    before: int | None = None
    for event, (future, high) in zip(events, marks(events, lateness), strict=True):
        if seen.repeats(event.identity, EARLIEST if high is None else high):
            verdicts.append("repeats")
        elif future:
            verdicts.append("future")
        else:
            verdicts.append("late" if before is not None and event.time < before - lateness else "kept")
        before = high
    return verdicts


def believed(events: Sequence[Event], at: int, high: int | None, first: int | None, lateness: int) -> bool:
    """Whether a leap ahead of the high mark is confirmed by what follows it."""
    leap = events[at]
    ahead, behind, climbed, known = 0, 0, 0, {leap.identity} - {0}
    low = high
    for event in events[at + 1 : at + 257]:
        forward = event.time >= leap.time - lateness
        backward = not forward and (high is None or event.time >= high - lateness)
        if backward and low is None:
            low = event.time
        if event.identity not in known:
            ahead += forward
            behind += backward
            climbed += backward and low is not None and event.time > low + (leap.time - low) // 2
        known |= {event.identity} - {0}
        if ahead >= 2 and ahead > behind:
            return True
        if behind >= 32 or climbed >= 3:
            return False
    if len(events) > at + 256:
        return False
    if ahead or behind:
        return ahead > behind
    if high is None or first is None:
        return True
    return leap.time - high <= max(60 * SECOND, 20 * (high - first) / max(1, at))


class Live:
    """The rule for a live stream: the clock of arrival judges."""

    def __init__(self, lateness: int = LATENESS) -> None:
        self.lateness, self.seen = lateness, Seen(3600 * SECOND, 1 << 20)
        self.arrival = self.high = self.risen = self.watermark = -(10**18)

    def take(self, arrival: int, events: Sequence[Event], *, idle: bool = False) -> list[str]:
        """Under which counter each event of a batch falls."""
        self.arrival = max(self.arrival, arrival)
        if idle and self.high > -(10**18):
            self.watermark = max(self.watermark, self.high + self.arrival - self.risen - self.lateness)
        verdicts, before = [], self.high
        for event in events:
            if self.seen.repeats(event.identity, self.arrival):
                verdicts.append("repeats")
            elif event.time > self.arrival + 60 * SECOND:
                verdicts.append("future")
            else:
                verdicts.append("late" if event.time < max(self.watermark, self.high - self.lateness) else "kept")
            if event.time <= self.arrival + 60 * SECOND:
                self.high = max(self.high, min(event.time, self.arrival))
        if self.high > before:
            self.risen = self.arrival
        self.watermark = max(self.watermark, self.high - self.lateness)
        return verdicts


def batch(events: Sequence[Event], arrival: int = UNKNOWN, *, idle: bool = False) -> Batch:
    """The events as columns."""
    return Batch(
        np.array([event.time for event in events], np.int64),
        np.array([event.category for event in events], np.int32),
        np.array([event.identity for event in events], np.uint64),
        arrival,
        read=len(events),
        idle=idle,
    )


def cut(events: Sequence[Event], sizes: Sequence[int]) -> list[Sequence[Event]]:
    """The events in parts of so many each, the rest in a last one."""
    parts, start = [], 0
    for size in [*sizes, len(events)]:
        parts.append(events[start : start + size])
        start += size
    return parts


def run(batches: Sequence[Batch], order: Order | None = None) -> tuple[Tally, list[Ticks]]:
    """What an order makes of batches, to the end of the input."""
    order = order or Order(LATENESS, SECOND)
    tally, closed = Tally(), []
    for each in [*batches, None]:
        ticks, more = order.finish() if each is None else order.take(each)
        tally += more
        if ticks is not None:
            assert each is None or ticks.until <= order.watermark
            closed.append(ticks)
    return tally, closed


def tally_of(verdicts: Sequence[str]) -> Tally:
    """The tally that counts verdicts."""
    return Tally(read=len(verdicts))._replace(**Counter(verdicts))


@st.composite
def streams(draw: st.DrawFn, size: int = 60) -> list[Event]:
    """Streams that go on by small steps, with silences, late and future events, repeats."""
    kinds = st.sampled_from(["next"] * 14 + ["near", "old", "ancient", "ahead", "2200", "silence", "slow"])
    steps = draw(st.lists(st.tuples(kinds, st.integers(0, 3 * SECOND), st.integers(0, 80)), max_size=size))
    events, now = [], START
    for kind, step, identity in steps:
        far = step * 2400
        now += {"silence": far, "slow": 100 * step}.get(kind, step)
        time = {"near": now - step, "old": now - 5 * step, "ancient": now - far, "ahead": now + far, "2200": YEAR_2200}
        events.append(Event(time.get(kind, now), identity, 1 + identity % 3))
    return events
