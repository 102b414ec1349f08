"""What is learned of the shares: a probability for each category and for those never seen, by the hour."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rarebird.detect import shares
from rarebird.detect.shares import PERIOD, Expected, Shares
from rarebird.model.clock import DAY, UTC, Zone
from tests.detect.streams import HOUR, START

Mix = Callable[[int], list[float]]


def learned(mix: Mix, periods: int, zone: Zone = UTC, seed: int = 1) -> Shares:
    """What is known after so many periods in which so many events of each category were to be expected."""
    draws, known = np.random.default_rng(seed), shares.blank()
    for start in range(START, START + periods * PERIOD, PERIOD):
        means = mix(start)
        known = shares.wide(known, len(means))
        told = shares.expect(known, zone, start)
        known = shares.learn(known, zone, start, draws.poisson(means).astype(np.float64), told)
    return known


@settings(max_examples=40)
@given(
    st.lists(st.floats(0, 200), min_size=1, max_size=12), st.integers(0, 60), st.integers(0, 7 * DAY),
    st.integers(0, 2**32),
)  # fmt: skip
def test_shares_are_positive_and_leave_room_for_what_was_never_seen(
    means: list[float], periods: int, time: int, seed: int
) -> None:
    known = learned(lambda _: means, periods, seed=seed)
    known = shares.wide(known, len(means) + 2)
    told = shares.expect(known, UTC, START + time)
    assert (told.share > 0).all()
    assert (told.base > 0).all()
    assert (told.shape > 0).all()
    assert told.share.sum() < 1
    assert 0 < shares.unseen(known) <= 1
    assert [len(column) for column in told] == [len(means) + 2] * 4


def test_without_categories_nothing_is_expected_of_any() -> None:
    told = shares.expect(shares.blank(), UTC, START)
    assert [len(column) for column in told] == [0, 0, 0, 0]
    assert shares.unseen(shares.blank()) == 1


def test_the_shares_of_a_steady_mix_are_learned_within_an_hour() -> None:
    means = [120.0, 60.0, 15.0, 5.0]
    share = shares.expect(learned(lambda _: means, 12), UTC, START + HOUR).share
    assert share.tolist() == pytest.approx([mean / 200 for mean in means], rel=0.25)
    assert share[:2].tolist() == pytest.approx([0.6, 0.3], rel=0.06)


def swapping(zone: Zone) -> Mix:
    """One leads in the first half of the day, another in the second."""
    return lambda time: [100.0, 20.0, 30.0] if zone.local(time) % DAY < DAY // 2 else [20.0, 100.0, 30.0]


@pytest.mark.parametrize("zone", [UTC, Zone(np.array([0]), np.array([9 * HOUR]))])
def test_the_hour_of_the_day_is_learned(zone: Zone) -> None:
    mix, days = swapping(zone), 6
    known = learned(mix, days * DAY // PERIOD, zone)
    for hour in (2, 5, 9, 14, 18, 22):
        time = START + days * DAY + (hour * HOUR - zone.local(START) % DAY) % DAY
        true = np.array(mix(time)) / 150
        # By hour alone: the last hours are another matter.
        base = shares.expect(known, zone, time).base
        assert (base / base.sum()).tolist() == pytest.approx(true.tolist(), rel=0.15)


def test_a_mix_that_has_changed_is_followed_within_hours() -> None:
    def mix(time: int) -> list[float]:
        return [100.0, 50.0] if time < START + 2 * DAY else [50.0, 100.0]

    known = learned(mix, (2 * DAY + 4 * HOUR) // PERIOD)
    share = shares.expect(known, UTC, START + 2 * DAY + 4 * HOUR).share
    assert share[1] > share[0]


@pytest.mark.parametrize("seed", range(4))
def test_what_came_often_for_days_and_is_quiet_since_is_expected_the_less_the_shorter_the_memory(seed: int) -> None:
    def mix(time: int) -> list[float]:
        return [1.7, 0.8 if time < START + 2 * DAY else 0.01]

    now = START + 2 * DAY + 18 * HOUR
    known = learned(mix, (now - START) // PERIOD, seed=seed)
    by_memory = [shares.expect(known._replace(chosen=at), UTC, now).share[1] for at in range(len(shares.MEMORIES))]
    assert by_memory == sorted(by_memory)
    assert 0 < by_memory[0] < 0.04 < by_memory[-1] < shares.expect(known, UTC, now).base[1] / 2


def test_the_more_was_seen_of_a_category_the_surer_its_share_is() -> None:
    for periods in (5, 50, 500):
        shape = shares.expect(learned(lambda _: [100.0, 10.0, 1.0], periods), UTC, START + periods * PERIOD).shape
        assert shape[0] > shape[1] > shape[2]


@pytest.mark.parametrize(("wander", "low", "high"), [(0.0, 0.0, 0.004), (0.3, 0.04, 0.2)])
def test_how_far_shares_stray_is_learned(wander: float, low: float, high: float) -> None:
    draws = np.random.default_rng(5)
    paths: dict[int, NDArray[np.float64]] = {}

    def mix(time: int) -> list[float]:
        path = paths.setdefault(time // 600, np.exp(wander * draws.standard_normal(6)))
        return [400.0 * float(each) for each in path]

    told = shares.expect(learned(mix, 600), UTC, START + 600 * PERIOD)
    assert low <= float(1 / told.shape[0]) <= high


def test_of_the_first_period_nothing_was_expected() -> None:
    none = Expected(*(np.zeros(2) for _ in range(4)))
    known = shares.learn(shares.wide(shares.blank(), 2), UTC, START, np.array([30.0, 10.0]), none)
    assert known.expected[:, 0].tolist() == pytest.approx(40 * shares.expect(known, UTC, START).base)
    assert known.overall.tolist() == [30, 10]


@pytest.mark.parametrize("first", [[1.0, 0.0], [0.0, 3.0], [40.0, 1.0]])
def test_what_hour_and_overall_learn_in_the_first_hour_is_not_learned_a_second_time(first: list[float]) -> None:
    known = shares.wide(shares.blank(), 2)
    start = START // HOUR * HOUR
    for at, events in enumerate([first, *[[900.0, 30.0]] * 10]):
        told = shares.expect(known, UTC, start + at * PERIOD)
        known = shares.learn(known, UTC, start + at * PERIOD, np.array(events), told)
        told = shares.expect(known, UTC, start + (at + 1) * PERIOD)
        if at:
            assert told.share[1] == pytest.approx(told.base[1], rel=0.02)


@pytest.mark.parametrize("first", [[1.0, 0.0], [0.0, 3.0], [40.0, 1.0]])
@pytest.mark.parametrize("minute", [30, 50, 55])
def test_a_first_period_of_a_few_events_counts_no_more_beyond_the_end_of_its_hour(
    first: list[float], minute: int
) -> None:
    known = shares.wide(shares.blank(), 2)
    begin = START // HOUR * HOUR + minute * 60
    for at, events in enumerate([first, *[[900.0, 30.0]] * 10]):
        start = begin + at * PERIOD
        known = shares.learn(known, UTC, start, np.array(events), shares.expect(known, UTC, start))
        if at:
            came = float(known.overall[1] / known.overall.sum())
            assert 0.7 * came < shares.expect(known, UTC, start + PERIOD).share[1] < 1.1 * came


FACTORS = st.lists(st.sampled_from([0.1, 0.5, 0.8, 1.0, 1.2, 2.0, 10.0, 300.0]), min_size=4, max_size=4)


@settings(max_examples=30)
@given(FACTORS, st.integers(0, 23))
def test_a_mix_that_has_moved_for_good_has_moved_in_all_hours(factors: list[float], hour: int) -> None:
    known, factor = learned(lambda _: [400.0, 200.0, 100.0, 50.0], 2 * DAY // PERIOD), np.array(factors)
    moved, time = shares.moved(known, factor), START + 2 * DAY + hour * HOUR
    assert moved.overall.sum() == pytest.approx(known.overall.sum())
    assert moved.hourly.sum(axis=0).tolist() == pytest.approx(known.hours.tolist())
    for before, after in zip(shares.expect(known, UTC, time)[:2], shares.expect(moved, UTC, time)[:2], strict=True):
        wanted = before * factor
        assert (after / after.sum()).tolist() == pytest.approx((wanted / wanted.sum()).tolist(), rel=0.05)


@pytest.mark.parametrize("back", [20.0, 1000.0, 30_000.0])
def test_the_hours_of_a_category_that_went_are_there_when_it_is_back(back: float) -> None:
    known, time = learned(lambda _: [400.0, 200.0, 100.0], 2 * DAY // PERIOD), START + 2 * DAY
    went = shares.moved(known, np.array([1.0, 1.0, 1e-3]))
    np.testing.assert_allclose(went.hourly, known.hourly)
    gone = shares.expect(went, UTC, time)
    assert gone.share[2] / gone.share[0] == pytest.approx(0.25e-3, rel=0.05)
    again = shares.moved(went, np.array([1.0, 1.0, back]))
    told = shares.expect(again, UTC, time)
    assert told.share[2] / told.share[0] == pytest.approx(0.25e-3 * back, rel=0.05)
    assert told.base[2] / told.base[0] == pytest.approx(0.25 * max(1.0, 1e-3 * back), rel=0.05)


@given(st.integers(0, 20), st.integers(0, 20))
def test_room_for_more_changes_nothing_of_what_is_known(few: int, more: int) -> None:
    known = learned(lambda _: [5.0] * (few + 1), 3)
    wide = shares.wide(known, few + 1 + more)
    assert wide.overall.tolist() == known.overall.tolist() + [0] * more
    assert wide.events[: few + 1].tolist() == known.events.tolist()
    assert shares.unseen(wide) == shares.unseen(known)
    assert shares.wide(wide, 1) is wide


def test_very_many_categories_have_no_profile_of_the_day_beyond_the_first() -> None:
    many = shares.PROFILED + 3
    known = learned(lambda _: [0.5] * many, 2)
    told = shares.expect(known, UTC, START)
    assert known.hourly.shape == (shares.PROFILED, shares.HOURS)
    assert told.share.sum() < 1
    assert (told.share > 0).all()
