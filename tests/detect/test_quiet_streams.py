"""How many incidents streams of few events have in which next to nothing happens, and that what happens is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rarebird.detect.bank import Bank
from rarebird.detect.finding import Finding
from tests.detect import quiet_streams
from tests.detect.quiet_streams import Stream
from tests.detect.streams import START, begun, run

SLOW = [pytest.param(seed, marks=pytest.mark.slow) for seed in (12, 13)]
GRACE = 300
"""Seconds behind the end of a burst in which it may still be found."""


def incidents(stream: Stream) -> list[Finding]:
    """What begins in it, from a cold start."""
    return begun(run(Bank(), [stream.counts])[1])


def found(stream: Stream, told: list[Finding]) -> int:
    """How many of its bursts are found while they last."""
    at = [one.detected - START for one in told]
    return sum(any(begin <= each <= end + GRACE for each in at) for begin, end in stream.bursts)


@pytest.mark.parametrize("seed", [11, *SLOW])
@pytest.mark.parametrize(("stream", "most"), [(quiet_streams.clumps, 4), (quiet_streams.rows, 4)])
def test_two_weeks_of_few_events_have_few_incidents(stream: Callable[[int], Stream], most: int, seed: int) -> None:
    made = stream(seed)
    told = incidents(made)
    assert len(told) <= most
    assert found(made, told) == len(made.bursts)


@pytest.mark.parametrize("seed", [11, *SLOW])
def test_each_burst_of_a_sparse_stream_is_found_and_little_else(seed: int) -> None:
    stream = quiet_streams.bursts(seed)
    told = incidents(stream)
    assert found(stream, told) == len(stream.bursts) == 6
    assert len(told) <= 9


@pytest.mark.slow
def test_mornings_that_were_in_an_incident_on_the_first_day_are_no_news_from_then_on() -> None:
    told = incidents(quiet_streams.minutes(11, 14))
    mornings = [one for one in told if one.detected - START > 3 * 86_400 and (one.detected - START) % 86_400 < 8 * 3600]
    assert len(mornings) <= 2
