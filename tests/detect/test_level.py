"""What is learned of the level: the day, the week, the clock on the wall, and how fast it wanders."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.detect import level
from rarebird.detect.level import MINUTE, Level
from rarebird.model.clock import DAY, UTC, Zone
from tests.detect.streams import HOUR, START

Rate = Callable[[int], float]
SPRING = START + 6 * DAY + 7 * HOUR
"""A Sunday in March: clocks go from 02:00 to 03:00 in New York."""
NEW_YORK = Zone(np.array([0, SPRING]), np.array([-5 * HOUR, -4 * HOUR]))


def learned(rate: Rate, days: float, zone: Zone = UTC, seed: int | None = 1, start: int = START) -> Level:
    """What is known after so many days of Poisson counts, or of exactly so many events."""
    draws = None if seed is None else np.random.default_rng(seed)
    known = level.blank()
    for minute in range(start, start + int(days * DAY), MINUTE):
        mean = rate(minute) * MINUTE
        events = round(mean) if draws is None else int(draws.poisson(mean))
        known = level.learn(known, zone, minute, events, level.expected(known, zone, minute))
    return known


def errors(known: Level, rate: Rate, since: int, until: int, zone: Zone = UTC) -> list[float]:
    """How far off it expects each quarter of an hour, relative, as though the level stayed what it is."""
    times = range(since, until, 900)
    return [level.expected(known, zone, time) * known.ratio / rate(time) - 1 for time in times]


def by_local_hour(zone: Zone) -> Rate:
    return lambda time: 4 + 3 * math.sin(2 * math.pi * (zone.local(time) % DAY) / DAY)


def test_a_daily_rhythm_is_learned_within_days() -> None:
    rate = by_local_hour(UTC)
    for days, most in [(2, 0.15), (4, 0.12)]:
        known = learned(rate, days)
        off = errors(known, rate, START + days * DAY, START + (days + 1) * DAY)
        assert max(map(abs, off)) < most
        assert known.age == days * DAY


def test_weekdays_are_learned_within_weeks() -> None:
    def rate(time: int) -> float:
        return (8.0 if (time - START) // DAY % 7 < 5 else 3.0) * (1 + 0.5 * math.sin(2 * math.pi * time / DAY))

    def worst(weeks: int) -> float:
        known, start = learned(rate, 7 * weeks), START + 7 * weeks * DAY
        expected = np.array([level.expected(known, UTC, start + hour * HOUR) for hour in range(168)])
        true = np.array([rate(start + hour * HOUR) for hour in range(168)])
        middle = np.array([6 <= hour % 24 < 18 for hour in range(168)])
        # What is expected counts only up to the level that is tracked.
        ratio = (expected / expected.mean()) / (true / true.mean())
        return float(np.abs(np.log(ratio[middle])).mean())

    assert worst(4) < 0.12
    assert worst(4) < worst(2) < worst(1)


def test_a_time_zone_with_daylight_saving_follows_the_clock_on_the_wall() -> None:
    local = by_local_hour(NEW_YORK)
    known = learned(local, 6, NEW_YORK)
    after = range(SPRING, SPRING + DAY, 900)
    off = [level.expected(known, NEW_YORK, time) * known.ratio / local(time) - 1 for time in after]
    assert max(map(abs, off)) < 0.15
    winter = Zone(np.array([0]), np.array([-5 * HOUR]))
    assert max(abs(level.expected(known, winter, time) * known.ratio / local(time) - 1) for time in after) > 0.2


def test_the_level_is_known_within_minutes_of_a_cold_start() -> None:
    known = learned(lambda _: 5.0, 600 / DAY)
    assert known.ratio == pytest.approx(5, rel=0.1)
    assert level.expected(known, UTC, START) == 1
    assert known.support > 1000


def wandering(sd: float, correlation: float, seed: int) -> Rate:
    draws, value, path = np.random.default_rng(seed), 0.0, []
    keep = np.exp(-MINUTE / correlation)
    for _ in range(3 * DAY // MINUTE):
        value = value * keep + sd * np.sqrt(1 - keep**2) * draws.standard_normal()
        path.append(8 * np.exp(value))
    return lambda time: path[(time - START) // MINUTE]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_tracker_is_slow_where_the_level_is_steady_and_fast_where_it_wanders(seed: int) -> None:
    steady = learned(lambda _: 8.0, 0.9, seed=seed)
    restless = learned(wandering(0.1, 3600, seed), 0.9, seed=seed)
    assert level.MEMORIES[steady.chosen] >= 7200
    assert level.MEMORIES[restless.chosen] <= 900
    assert steady.support > restless.support


def test_a_tracker_remembers_longer_where_less_is_expected() -> None:
    def rate(time: int) -> float:
        return 16.0 if time % DAY < DAY // 2 else 1.0

    # With the square root of the rate: four times as long at a sixteenth of it, so over a fourth of the events.
    loud, few = (learned(rate, days, seed=None)._replace(chosen=2).support for days in (3.25, 3.75))
    assert loud / few == pytest.approx(4, rel=0.15)


def test_of_what_comes_exactly_as_expected_nothing_changes() -> None:
    known = learned(lambda _: 3.0, 2.5, seed=None)
    assert known.ratio * level.expected(known, UTC, START) == pytest.approx(3, rel=1e-3)
    assert known.profile.tolist() == pytest.approx([3.0] * level.SLOTS, rel=1e-3)
    assert known.week.tolist() == [1] * level.PARTS


@given(st.floats(1, 1e6), st.floats(1, 1e6), st.floats(0, 1e6))
def test_a_level_that_has_moved_for_good_is_the_new_one_at_once(events: float, hour: float, before: float) -> None:
    known = learned(lambda _: 3.0, 1.1, seed=None)
    moved, factor = level.moved(known, events, hour, before)
    assert moved.ratio * factor == pytest.approx(events / hour)
    assert moved.support == pytest.approx(events, abs=4)
    assert level.expected(moved, UTC, START) == pytest.approx(factor * level.expected(known, UTC, START))


def test_a_day_with_a_hole_keeps_what_was_known_of_the_hours_in_it() -> None:
    rate = by_local_hour(UTC)
    known = learned(rate, 3)
    for minute in range(START + 3 * DAY + 6 * HOUR, START + 4 * DAY + 6 * HOUR, MINUTE):
        known = level.learn(known, UTC, minute, round(rate(minute) * MINUTE), level.expected(known, UTC, minute))
    off = errors(known, rate, START + 4 * DAY + 6 * HOUR, START + 5 * DAY + 6 * HOUR)
    assert max(map(abs, off)) < 0.15


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_hours_that_were_never_counted_take_the_rate_of_their_neighbours(scale: float) -> None:
    def rate(time: int) -> float:
        return scale * (1.0 if time % DAY < DAY // 2 else 3.0)

    known = level.blank()
    for minute in range(START, START + 3 * DAY, MINUTE):
        if not 20 * HOUR <= minute % DAY < 22 * HOUR:
            base = level.expected(known, UTC, minute)
            known = level.learn(known, UTC, minute, rate(minute) * MINUTE, base)
    never = known.slot_time == 0
    assert never.sum() == 12
    # The profile of few events is smoothed over hours, so midnight shows in it.
    low, high = sorted((known.profile[119], known.profile[132]))
    assert ((known.profile[never] >= low) & (known.profile[never] <= high)).all()
    assert 2.5 * scale < low <= high < 3.1 * scale


def test_parts_of_the_week_that_were_never_counted_are_like_their_neighbours_and_hide_no_other() -> None:
    def rate(time: int) -> float:
        return 8.0 if (time - START) // DAY % 7 < 5 else 2.0

    known = level.blank()
    for minute in range(START, START + 22 * DAY, MINUTE):
        if not (minute - START) % (7 * DAY) < 6 * HOUR:
            base = level.expected(known, UTC, minute)
            known = level.learn(known, UTC, minute, rate(minute) * MINUTE, base)
    never = known.part_expected == 0
    assert never.sum() == 2
    assert known.week[5 * 8 : 7 * 8].mean() < 0.6 * known.week[8 : 5 * 8].mean()
    low, high = sorted((known.week[2], known.week[-1]))
    assert ((known.week[never] >= low) & (known.week[never] <= high)).all()


def clumped(time: int) -> int:
    """Forty events in the first minute of each half hour."""
    return 40 if time % 1800 == 0 else 0


def test_between_clumps_a_level_does_not_fall_to_nothing() -> None:
    known, least = level.blank(), []
    for minute in range(START, START + 2 * DAY, MINUTE):
        known = level.learn(known, UTC, minute, clumped(minute), level.expected(known, UTC, minute))
        if minute > START + DAY:
            least.append(min(known._replace(chosen=each).ratio for each in range(len(level.MEMORIES))))
    now = level.expected(known, UTC, START)
    assert min(least) * now > 0.1 * 40 / 1800
    assert all(known._replace(chosen=each).support >= 4 for each in range(len(level.MEMORIES)))


@given(st.integers(0, 23), st.floats(0.1, 100))
def test_what_was_set_aside_teaches_its_hours_if_it_is_the_usual_and_nothing_otherwise(hour: int, rate: float) -> None:
    known = learned(lambda _: 3.0, 1, seed=None)
    waiting = known
    begin = START + DAY + hour * HOUR
    for minute in range(begin, begin + HOUR, MINUTE):
        waiting = level.set_aside(waiting, minute, rate * MINUTE)
    over, usual = (level.settled(waiting, UTC, begin, usual=is_usual) for is_usual in (False, True))
    assert over.slot_events.tolist() == known.slot_events.tolist()
    assert (usual.slot_events - known.slot_events).sum() == pytest.approx(rate * HOUR)
    assert (usual.slot_time - known.slot_time).sum() == pytest.approx(HOUR)
    assert (usual.slot_time > known.slot_time).nonzero()[0].tolist() == list(range(6 * hour, 6 * hour + 6))
    assert not len(over.aside)
    assert not len(usual.aside)


def test_on_the_first_day_a_change_that_stays_says_nothing_of_the_hours_before_it() -> None:
    known = learned(lambda _: 1.0, 0.3, seed=None)
    moved, _ = level.moved(known, 5.0 * HOUR, 1.0 * HOUR, 1.0)
    assert moved.slot_events.tolist() == known.slot_events.tolist()
    assert moved.ratio == pytest.approx(5)
