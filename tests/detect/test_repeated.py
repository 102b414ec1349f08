"""What happens again is found again as soon, in the first hours, too: what lasted teaches no tail what chance is."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from rarebird.detect.bank import Bank
from tests.detect.streams import HOUR, START, begun, of_table, run

MINUTE = 60
SHARES = np.array([0.3, 0.22, 0.16, 0.11, 0.08, 0.05, 0.04, 0.02, 0.01, 0.01])
TIMES = 6
FIRST = 3 * HOUR
"""Seconds before the first change."""
USUAL = np.ones(len(SHARES))
SEEDS = [1, *[pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3)]]


def delays(rate: float, factor: NDArray[np.float64], lasts: int, seed: int) -> list[int | None]:
    """Seconds until each of some like changes is found; every 90 minutes or so, at irregular minutes.

    The events within each are the same, so that no other draw of them is why one is found later.
    """
    draws = np.random.default_rng(seed)
    usual = draws.poisson(rate * SHARES, (FIRST + TIMES * 2 * HOUR, len(SHARES)))
    change = np.random.default_rng(7).poisson(rate * SHARES * factor, (lasts, len(SHARES)))
    begins = FIRST + 90 * MINUTE * np.arange(TIMES) + draws.integers(0, HOUR, TIMES)
    for begin in begins:
        usual[begin : begin + lasts] = change
    detected = [each.detected - START for each in begun(run(Bank(), [of_table(usual)])[1])]
    return [next((at - begin for at in detected if begin < at <= begin + lasts), None) for begin in begins.tolist()]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("rate", "factor", "lasts"),
    [
        pytest.param(0.3, 0 * USUAL, 6 * MINUTE, id="silence, 0.3 a second"),
        pytest.param(1.5, 0 * USUAL, 2 * MINUTE, id="silence of two minutes"),
        pytest.param(1.5, 0 * USUAL, 6 * MINUTE, id="silence"),
        pytest.param(1.5, 0 * USUAL, 20 * MINUTE, id="silence of twenty minutes"),
        pytest.param(10, 0 * USUAL, 6 * MINUTE, id="silence, 10 a second"),
        pytest.param(1.5, 2 * USUAL, 10 * MINUTE, id="rate x2"),
        pytest.param(10, 2 * USUAL, 10 * MINUTE, id="rate x2, 10 a second"),
        pytest.param(1.5, 0.4 * USUAL, 20 * MINUTE, id="rate x0.4"),
        pytest.param(1.5, USUAL + 9 * (np.arange(len(SHARES)) == 6), 15 * MINUTE, id="a category x10"),
        pytest.param(3, USUAL - (np.arange(len(SHARES)) == 1), 15 * MINUTE, id="a category gone"),
    ],
)
def test_later_ones_of_like_changes_are_found_as_soon_as_the_first(
    rate: float, factor: NDArray[np.float64], lasts: int, seed: int
) -> None:
    found = [each for each in delays(rate, factor, lasts, seed) if each is not None]
    assert len(found) == TIMES
    assert sum(found[3:]) <= 1.5 * sum(found[:3])
