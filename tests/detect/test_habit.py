"""Habits: what returns at its hour is the usual there, and hides neither what is beyond it nor what else happens."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebird.detect import habit
from rarebird.detect.bank import Bank, families
from rarebird.detect.habit import Habit, Near
from rarebird.detect.judge import FAMILIES
from rarebird.detect.relearn import LeftOut
from rarebird.detect.state import State
from rarebird.model.clock import Zone
from tests.detect.streams import DAY, HOUR, START, USUAL, Learned, as_bytes, begun, cut, drawn, run

NOW = 1_000_000
SURGE, ABSENT = FAMILIES.index("surge"), FAMILIES.index("absence")
SAID = st.lists(
    st.tuples(st.integers(NOW - 1400, NOW - 1), st.sampled_from([0, SURGE]), st.integers(-1, 2), st.floats(1, 1e6)),
    max_size=60,
)
NIGHT = 3 * HOUR
BATCH = (*USUAL[:2], 2.4, USUAL[3])
OTHER = (*USUAL[:3], 1.6)


def near(rows: Sequence[tuple[int, int, float]]) -> Near:
    family, category, nats = zip(*rows, strict=True) if rows else ((), (), ())
    return Near(np.array(family, np.int64), np.array(category, np.int64), np.array(nats, np.float64))


def of(said: Sequence[tuple[int, int, int, float]], now: int) -> Habit:
    """A habit after each of these was near the limit in its half hour, in the half hour `now`."""
    known = habit.blank()
    for block, family, category, nats in sorted(said):
        known = habit.note(habit.begin(known, block), near([(family, category, nats)]))
    return habit.begin(known, now)


def usual(times: Sequence[float | None], returns: Sequence[tuple[int, int]]) -> float:
    """By hand: what is usual after it came so strongly one period ago, two, …; None where it did not come."""
    came = [math.log(one) for one in times if one is not None]
    if all(sum(one is not None for one in times[:of_last]) < least for of_last, least in returns):
        return 0.0
    mean = sum(came) / len(came)
    spread = math.sqrt((sum((one - mean) ** 2 for one in came) + 3 * 0.09) / (len(came) + 2))
    return math.exp(mean + 3 * spread * math.sqrt(1 + 1 / len(came)))


DAYS = st.lists(st.none() | st.floats(5, 5000), min_size=7, max_size=7)


@given(DAYS, st.lists(st.integers(-1, 1), min_size=7, max_size=7))
def test_what_is_usual_is_a_prediction_from_the_days_before(days: list[float | None], off: list[int]) -> None:
    said = [
        (NOW - 48 * (place + 1) + beside, 0, -1, nats)
        for place, (nats, beside) in enumerate(zip(days, off, strict=True))
        if nats is not None
    ]
    found = habit.asked(of(said, NOW), 0, 3)
    assert found.tolist() == pytest.approx([usual(days, [(3, 3), (7, 5)])] * 3)
    assert not habit.asked(of(said, NOW), 1, 3).any()


@given(st.lists(st.none() | st.floats(5, 5000), min_size=4, max_size=4))
def test_weeks_and_hours_are_looked_at_alike(times: list[float | None]) -> None:
    for blocks, returns in ((336, (4, 3)), (2, (4, 4))):
        said = [(NOW - blocks * (at + 1), 0, -1, nats) for at, nats in enumerate(times) if nats is not None]
        assert habit.asked(of(said, NOW), 0, 3)[1] == pytest.approx(usual(times, [returns]))


def test_of_others_it_asks_only_where_ever_others_came_beside_what_returns() -> None:
    returns = of([(NOW - 48 * day, SURGE, 1, 80.0) for day in range(1, 20)], NOW)
    assert (
        habit.asked(returns, SURGE, 3)[0] == habit.asked(returns, SURGE, 3)[2] == 0 < habit.asked(returns, SURGE, 3)[1]
    )
    turns = [(NOW - 48 * day, ABSENT, day, 80.0) for day in range(1, 20)]
    assert not habit.asked(of(turns, NOW), ABSENT, 40).any()
    beside = of([*turns, *((NOW - 48 * day, SURGE, 1, 80.0) for day in range(1, 11))], NOW)
    assert (habit.asked(beside, ABSENT, 40) > 80).all()
    assert np.flatnonzero(habit.asked(beside, SURGE, 40)).tolist() == [1]


@given(SAID)
def test_what_was_near_the_limit_once_a_week_or_less_is_no_habit(said: list[tuple[int, int, int, float]]) -> None:
    seldom = list({(each[0] - NOW) // 504: each for each in said}.values())
    assert not habit.asked(of(seldom, NOW), 0, 3).any()


@given(SAID, st.integers(0, 60))
def test_in_how_many_parts_it_is_noted_makes_no_difference(said: list[tuple[int, int, int, float]], at: int) -> None:
    known = of(said, NOW)
    rows = [(family, category, nats) for _, family, category, nats in said]
    whole = habit.begin(habit.note(known, near(rows)), NOW + 48)
    parts = habit.begin(habit.note(habit.note(known, near(rows[:at])), near(rows[at:])), NOW + 48)
    for family in (0, SURGE):
        assert habit.asked(whole, family, 3).tolist() == habit.asked(parts, family, 3).tolist()
    assert whole.near.nats.sum() == pytest.approx(parts.near.nats.sum())


@given(SAID, st.integers(0, 1400), st.integers(0, 1400))
def test_what_is_taken_out_is_as_if_it_had_never_been(
    said: list[tuple[int, int, int, float]], first: int, more: int
) -> None:
    first += NOW - 1400
    whole = [(block, 0, -1, nats) for block, *_, nats in said]
    rest = [each for each in whole if not first <= each[0] <= first + more]
    without, never = habit.without(of(whole, NOW), first, first + more), of(rest, NOW)
    assert without.block.tolist() == never.block.tolist()
    assert habit.asked(without, 0, 3).tolist() == habit.asked(never, 0, 3).tolist()


def test_old_things_are_forgotten() -> None:
    known = of([(NOW - 48 * day, 0, -1, 50.0) for day in range(1, 60)], NOW)
    assert known.block.min() >= NOW - 4 * 336 - 1
    assert not habit.asked(habit.begin(known, NOW + 36 * 48), 0, 1).any()


def nights(
    seed: int, number: int, batch: Sequence[float] = BATCH, at: int = NIGHT
) -> list[tuple[int, Sequence[float]]]:
    """So many days with a batch of ten minutes each night, some minutes sooner or later."""
    late = np.random.default_rng(seed).integers(-300, 300, number).tolist()
    parts = [[(at + off, USUAL), (600, batch), (DAY - at - off - 600, USUAL)] for off in late]
    return [each for part in parts for each in part]


@pytest.fixture(scope="module")
def after_nights() -> tuple[Learned, list[int]]:
    """A bank after eight nights with a batch, and in which of them something began."""
    state, told = run(Bank(), cut(drawn(32, nights(32, 8)), range(0, 8 * DAY, 6 * HOUR)))
    return Learned(as_bytes(state)), [(one.detected - START) // DAY for one in begun(told)]


def later(
    known: Learned, stretches: Sequence[tuple[int, Sequence[float]]], seed: int = 5
) -> tuple[State, set[int | None]]:
    """A bank after such a day, and the categories of which something was told in it."""
    state = known.state()
    state, told = run(Bank(), cut(drawn(seed, stretches, state.now), range(0, DAY, HOUR)), state)
    return state, {one.category for one in begun(told)}


def test_a_batch_each_night_is_told_on_the_first_nights_and_then_no_more(
    after_nights: tuple[Learned, list[int]],
) -> None:
    known, days = after_nights
    assert set(days) == {0, 1, 2}
    for seed in range(4):
        assert later(known, nights(seed, 1), seed)[1] == set()


def test_the_same_at_another_hour_is_told(after_nights: tuple[Learned, list[int]]) -> None:
    assert 2 in later(after_nights[0], nights(3, 1, at=15 * HOUR))[1]


def test_another_category_at_that_hour_is_told(after_nights: tuple[Learned, list[int]]) -> None:
    assert 3 in later(after_nights[0], nights(3, 1, OTHER))[1]


def test_a_far_larger_batch_is_told(after_nights: tuple[Learned, list[int]]) -> None:
    larger = (*USUAL[:2], 15.0, USUAL[3])
    assert later(after_nights[0], nights(3, 1, larger))[1]


def test_a_habit_leaves_the_limits_of_all_else_as_they_are(after_nights: tuple[Learned, list[int]]) -> None:
    quiet, _ = run(Bank(), cut(drawn(31, [(8 * DAY, USUAL)]), range(0, 8 * DAY, 6 * HOUR)))
    excess = after_nights[0].state().judge.family_scale.excess
    assert (excess < 1.5 * quiet.judge.family_scale.excess).all()


@settings(max_examples=4, deadline=None)
@given(st.lists(st.integers(0, 4 * HOUR), max_size=12))
def test_any_cut_of_a_night_gives_the_same(after_nights: tuple[Learned, list[int]], cuts: list[int]) -> None:
    state = after_nights[0].state()
    night = drawn(8, [(NIGHT, USUAL), (600, BATCH), (HOUR, USUAL)], state.now)
    one, other = (run(Bank(), steps, after_nights[0].state()) for steps in ([night], cut(night, cuts)))
    assert one[1] == other[1]
    assert as_bytes(one[0]) == as_bytes(other[0])


def test_what_is_forgotten_is_no_habit(after_nights: tuple[Learned, list[int]]) -> None:
    known = after_nights[0].state()
    left_out = [LeftOut(START + DAY, known.now)]
    state = Bank().relearned(known, [], left_out)
    assert (state.habit.block < (START + DAY) // 1800).all()
    kept = Bank().relearned(after_nights[0].state(), [], [LeftOut(START + DAY, known.now, of_mix=False)])
    assert len(kept.habit.block) == len(known.habit.block)


def test_families_say_what_is_usual_at_this_time(after_nights: tuple[Learned, list[int]]) -> None:
    state, _ = later(after_nights[0], nights(3, 1)[:2])
    told = {name: (evidence, over, most) for name, evidence, over, most in families(state)}
    evidence, over, most = told["surge"]
    assert 0 < evidence < most
    assert over < 0
    state, _ = later(after_nights[0], [(12 * HOUR, USUAL)])
    assert [most for *_, most in families(state)] == [0.0] * len(FAMILIES)


def test_half_hours_are_those_of_the_clock_on_the_wall() -> None:
    night = START + 2 * HOUR
    zone = Zone(np.array([0, night]), np.array([-5 * HOUR, -4 * HOUR]))
    for seconds, local in ((HOUR, START - 4 * HOUR), (3 * HOUR, START - HOUR)):
        state, _ = run(Bank(zone=zone), [drawn(1, [(seconds, USUAL)])])
        assert state.habit.now == local // 1800
