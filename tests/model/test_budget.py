"""The laws of budgets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.model import budget


@given(st.floats(0.002, 21))
def test_a_budget_as_text_is_read_back_to_its_two_figures(per_week: float) -> None:
    assert budget.parse(budget.text(per_week)) == pytest.approx(per_week, rel=0.06)


@pytest.mark.parametrize(
    ("text", "per_week"),
    [("1 per week", 1), ("2 per month", 0.46), ("1 per day", 7), ("0.5 per week", 0.5), ("3 a day", 21), ("1/WEEK", 1)],
)
def test_a_budget_is_counted_by_the_week(text: str, per_week: float) -> None:
    assert budget.parse(text) == pytest.approx(per_week, rel=0.01)


@pytest.mark.parametrize("text", ["", "1", "weekly", "one per week", "-1 per week", "1 per fortnight", "nan per week"])
def test_what_is_no_budget_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="such as '1 per week'"):
        budget.parse(text)


@pytest.mark.parametrize("text", ["0 per week", "4 per day", "1000000 per week", "0.01 per year"])
def test_a_budget_that_nothing_could_keep_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at most '3 per day'"):
        budget.parse(text)
