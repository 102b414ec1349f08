"""The worlds that detection is measured on are what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.detection import rhythm
from benchmarks.detection.branch import altered
from benchmarks.detection.changes import CHANGES, Change, Flattened, One, Placed, Rate, Watched
from benchmarks.detection.counts import count, joined, totals
from benchmarks.detection.mix import LARGEST, SMALLEST, cast, shares
from benchmarks.detection.regimes import CLEAN, DAY, REGIMES, RESTLESS, SEASON, START, WEEK, Regime
from benchmarks.detection.world import World, minutes
from rarebird.detect.counts import Counts

HOUR = 3_600


def equal(one: Counts, other: Counts) -> bool:
    columns = ((one.tick, other.tick), (one.category, other.category), (one.events, other.events))
    return one[:2] == other[:2] and all(np.array_equal(*pair) for pair in columns)


def measured(world: World, start: int, end: int) -> np.ndarray:
    """Events by category."""
    counts = world.counts(start, end)
    return np.bincount(counts.category, counts.events, world.categories)


@given(st.integers(9, 400))
def test_shares_fall_from_13_percent_to_003_and_sum_to_1(categories: int) -> None:
    found = shares(categories)
    assert found.sum() == pytest.approx(1)
    assert found[0] == pytest.approx(LARGEST)
    assert found[-1] == pytest.approx(SMALLEST)
    assert (np.diff(found) <= 0).all()


def test_a_number_of_categories_that_can_not_have_these_shares_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected 9 to 2,000 categories, got 5"):
        shares(5)


def test_a_day_swings_by_eight_and_a_weekend_is_a_fifth_lower() -> None:
    week = rhythm.curve().reshape(7, 1_440)
    assert week.mean() == pytest.approx(1)
    assert week[2].max() / week[2].min() == pytest.approx(8, rel=1e-3)
    assert week[5, 720] / week[2, 720] == pytest.approx(0.8, rel=1e-3)


def test_noon_in_new_york_is_an_hour_earlier_by_utc_once_its_clocks_have_gone_forward() -> None:
    before, after = START + 61 * DAY, START + 68 * DAY  # Saturdays, 2026-03-07 and 2026-03-14
    day = np.arange(1_440)
    shapes = [rhythm.bookings("America/New_York", start // 60 + day) for start in (before, after)]
    assert int(shapes[0].argmax()) - int(shapes[1].argmax()) == 60


@pytest.mark.parametrize("name", list(REGIMES))
def test_events_are_as_many_as_the_intensity_says(name: str) -> None:
    world = World(REGIMES[name], 7)
    start, end = START + DAY, START + 3 * DAY
    expected = 60 * world.intensity(minutes(start, end)).sum(axis=0)
    found = measured(world, start, end)
    assert np.abs((found - expected) / np.sqrt(1.4 * expected)).max() < 4.5


@pytest.mark.parametrize("name", list(REGIMES))
def test_the_mean_rate_of_a_week_is_the_one_asked_for(name: str) -> None:
    week = World(REGIMES[name]._replace(wander=0), 3).intensity(minutes(START, START + WEEK))
    assert week.sum(axis=1).mean() == pytest.approx(5, rel=2e-3)


@given(st.integers(0, 2 * DAY), st.integers(1, 3 * HOUR), st.floats(0, 1))
def test_a_stretch_is_the_same_however_it_is_cut(offset: int, length: int, part: float) -> None:
    world = World(RESTLESS._replace(rate=0.5), 5)
    start = START + offset
    middle, end = start + int(part * length), start + length
    whole = world.counts(start, end)
    pieces = [world.counts(*span) for span in ((start, middle), (middle, end)) if span[0] < span[1]]
    assert equal(joined(pieces), whole)
    assert equal(joined(list(world.blocks(start, end, HOUR))), whole)
    assert equal(whole.within(middle, end), count(*expanded(world, middle, end), middle, end))


def expanded(world: World, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    events = world.events(start, end)
    return events.tick, events.category


def test_cells_are_sorted_and_counted() -> None:
    counts = count(np.array([9, 7, 9, 9]), np.array([2, 1, 0, 2], np.int32), 7, 10)
    assert list(zip(counts.tick.tolist(), counts.category.tolist(), counts.events.tolist(), strict=True)) == [
        (7, 1, 1),
        (9, 0, 1),
        (9, 2, 2),
    ]
    assert totals(counts).tolist() == [1, 0, 3]


def test_groups_spread_counts_as_their_sizes_say() -> None:
    # Var / mean of counts over long spans is E[G^2] / E[G]; G = 1, or 1 + a geometric number of mean 3.
    world = World(CLEAN._replace(followers=0.06), 11)
    followed = 0.06 / 0.94 / 3
    wanted = (1 - followed + followed * (1 + 6 + 15)) / (1 + 3 * followed)
    found = totals(world.counts(START + DAY, START + 4 * DAY), 600)
    assert found.var() / found.mean() == pytest.approx(wanted, rel=0.25)
    assert found.mean() == pytest.approx(3_000, rel=0.01)


def test_the_level_wanders_by_8_percent_and_forgets_in_two_hours() -> None:
    world = World(CLEAN._replace(wander=0.08), 2)
    log = np.log(world.intensity(minutes(START, START + 20 * WEEK))[:, 0])
    assert log.std() == pytest.approx(0.08, rel=0.05)
    assert np.corrcoef(log[:-120], log[120:])[0, 1] == pytest.approx(np.exp(-1), abs=0.05)


def test_growth_is_what_it_says() -> None:
    world = World(CLEAN._replace(growth=0.003), 2)
    first, last = (world.intensity(minutes(at, at + 60)).sum() for at in (START, START + 10 * WEEK))
    assert last / first == pytest.approx(np.exp(0.03))


def place(change: Change, regime: Regime = RESTLESS) -> Placed:
    return Placed(World(regime, 4), change, START + DAY + 12_345)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_before_a_change_and_some_minutes_after_it_nothing_is_changed(change: Change) -> None:
    placed = place(change)
    start, end = placed.began - HOUR, placed.ended + HOUR
    found, plain = altered(placed, start, end), placed.world.counts(start, end)
    assert equal(found.within(start, placed.began), plain.within(start, placed.began))
    assert equal(found.within(placed.ended + 900, end), plain.within(placed.ended + 900, end))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_moves_each_category_by_its_factor(change: Change) -> None:
    placed = place(change, SEASON)
    minute = minutes(placed.began, placed.ended)
    expected = 60 * (placed.world.intensity(minute) * change.at(placed.world, minute)).sum(axis=0)
    found = altered(placed, placed.began, placed.ended)
    events = np.bincount(found.category, found.events, placed.world.categories)
    assert (np.abs(events - expected) < 4.5 * np.sqrt(expected + 1) + 0.02 * expected).all()


def test_a_factor_of_1_changes_nothing() -> None:
    placed = place(Change("none", Rate(1)))
    start, end = placed.began - HOUR, placed.ended
    assert equal(altered(placed, start, end), placed.world.counts(start, end))


def test_nothing_comes_in_a_silence() -> None:
    placed = place(Change("silence", Rate(0)))
    assert not len(altered(placed, placed.began, placed.ended).tick)


@given(st.integers(9, 300), st.floats(0.1, 1.9))
def test_flattening_keeps_the_total_and_raises_the_shares_to_a_power(categories: int, power: float) -> None:
    mix = shares(categories)[None]
    changed = mix * Flattened(power)(mix)
    assert changed.sum() == pytest.approx(1)
    assert np.allclose(np.log(changed / changed[:, :1]), power * np.log(mix / mix[:, :1]))


@given(st.integers(9, 300))
def test_the_watched_set_moves_by_its_factor_and_the_total_stays(categories: int) -> None:
    mix, inside = shares(categories)[None], cast(categories).watched
    changed = mix * Watched(1.5)(mix)
    assert changed.sum() == pytest.approx(1)
    assert changed[:, inside].sum() == pytest.approx(1.5 * mix[:, inside].sum())


def test_one_state_moves_alone() -> None:
    mix = shares(50)[None]
    found = One("middle", 3)(mix)[0]
    assert np.flatnonzero(found != 1).tolist() == [cast(50).middle]
    assert found[cast(50).middle] == 3
