"""What the tests of the detectors share: a bank that has learned a usual stream."""

from __future__ import annotations

import pytest

from rarebird.detect.bank import Bank
from tests.detect.streams import DAY, USUAL, Learned, as_bytes, drawn, run


@pytest.fixture(scope="session")
def learned() -> Learned:
    """Two days of a usual stream, from their end on as often as wanted."""
    state, told = run(Bank(), [drawn(5, [(2 * DAY, USUAL)])])
    assert not told
    return Learned(as_bytes(state))
