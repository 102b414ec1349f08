"""The rivals compute what their sources say, and each has one alarm a week at its limit."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.detection.changes import CHANGES, LENGTH, Change, Placed, Rate
from benchmarks.detection.counts import count
from benchmarks.detection.regimes import CLEAN, DAY, SEASON, START, WEEK
from benchmarks.detection.rivals.contract import Limited, Scores, alarms, limited, quiet_scores
from benchmarks.detection.rivals.ears import Ears
from benchmarks.detection.rivals.ewma import Ewma
from benchmarks.detection.rivals.farrington import Farrington
from benchmarks.detection.rivals.gap import Gap
from benchmarks.detection.rivals.gtest import GTest
from benchmarks.detection.world import World
from rarebird.detect.counts import Counts

WORLD = World(CLEAN, 3)


def steady(buckets: list[int], length: int) -> Counts:
    """So many events in the first tick of each bucket."""
    tick = START + length * np.repeat(np.arange(len(buckets)), buckets)
    return count(tick, np.zeros(len(tick), np.int32), START, START + length * len(buckets))


def test_an_alarm_is_over_after_half_an_hour_below_the_limit() -> None:
    scores = Scores(np.array([0, 1_800, 3_601, 3_700]), np.array([9.0, 9, 9, 9]))
    assert alarms(scores, 8).tolist() == [0, 3_601]
    assert alarms(scores, 9).tolist() == []


def test_the_limit_lets_one_alarm_a_week_pass() -> None:
    worlds = [World(CLEAN._replace(rate=0.5), seed) for seed in (1, 2)]
    found = limited(Ewma(), worlds, 0, 1)
    number = sum(len(alarms(quiet_scores(Ewma(), world, 0, 1), found.limit)) for world in worlds)
    assert 1 <= number <= 2


def test_a_fixed_limit_is_not_calibrated() -> None:
    assert limited(Gap(), [WORLD], 0, 1).limit == 20


def test_the_ewma_has_the_variance_that_is_taken_out_of_it() -> None:
    scores = Ewma().scores(World(SEASON, 3), World(SEASON, 3).counts(START, START + 3 * DAY))
    assert np.sqrt(np.mean(scores.value[600:] ** 2)) == pytest.approx(1, rel=0.05)


def test_ears_c2_leaves_two_buckets_out() -> None:
    found = Ears().scores(WORLD, steady([1, 2, 3, 4, 5, 6, 7, 100, 100, 10], 60))
    assert found.time.tolist() == [START + 600]
    assert found.value[0] == pytest.approx((10 - 4) / np.std([1, 2, 3, 4, 5, 6, 7], ddof=1))


def test_farrington_has_about_unit_scores_while_nothing_happens() -> None:
    start = START + 3 * WEEK
    found = Farrington().scores(WORLD, WORLD.counts(start, start + DAY))
    assert np.sqrt(np.mean(found.value**2)) == pytest.approx(1, rel=0.2)
    assert (np.diff(found.time) == 600).all()


def test_farrington_needs_a_past() -> None:
    with pytest.raises(ValueError, match="expected at least a week"):
        Farrington().scores(WORLD, WORLD.counts(START, START + DAY))


def test_the_mean_gap_is_that_of_two_minutes() -> None:
    found = Gap().scores(WORLD, steady([6, 0, 0], 60))
    assert found.value.tolist()[0] == 20
    assert found.value.tolist()[-1] == 240


def test_the_g_test_has_the_mean_of_chi_square_for_large_counts() -> None:
    world = World(CLEAN._replace(categories=9), 3)
    found = GTest().scores(world, world.counts(START, START + 2 * DAY))
    # 8 degrees of freedom; the rarest of nine is expected 0.3 times in 1,000, which bends the mean a little.
    assert found.value.mean() == pytest.approx(8, rel=0.12)


@pytest.mark.parametrize("rival", [Ewma(), Ears(), Farrington(), Gap()], ids=lambda rival: rival.name)
def test_every_rival_of_the_rate_sees_the_stream_stop(rival: Ewma) -> None:
    placed = Placed(WORLD, Change("silence", Rate(0)), START + 2 * WEEK + 40_000)
    limit = {"mean gap over 20 s": 20.0}.get(rival.name, 8.0)
    assert 0 < Limited(rival, limit).delay(placed) <= 1_200


def test_the_g_test_sees_the_mix_flatten_and_the_rate_not() -> None:
    flat, faster = (Placed(WORLD, CHANGES[place], START + DAY) for place in (7, 1))
    assert Limited(GTest(), 110.0).delay(flat) < 200
    assert Limited(GTest(), 110.0).delay(faster) == LENGTH
