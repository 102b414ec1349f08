"""The rate of the whole stream against a plain reading of every window, and silence against the second."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson

from rarebird.detect import rate
from rarebird.detect.evidence import changed
from tests.detect.streams import START

COUNTS = st.integers(0, 400)
MEANS = st.floats(0.01, 500)
SHAPES = st.floats(0.05, 1e5)


def one(count: int, mean: float, shape: float) -> float:
    return float(changed(np.array([count]), np.array([mean]), np.array([shape]))[0])


def negative_binomial(count: int, mean: float, shape: float) -> float:
    return float(nbinom.logpmf(count, shape, shape / (shape + mean))) if mean else float(count == 0) - 1


@given(COUNTS, MEANS, SHAPES)
def test_the_evidence_is_the_ratio_of_the_best_and_the_expected_negative_binomial(
    count: int, mean: float, shape: float
) -> None:
    best = 0.0 if not count else negative_binomial(count, count, shape)
    ratio = best - negative_binomial(count, mean, shape)
    assert abs(one(count, mean, shape)) == pytest.approx(ratio, abs=1e-6, rel=1e-6)
    assert one(count, mean, shape) * (count - mean) >= 0


@given(COUNTS, MEANS)
def test_where_the_mean_is_sure_the_evidence_is_that_of_poisson_counts(count: int, mean: float) -> None:
    ratio = poisson.logpmf(count, max(count, 1e-12)) - poisson.logpmf(count, mean)
    assert abs(one(count, mean, 1e12)) == pytest.approx(ratio, abs=1e-2)


@given(COUNTS, MEANS, SHAPES, st.floats(1.01, 4))
def test_the_surer_the_mean_is_the_more_is_said(count: int, mean: float, shape: float, more: float) -> None:
    assert abs(one(count, mean, shape)) <= abs(one(count, mean, shape * more)) + 1e-9
    assert abs(one(0, mean, shape)) == pytest.approx(shape * np.log1p(mean / shape), abs=1e-9)


class Plain:
    """Seconds one by one: each window's count, and the level as it was known in the minute in which it begins."""

    def __init__(self, start: int) -> None:
        self.start, self.now = start, start
        self.events: dict[int, int] = {}
        self.base: dict[int, float] = {}
        self.levels: dict[int, tuple[float, float]] = {}

    def mean(self, since: int) -> float:
        """Events expected in the window that begins there, by the level of that minute."""
        return sum(self.base[second] for second in range(since, self.now)) * self.levels[since // 60][0]

    def shape(self, since: int, window: int, spread: NDArray[np.float64]) -> float:
        return float(1 / (spread[window] + 1 / max(self.levels[since // 60][1], 1.0)))

    def windows(self, spread: NDArray[np.float64]) -> dict[int, float]:
        """Signed evidence of every window that ends now, by its length."""
        found = {}
        for at, length in enumerate(rate.WINDOWS.tolist()):
            since = self.now - length
            if since < self.start or not self.mean(since):
                continue
            count = sum(self.events[second] for second in range(since, self.now))
            found[length] = one(count, self.mean(since), self.shape(since, at, spread))
        return found

    def quiet(self) -> int:
        """Seconds since the last event, or since the start."""
        second = self.now
        while second > self.start and not self.events[second - 1]:
            second -= 1
        return self.now - second


@settings(max_examples=25)
@given(
    st.integers(0, 2**32), st.integers(0, 59), st.integers(1, 300), st.floats(0.02, 3), st.lists(st.integers(1, 40)),
    st.integers(0, 200),
)  # fmt: skip
def test_each_second_says_what_the_best_of_all_windows_says(  # noqa: PLR0917
    seed: int, late: int, length: int, often: float, cuts: list[int], floor: int
) -> None:
    draws = np.random.default_rng(seed)
    start = START + late
    plain, state = Plain(start + floor), rate.blank(start)._replace(floor=start + floor)
    plain.now, known = start, -1
    while plain.now < start + length:
        # One level a minute, known when it begins.
        if plain.now // 60 != known:
            known = plain.now // 60
            level = (float(draws.uniform(0, 2)), float(draws.uniform(0, 500)))
            plain.levels[known] = level
            state = rate.begin_minute(state, *level)
        until = min(start + length, (known + 1) * 60, plain.now + (cuts.pop() if cuts else 60))
        events, base = draws.poisson(often, until - plain.now), draws.uniform(0, 2 * often, until - plain.now)
        state, seen = rate.step(state, plain.now, events, base)
        for at in range(until - plain.now):
            plain.events[plain.now], plain.base[plain.now] = int(events[at]), float(base[at])
            plain.now += 1
            compare(plain, seen, at, rate.variance(state))


def compare(plain: Plain, seen: rate.Seen, at: int, spread: NDArray[np.float64]) -> None:
    windows = plain.windows(spread)
    ends = [0, *rate.LENGTHS.tolist(), 10**9]
    for part in range(len(rate.LENGTHS) + 1):
        held = {length: nats for length, nats in windows.items() if ends[part] < length <= ends[part + 1]}
        assert seen.up[part, at] == pytest.approx(max([0.0, *held.values()]), abs=1e-3, rel=1e-3)
        assert seen.down[part, at] == pytest.approx(max([0.0, *[-nats for nats in held.values()]]), abs=1e-3, rel=1e-3)
        if seen.up[part, at] > 1e-3:
            assert held[seen.longest(part, at, up=True)] == pytest.approx(seen.up[part, at], abs=1e-3, rel=1e-3)
        if seen.down[part, at] > 1e-3:
            assert held[seen.longest(part, at, up=False)] == pytest.approx(-seen.down[part, at], abs=1e-3, rel=1e-3)
    quiet = plain.quiet() if plain.now > plain.start else 0
    assert seen.quiet[at] == quiet
    mean = plain.mean(plain.now - quiet) if quiet else 0.0
    window = min(int(np.searchsorted(rate.WINDOWS, quiet)), len(rate.WINDOWS) - 1)
    silent = -one(0, mean, plain.shape(plain.now - quiet, window, spread)) if quiet and mean else 0.0
    assert seen.silent[at] == pytest.approx(silent, abs=1e-3, rel=1e-3)


def begun(ratio: float, support: float = 1e6) -> rate.Rate:
    return rate.begin_minute(rate.blank(START), ratio, support)


def test_a_change_is_held_against_the_level_when_its_window_began() -> None:
    state = begun(1.0)
    state, _ = rate.step(state, START, np.full(60, 10), np.full(60, 10.0))
    state, first = rate.step(rate.begin_minute(state, 1.0, 1e6), START + 60, np.full(60, 20), np.full(60, 10.0))
    # The level follows the change at once; the windows that began before it do not.
    state, second = rate.step(rate.begin_minute(state, 2.0, 1e6), START + 120, np.full(60, 20), np.full(60, 10.0))
    assert (np.diff(first.up.max(axis=0)) >= -1e-9).all()
    assert second.up[:, -1].max() > first.up[:, -1].max()
    assert second.longest(int(second.up[:, -1].argmax()), -1, up=True) == 110
    fresh = rate.begin_minute(state, 2.0, 1e6)._replace(floor=START + 120)
    _, after = rate.step(fresh, START + 180, np.full(60, 20), np.full(60, 10.0))
    assert after.up.max() == after.down.max() == 0


def test_no_window_begins_before_the_floor() -> None:
    state = begun(1.0)._replace(floor=START + 30)
    _, seen = rate.step(state, START, np.full(60, 100), np.ones(60))
    assert seen.up[:, :30].max() == 0
    assert seen.longest(0, 39, up=True) == 10


def test_silence_is_known_to_the_second_and_grows_until_an_event_comes() -> None:
    events = np.zeros(50, np.int64)
    events[[3, 20]] = 1
    _, seen = rate.step(begun(1.0), START, events, np.full(50, 2.0))
    assert seen.quiet.tolist() == [1, 2, 3, 0, *range(1, 17), 0, *range(1, 30)]
    assert (np.diff(seen.silent[21:]) > 0).all()
    assert seen.silent[[3, 20]].tolist() == [0, 0]


def test_a_silence_of_hours_is_counted_as_far_as_is_remembered_however_it_is_cut() -> None:
    one_state, other = begun(1.0), begun(1.0)
    none, base = np.zeros(60, np.int64), np.full(60, 0.5)
    for minute in range(88):
        if minute:
            one_state, other = (rate.begin_minute(each, 1.0, 1e6) for each in (one_state, other))
        at = START + 60 * minute
        one_state, seen = rate.step(one_state, at, none, base)
        for second in range(60):
            other, each = rate.step(other, at + second, none[:1], base[:1])
            assert (each.quiet[0], each.silent[0]) == (seen.quiet[second], seen.silent[second])
    assert rate.step(one_state, START + 88 * 60, none[:1], base[:1])[1].quiet[0] == rate.QUIET


@pytest.mark.parametrize("wander", [0.0, 0.1, 0.25])
def test_the_variance_of_the_level_is_learned_beyond_that_of_poisson_counts(wander: float) -> None:
    draws, state = np.random.default_rng(8), rate.blank(START)
    for period in range(600):
        mean = 20 * np.exp(wander * draws.standard_normal())
        for _ in range(5):
            state = rate.begin_minute(state, 1.0, 1e9)
        state, _ = rate.step(state, START + 300 * period, draws.poisson(mean, 300), np.full(300, 20.0))
        state = rate.end_period(state, START + 300 * (period + 1), learn=True)
    window = rate.WINDOWS.tolist().index(245)
    true = float(np.exp(2 * wander**2) - 2 * np.exp(wander**2 / 2) + 1)
    assert rate.variance(state)[window] == pytest.approx(true, rel=0.35, abs=1e-3)


def test_what_is_not_to_be_learned_changes_no_variance_and_sums_begin_at_zero_again() -> None:
    state, _ = rate.step(begun(1.0), START, np.full(60, 90), np.full(60, 10.0))
    ended = rate.end_period(state, START + 60, learn=False)
    assert rate.variance(ended).tolist() == rate.variance(state).tolist()
    assert ended.events[0] == ended.base[0] == 0
    assert ended.events[-1] - ended.events[0] == 60 * 90
    assert (ended.seen, rate.end_period(state, START + 60, learn=True).seen) == (0, 1)


@given(st.floats(0.1, 10))
def test_another_profile_changes_no_expectation(factor: float) -> None:
    state, _ = rate.step(begun(1.3), START, np.full(60, 5), np.full(60, 4.0))
    moved = rate.rebased(state, factor)
    _, seen = rate.step(state, START + 60, np.zeros(1, np.int64), np.full(1, 4.0))
    _, other = rate.step(moved, START + 60, np.zeros(1, np.int64), np.full(1, 4.0 * factor))
    assert other.up.ravel().tolist() == pytest.approx(seen.up.ravel().tolist(), abs=1e-4)
    assert other.silent[0] == pytest.approx(seen.silent[0], abs=1e-4)
