"""Growth: what is open and departs further is told with the numbers of its last minutes; what only strays is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rarebird.detect.bank import Bank
from rarebird.detect.finding import Finding
from tests.detect.streams import DAY, HOUR, Learned, as_bytes, begun, drawn, run
from tests.detect.test_rest import MANY, even, times


@pytest.fixture(scope="module")
def of_many() -> Learned:
    """Two days of fifty categories, 5 events a second."""
    return Learned(as_bytes(run(Bank(), [drawn(7, [(2 * DAY, MANY)])])[0]))


def growths(told: Sequence[Finding], after: int) -> list[Finding]:
    """What was told of open incidents that grew, later than an instant."""
    return [each for each in told if each.ended is None and each.grown and each.detected > after]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("small", "large", "category"), [
    (times(MANY, 2), times(MANY, 12), None),
    (times(MANY, 0.5), times(MANY, 0.2), None),
    (times(MANY, 6, 20), times(MANY, 50, 20), 20),
    (times(MANY, 0.4, 3), times(MANY, 0.05, 3), 3),
])  # fmt: skip
def test_what_grows_far_is_told_within_ten_minutes_with_the_numbers_of_then(
    of_many: Learned, small: list[float], large: list[float], category: int | None, seed: int
) -> None:
    change = of_many.state().now + 900 + 1800
    _, told = of_many.after([(900, MANY), (1800, small), (1500, large)], seed)
    first = next(each for each in begun(told) if each.category == category)
    grown = growths(told, change)
    assert grown
    assert grown[0].id == first.id
    assert (grown[0].category, grown[0].began) == (category, first.began)
    assert grown[0].detected <= change + 600
    assert grown[0].since >= change - 120
    rates, usual = (large, MANY) if category is None else ([large[category]], [MANY[category]])
    assert grown[-1].factor == pytest.approx(sum(rates) / sum(usual), rel=0.4)


@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("rates", [times(MANY, 2), times(MANY, 0.5), times(MANY, 8, 20), even(MANY)])
def test_what_goes_on_as_it_was_does_not_grow(of_many: Learned, rates: list[float], seed: int) -> None:
    _, told = of_many.after([(900, MANY), (2 * HOUR, rates)], seed)
    assert begun(told)
    assert not [each for each in growths(told, 0) if abs(each.factor / begun(told)[0].factor) > 1.6]
