"""Some inputs of each kind that nobody would send: `make campaign` tries a million, with another seed each time."""

from __future__ import annotations

import pytest

from tests.campaign.fuzz import fuzzed


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("inputs", [500, pytest.param(20_000, marks=pytest.mark.slow)])
def test_no_input_from_outside_is_taken_wrongly(inputs: int) -> None:
    assert fuzzed(inputs, seed=inputs) == []
