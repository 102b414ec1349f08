"""Scenes: single stories beside the table, each with what a detector told of it.

A scene says what happened and gives all that was told within the time that it is about; what must be told is the
reader's to judge, and the README's.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Final, NamedTuple

import numpy as np

from benchmarks.detection.branch import altered
from benchmarks.detection.changes import CHANGES, Change, Flicker, One, Placed, Rate
from benchmarks.detection.contract import Maker, Setting, setting
from benchmarks.detection.counts import count, pieces
from benchmarks.detection.quiet import BLOCK
from benchmarks.detection.regimes import DAY, REAL, REGIMES, RESTLESS, SEASON, START, WEEK, Regime, name_of
from benchmarks.detection.told import Told, run
from benchmarks.detection.world import World

HOUR: Final = 3_600
_EARLY: Final = (CHANGES[3], Change("large state x3", One("large", 3)), CHANGES[4], CHANGES[5])
"""Silence, and states that surge."""
_HOVERING: Final = (Flicker(1.2, 1.2, 1), Flicker(1, 1.4, 2), Flicker(1.1, 1.3, 5))


class Scene(NamedTuple):
    """A story, and what was told."""

    name: str
    wanted: str
    began: int
    """Seconds since 1970; what is told is counted from here."""
    told: list[Told]

    def text(self) -> str:
        """In Markdown."""
        lines = [f"    {one.line()}, {one.detected - self.began:,.0f} s after" for one in self.told]
        return "\n".join([f"- **{self.name}** (wanted: {self.wanted}): {len(self.told) or 'nothing'} told", *lines])


def cold(make: Maker, change: Change, after: int, regime: Regime = SEASON, seed: int = 1) -> Scene:
    """A change some seconds after a detector saw its first event."""
    placed = Placed(World(regime, seed), change, START + after)
    detector = make(setting(placed.world))
    past = run(detector, detector.blank(), placed.world.blocks(START, placed.began, BLOCK))
    found = run(detector, past.state, [altered(placed, placed.began, placed.ended)]).told
    name = f"{name_of(regime)}: {change.name}, {after / 60:,.0f} min after a cold start"
    return Scene(name, "told", placed.began, _from(placed.began, found))


def cold_quiet(make: Maker, regime: Regime = SEASON, seed: int = 1, length: int = DAY) -> Scene:
    """Nothing happens after a cold start."""
    world = World(regime, seed)
    detector = make(setting(world))
    found = run(detector, detector.blank(), world.blocks(START, START + length, HOUR)).told
    name = f"{name_of(regime)}: the first {length / HOUR:g} h after a cold start, nothing happens"
    return Scene(name, "no storm", START, found)


def after_weeks(make: Maker, placed: Placed, after: int, name: str, wanted: str) -> Scene:
    """A change in a world that is known well, and some seconds after it."""
    detector = make(setting(placed.world))
    past = run(detector, detector.blank(), placed.world.blocks(START, placed.began, BLOCK))
    blocks = pieces(altered(placed, placed.began, placed.ended + after), HOUR)
    found = run(detector, deepcopy(past.state), blocks).told
    return Scene(name, wanted, placed.began, _from(placed.began, found))


def stopped(make: Maker, part: str = "large", regime: Regime = RESTLESS, seed: int = 1, hour: float = 62.5) -> Scene:
    """One category stops for 30 minutes while the rest flows."""
    began = START + 4 * WEEK + int(hour * HOUR)
    placed = Placed(World(regime, seed), Change(f"{part} stopped", One(part, 0)), began, 1_800)
    return after_weeks(make, placed, 2 * HOUR, f"the {part} state stops for 30 minutes", "told once near its onset")


def lasting(make: Maker, factor: float = 2, days: int = 7, regime: Regime = RESTLESS, seed: int = 1) -> Scene:
    """The rate doubles and stays."""
    began = START + 4 * WEEK + 62 * HOUR
    placed = Placed(World(regime, seed), Change(f"rate x{factor:g} for good", Rate(factor)), began, days * DAY)
    return after_weeks(make, placed, 0, f"the rate times {factor:g}, for {days} days", "one incident")


def another_mix(make: Maker, change: Change, days: int = 2, regime: Regime = RESTLESS, seed: int = 1) -> Scene:
    """The mix changes and stays so."""
    placed = Placed(World(regime, seed), change, START + 4 * WEEK + 62 * HOUR, days * DAY)
    return after_weeks(make, placed, 0, f"{change.name}, for {days} days", "one incident")


def hovering(make: Maker, flicker: Flicker, regime: Regime = RESTLESS, seed: int = 1) -> Scene:
    """The rate goes to and fro between two factors for three hours."""
    placed = Placed(World(regime, seed), Change("hovering", flicker), START + 4 * WEEK + 62 * HOUR, 3 * HOUR)
    name = f"the rate between {flicker.low:g} and {flicker.high:g} times, {flicker.period} minutes each, for 3 h"
    return after_weeks(make, placed, 2 * HOUR, name, "at most one fired and one resolved")


def three_of_four(make: Maker, seed: int = 1, learn: int = 4 * WEEK, odd: float = 0.1) -> Scene:
    """Four events in an hour, three of them of the kind that is one in ten; before that four an hour as ever."""
    rng = np.random.default_rng(seed)
    detector = make(Setting(2))
    state, start = detector.blank(), START
    if learn:
        tick = np.sort(START + rng.integers(0, learn, 4 * learn // HOUR))
        past = count(tick, (rng.random(len(tick)) < odd).astype(np.int32), START, START + learn)
        state, start = run(detector, state, pieces(past, HOUR)).state, START + learn
    ticks = start + np.array([400, 1_300, 2_000, 3_100])
    hour = count(ticks, np.array([1, 0, 1, 1], np.int32), start, start + HOUR)
    found = run(detector, state, [hour]).told
    return Scene(
        f"three odd of four events in an hour, after {learn / DAY:g} days", "nothing", start, _from(start, found)
    )


def clock_change(make: Maker, zone: str = "America/New_York", seed: int = 1, rate: float = 5) -> Scene:
    """The night of 2026-03-08, when clocks go forward in the US, and the day and a half after it."""
    world = World(SEASON._replace(zones=REAL, rate=rate), seed)
    night = START + 62 * DAY
    detector = make(setting(world, zone))
    past = run(detector, detector.blank(), world.blocks(START, night, BLOCK))
    found = run(detector, past.state, world.blocks(night, night + 2 * DAY, HOUR)).told
    return Scene(f"clocks go forward, the watch by {zone}", "nothing", night, _from(night, found))


def scenes(make: Maker) -> Iterator[Scene]:
    """All of them; some minutes."""
    yield from (cold_quiet(make, regime) for regime in REGIMES.values())
    yield from (cold(make, change, 2_400, regime) for change in _EARLY for regime in (SEASON, RESTLESS))
    yield from (cold(make, change, DAY + 6 * HOUR, RESTLESS) for change in CHANGES)
    yield from (stopped(make, part) for part in ("large", "middle"))
    yield from (lasting(make, factor) for factor in (2, 0.5))
    yield from (another_mix(make, change) for change in CHANGES[4:])
    yield from (hovering(make, flicker) for flicker in _HOVERING)
    yield from (three_of_four(make, learn=learn) for learn in (4 * WEEK, 0))
    yield from (clock_change(make, zone) for zone in ("America/New_York", "UTC"))


def _from(began: int, told: list[Told]) -> list[Told]:
    return [one for one in told if one.detected > began]
