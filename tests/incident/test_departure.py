from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from rarebird.incident.departure import departure, departures, distance
from tests.web.view_double import calm, maine, reading, waiting


@given(st.integers(0, 10**6), st.floats(0, 1e6), st.integers(1, 1000))
def test_more_events_are_further_above_and_a_larger_expectation_further_below(
    count: int, expected: float, step: int
) -> None:
    assert distance(count + step, expected) > distance(count, expected) > distance(count, expected + step)


@given(st.integers(0, 2000), st.integers(1, 2000), st.floats(0, 1))
def test_within_its_range_a_category_departs_by_nothing_and_outside_on_the_right_side(
    count: int, total: int, expected: float
) -> None:
    category = reading("a", min(count, total), total, expected)
    away = departure(category, total)
    if category.low_share <= category.recent_share <= category.high_share:
        assert away == 0
    else:
        assert math.copysign(1, away) == math.copysign(1, category.recent_share - expected)


def test_only_what_is_outside_its_range_departs() -> None:
    assert departures(calm()) == departures(waiting()) == {}
    found = departures(maine())
    assert set(found) == {"ME", "NY", "NH"}
    assert found["ME"] > 0 > found["NY"]
