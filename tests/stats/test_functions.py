"""Entropy, intervals and ranges against SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from rarebird.model.reading import Rate
from rarebird.stats import gamma
from rarebird.stats.binomial import range95
from rarebird.stats.entropy import entropy
from rarebird.stats.gaps import Gaps
from rarebird.stats.rate import poisson_interval, rate

COUNTS = st.lists(st.integers(0, 5) | st.integers(0, 10**7), min_size=1, max_size=60).filter(any)


def grassberger(counts: list[int]) -> float:
    """Entropy in nats by Grassberger (2003), eq. 28, straight from the digamma function."""
    total = 0.0
    for n in filter(None, counts):
        g = special.psi(n) + (-1) ** n * (special.psi((n + 1) / 2) - special.psi(n / 2)) / 2
        total += n * g
    return math.log(sum(counts)) - total / sum(counts)


@given(COUNTS)
def test_entropy_is_that_of_the_shares_and_corrected_as_grassberger_does(counts: list[int]) -> None:
    found = entropy(np.array(counts))
    assert found is not None
    assert found.nats == pytest.approx(stats.entropy(counts), rel=1e-9, abs=1e-9)
    assert found.bits == pytest.approx(stats.entropy(counts, base=2), rel=1e-9, abs=1e-9)
    assert (found.count, found.categories) == (sum(counts), sum(count > 0 for count in counts))
    if found.categories > 1:
        assert found.corrected_nats == pytest.approx(max(0, grassberger(counts)), rel=1e-9, abs=1e-9)
        assert found.corrected_bits == pytest.approx(found.corrected_nats / math.log(2))
    else:
        assert (found.nats, found.corrected_nats) == (0, 0)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=50), st.randoms(use_true_random=False))
def test_entropy_knows_no_order_and_no_empty_categories(counts: list[int], random: object) -> None:
    shuffled = np.random.default_rng(1).permutation([*counts, 0, 0])
    one, two = entropy(np.array(counts)), entropy(shuffled)
    assert one is not None
    assert two is not None
    assert two.nats == pytest.approx(one.nats, abs=1e-12)
    assert two.corrected_nats == one.corrected_nats
    assert 0 <= one.nats <= math.log(len(counts)) + 1e-12


@pytest.mark.parametrize("counts", [[], [0], [0, 0, 0]])
def test_without_events_there_is_no_entropy(counts: list[int]) -> None:
    assert entropy(np.array(counts, np.int64)) is None


@given(st.floats(0.01, 1e5), st.floats(0, 4))
def test_the_incomplete_gamma_function_is_scipys(shape: float, ratio: float) -> None:
    assert gamma.lower(shape, shape * ratio) == pytest.approx(special.gammainc(shape, shape * ratio), rel=1e-9)


@given(st.floats(0.5, 1e5), st.floats(1e-4, 1 - 1e-4))
def test_its_inverse_is_scipys(shape: float, p: float) -> None:
    assert gamma.quantile(shape, p) == pytest.approx(special.gammaincinv(shape, p), rel=1e-9)


@given(st.integers(0, 200) | st.integers(0, 100_000))
def test_the_interval_of_a_poisson_count_is_garwoods(count: int) -> None:
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0
    assert poisson_interval(count) == pytest.approx((low, stats.chi2.ppf(0.975, 2 * count + 2) / 2), rel=1e-9)


@given(st.integers(100_001, 10**9))
def test_the_interval_of_a_large_count_is_within_a_hundredth_of_a_percent(count: int) -> None:
    exact = (stats.chi2.ppf(0.025, 2 * count) / 2, stats.chi2.ppf(0.975, 2 * count + 2) / 2)
    assert poisson_interval(count) == pytest.approx(exact, rel=1e-4)


@given(st.integers(2, 10**5), st.integers(1, 10**9), st.floats(1, 3600))
def test_a_rate_lies_in_its_interval(count: int, span: int, window: float) -> None:
    found = rate(Gaps(count, 0, span), window)
    assert found.low_per_s is not None
    assert found.rate_per_s is not None
    assert found.high_per_s is not None
    assert found.low_per_s < found.rate_per_s < found.high_per_s
    assert found.rate_per_s == count / window
    assert found.mean_gap_s == pytest.approx(span / 1e6 / (count - 1))


def test_below_two_events_there_is_no_rate() -> None:
    for few, count in ((Gaps(), 0), (Gaps(1, 5, 5), 1)):
        assert rate(few, 60.0) == Rate(count, 60.0, None, None, None, None)


@given(st.integers(1, 10**6), st.lists(st.floats(0, 1) | st.floats(0, 1e-3), min_size=1, max_size=20))
def test_the_range_of_a_share_is_within_one_count_of_the_binomials(trials: int, p: list[float]) -> None:
    low, high = range95(trials, np.array(p))
    exact = [stats.binom.ppf(end, trials, p) for end in (0.025, 0.975)]
    assert np.abs(low * trials - exact[0]).max() <= 1 + 1e-6
    assert np.abs(high * trials - exact[1]).max() <= 1 + 1e-6
    assert ((low >= 0) & (low <= high) & (high <= 1)).all()


def test_without_trials_any_share_is_in_range() -> None:
    low, high = range95(0, np.array([0.1, 0.9]))
    assert (low.tolist(), high.tolist()) == ([0, 0], [1, 1])
