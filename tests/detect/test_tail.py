"""Tails: what is learned of exponential maxima, and depth against its inverse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rarebird.detect import tail

DEPTHS = st.floats(0, 30)


def scale(base: float, excess: float, weight: float) -> tail.Scale:
    return tail.Scale(np.array([base]), np.array([excess]), np.array([weight]))


def learned(values: NDArray[np.float64], guess: float = 0.0) -> tail.Scale:
    """The tails after so many blocks, shape (families, blocks)."""
    maxima = tail.blank(len(values))
    for block in values.T:
        maxima = tail.close(maxima._replace(running=block))
    return tail.scale(maxima, np.full(len(values), guess))


@given(st.floats(-5, 50), st.floats(0.9, 40), st.floats(2, 300), DEPTHS)
def test_reach_is_the_inverse_of_what_is_expected(base: float, excess: float, weight: float, depth: float) -> None:
    each = scale(base, excess, weight)
    assert each.expected(each.expected_reach(depth)[:, None])[0, 0] == pytest.approx(depth, abs=1e-6)
    assert each.depth(each.reach(depth)[:, None])[0, 0] == pytest.approx(depth, abs=1e-6)


@given(st.floats(-5, 50), st.floats(0.9, 40), st.floats(2, 300), st.floats(-100, 500), st.floats(0, 500))
def test_more_evidence_lies_deeper_and_at_the_base_the_depth_is_nothing(
    base: float, excess: float, weight: float, x: float, more: float
) -> None:
    each = scale(base, excess, weight)
    for scaled in (each.depth, each.expected):
        low, high = scaled(np.array([[x, x + more]]))[0]
        assert low <= high
        assert scaled(np.array([[base]]))[0, 0] == 0
    assert each.expected(np.array([[x]]))[0, 0] <= each.depth(np.array([[x]]))[0, 0]


@given(st.floats(0.9, 40), st.floats(2, 300), st.floats(0, 200))
def test_the_tail_is_the_mean_of_exponentials_whose_scale_is_known_from_so_many(
    excess: float, weight: float, x: float
) -> None:
    # With w exceedances of mean m the rate is Gamma(w, m w); the mean of exp(-rate x) over it is (1 + x / (m w))^-w.
    draws = np.random.default_rng(1).gamma(weight, 1 / (excess * weight), 40_000)
    mean = np.exp(-draws * x).mean()
    assert math.exp(-scale(0, excess, weight).expected(np.array([[x]]))[0, 0]) == pytest.approx(
        mean, rel=0.05, abs=3e-3
    )


@pytest.mark.parametrize(("tries", "mean"), [(50, 1.0), (400, 3.0), (5, 12.0)])
def test_exponential_maxima_are_learned(tries: int, mean: float) -> None:
    draws = np.random.default_rng(tries)
    each = learned(mean * draws.exponential(size=(40, 1500, tries)).max(axis=2))
    quantile = -mean * math.log(1 - (1 - tail.TOP) ** (1 / tries))
    assert each.base.mean() == pytest.approx(quantile, rel=0.03)
    assert each.excess.mean() == pytest.approx(mean, rel=0.06)
    assert each.depth(np.full((40, 1), quantile + 3 * mean)).mean() == pytest.approx(3, rel=0.08)


@pytest.mark.parametrize("mean", [1.0, 4.0])
def test_a_depth_that_should_come_once_a_week_comes_about_so_often(mean: float) -> None:
    draws = np.random.default_rng(7)
    past, future = (mean * draws.exponential(size=(200, blocks, 40)).max(axis=2) for blocks in (1000, 3360))
    depth = learned(past).depth(future)
    weeks = 200 * 3360 / tail.PER_WEEK
    for often in (3.0, 1.0):
        limit = math.log(tail.PER_WEEK * tail.TOP / often)
        assert tail.per_week(limit) == pytest.approx(often)
        assert (depth > limit).sum() / weeks == pytest.approx(often, rel=0.25)


def test_before_any_block_the_tail_is_that_of_the_guess() -> None:
    each = tail.scale(tail.blank(2), np.array([2.0, 6.0]))
    assert each.base[1] - each.base[0] == pytest.approx(4)
    assert each.base[0] > 2.0
    assert (each.excess >= 0.9).all()


def test_a_block_whose_maxima_are_dropped_says_nothing_and_a_ceiling_is_kept() -> None:
    maxima = tail.blank(2)._replace(running=np.array([5.0, 80.0]))
    dropped = tail.drop(maxima)
    assert dropped.ring.shape == (2, 0)
    assert dropped.running.tolist() == tail.blank(2).running.tolist()
    closed = tail.close(maxima, np.array([np.inf, 9.0]))
    assert closed.ring.tolist() == [[5.0], [9.0]]
    assert (closed.blocks, closed.running.tolist()) == (1, dropped.running.tolist())


def test_the_memory_of_a_tail_does_not_grow_with_age() -> None:
    maxima = tail.blank(1)
    for block in range(2100):
        maxima = tail.close(maxima._replace(running=np.array([float(block)])))
    assert maxima.ring.shape[1] < 2100
    assert maxima.ring[0, -3:].tolist() == [2097, 2098, 2099]


def test_blocks_that_say_nothing_of_a_family_are_missing_from_its_tail_alone() -> None:
    draws = np.random.default_rng(8).exponential(1, (400, 2)) + 3
    some, all_ = tail.blank(2), tail.blank(1)
    for number, (one, other) in enumerate(draws):
        some = tail.close(some._replace(running=np.array([one, other])), heard=np.array([True, number % 3 > 0]))
        if number % 3:
            all_ = tail.close(all_._replace(running=np.array([other])))
    scale, alone = tail.scale(some, np.full(2, 3.0)), tail.scale(all_, np.full(1, 3.0))
    assert np.isfinite(np.stack(scale)).all()
    assert scale.base[1] == pytest.approx(alone.base[0], abs=0.3)
    assert scale.weight[1] < scale.weight[0]
