"""Delays, limits and false alarms are counted as they should."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.detection.branch import altered
from benchmarks.detection.changes import CHANGES, LENGTH, Change, Placed, Rate
from benchmarks.detection.delay import Delays, Trial, aftermaths, delays, moments
from benchmarks.detection.known import Known, bound, calibrated, cusum, information, peaks, ratios
from benchmarks.detection.plan import Plan
from benchmarks.detection.quiet import quiet
from benchmarks.detection.regimes import CLEAN, DAY, SEASON, START, WEEK
from benchmarks.detection.told import Told, open_seconds
from benchmarks.detection.world import World
from tests.benchmarks.quietness import Quietness

STEPS = st.lists(st.floats(-3, 3), min_size=1, max_size=60)


@given(STEPS)
def test_the_cusum_is_the_recursion(steps: list[float]) -> None:
    value, path = 0.0, []
    for step in steps:
        value = max(0.0, value + step)
        path.append(value)
    assert np.allclose(cusum(np.array(steps)), path, atol=1e-9)


@given(st.lists(st.integers(0, 4), max_size=60))
def test_peaks_are_the_largest_values_between_zeros(path: list[int]) -> None:
    wanted = [max(map(int, part)) for part in "".join(map(str, path)).split("0") if part]
    assert peaks(np.array(path, float)).tolist() == wanted


@pytest.mark.parametrize("change", [each for each in CHANGES if each.name != "silence"], ids=lambda each: each.name)
def test_a_likelihood_ratio_has_mean_1_while_nothing_happens(change: Change) -> None:
    world = World(SEASON, 8)
    found = np.exp(ratios(world, change, world.counts(START + DAY, START + 3 * DAY)))
    assert found.mean() == pytest.approx(1, abs=5 * found.std() / math.sqrt(len(found)))


def test_silence_adds_up_what_was_expected_since_the_last_event() -> None:
    world = World(CLEAN, 8)
    placed = Placed(world, Change("silence", Rate(0)), START + DAY)
    steps = ratios(world, placed.change, altered(placed, placed.began, placed.began + 100))
    assert cusum(steps)[-1] == pytest.approx(500)


def test_the_information_of_a_rate_is_that_of_a_poisson_count() -> None:
    for factor in (0.5, 1.5, 2):
        placed = Placed(World(CLEAN, 1), Change("", Rate(factor)), START)
        assert information(placed) == pytest.approx(5 * (factor * math.log(factor) - factor + 1))
    assert bound(Placed(World(CLEAN, 1), Change("", Rate(0)), START)) == pytest.approx(math.log(5 * WEEK) / 5)


def test_the_limit_of_the_known_cusum_gives_one_alarm_a_week_on_other_seeds() -> None:
    change = CHANGES[1]
    (known,) = calibrated([World(CLEAN, 1_001)], [change], 1)
    # The peaks fall off as e^-h, so there are e^4 times as many alarms at a limit that is lower by 4.
    world = World(CLEAN, 21)
    steps = [ratios(world, change, counts) for counts in world.blocks(START, START + WEEK)]
    alarms = int((peaks(cusum(np.concatenate(steps))) > known.limit - 4).sum())
    assert 0.5 < alarms / math.exp(4) < 1.6


def test_the_known_cusum_needs_what_wald_says_for_a_large_limit() -> None:
    placed = Placed(World(CLEAN, 1), Change("rate x2", Rate(2)), START + DAY)
    information_a_second = 5 * (2 * math.log(2) - 1)
    assert Known(placed.change, 3_000).delay(placed) == pytest.approx(3_000 / information_a_second, rel=0.1)
    assert Known(placed.change, 1e9).delay(placed) == LENGTH


def test_a_silence_is_told_when_the_detector_tells_it_and_a_miss_counts_whole() -> None:
    plan = Plan(learn=0, weeks=1, number=5, changes=(Change("silence", Rate(0)), Change("rate x1.5", Rate(1.5))))
    found = delays(Quietness, World(CLEAN, 6), plan)
    silent, faster = ([one for one in found if one.placed.change == change] for change in plan.changes)
    assert [one.placed.began for one in silent] == moments(World(CLEAN, 6), plan)
    assert all(12 - 5 < one.delay <= 12 and one.name == "silence" for one in silent)
    assert all(one.missed and one.delay == LENGTH for one in faster)
    assert Delays.of(found).missed == 0.5
    assert Delays.of(faster).mean == LENGTH


def test_trials_do_not_disturb_each_other() -> None:
    silence, faster = Change("silence", Rate(0)), Change("rate x2", Rate(2))
    alone, beside = (
        [one.delay for one in delays(Quietness, World(CLEAN, 6), Plan(learn=0, weeks=1, number=3, changes=changes))][
            ::step
        ]
        for changes, step in (((silence,), 1), ((silence, faster), 2))
    )
    assert alone == beside


def test_an_ending_has_all_that_was_told_of_a_change_and_whether_it_is_over() -> None:
    plan = Plan(learn=0, weeks=1, number=3, changes=(Change("silence", Rate(0)), Change("rate x2", Rate(2))))
    found = aftermaths(Quietness, World(CLEAN, 6), plan)
    assert [len(one.told) for one in found] == [1, 0] * 3
    assert not any(one.is_open for one in found)
    lasted = [one.told[0].ended - one.told[0].began for one in found[::2] if one.told[0].ended is not None]
    assert all(LENGTH <= each < LENGTH + 12 for each in lasted)


def test_false_alarms_are_counted_by_week_with_the_time_that_they_are_open() -> None:
    world = World(CLEAN._replace(rate=0.8), 9)
    found = quiet(Quietness, world, Plan(learn=1, weeks=2))
    ticks = np.concatenate([np.unique(part.tick) for part in world.blocks(START, START + 3 * WEEK)])
    long = np.flatnonzero(np.diff(ticks) > 12)
    late = ticks[long] + 13 > START + WEEK
    assert len(found.told) == late.sum() == sum(found.by_week)
    assert len(found.learning) == (~late).sum()
    assert found.a_week == len(found.told) / 2
    open_s = (ticks[long + 1] + 1 - ticks[long] - 13)[late].sum()
    assert found.open_share * 2 * WEEK == pytest.approx(open_s)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=12))
def test_time_in_alarm_is_that_of_the_union(spans: list[tuple[int, int]]) -> None:
    told = [Told("", "", start, start, start + length) for start, length in spans]
    seconds = {second for start, length in spans for second in range(start, start + length) if 10 <= second < 40}
    assert open_seconds(told, 10, 40) == len(seconds)


def test_a_delay_is_that_of_the_first_alarm_within_the_change() -> None:
    found = Delays.of([Trial(Placed(World(CLEAN, 1), CHANGES[0], START), delay, "x") for delay in (1.0, 2, 3, 94)])
    assert (found.mean, found.median, found.missed) == (25, 2.5, 0)
