"""Scores: by a plain count of the rule, and in cases that can be seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.backtest.score import Known, Told, score
from rarebird.model.instant import SECOND

HOUR = 3600
TOLD = st.builds(
    lambda id, category, at, length: Told(id, category, at, None if length is None else at + length),
    st.integers(1, 99), st.sampled_from([None, "CA", "ME"]), st.integers(0, 100), st.none() | st.integers(0, 30),
)  # fmt: skip
KNOWN = st.builds(
    lambda kind, category, at, length: Known(kind, category, at, at + length),
    st.sampled_from(["rate", "disconnect"]), st.sampled_from(["", "CA"]), st.integers(0, 100), st.integers(1, 30),
)  # fmt: skip


def told_by(change: Known, one: Told, grace: int) -> bool:
    if change.category and one.category and change.category != one.category:
        return False
    return change.began <= one.detected <= change.ended + grace


@given(st.lists(TOLD, max_size=6), st.lists(KNOWN, max_size=5), st.integers(0, 20))
def test_a_score_is_the_plain_count_of_its_rule(told: list[Told], known: list[Known], grace: int) -> None:
    found = score(told, known, (0, 200), grace)
    changes = [one for one in known if one.kind != "disconnect"]
    delays = [
        min(each.detected for each in told if told_by(change, each, grace)) - change.began
        for change in changes
        if any(told_by(change, each, grace) for each in told)
    ]
    assert (found.changes, found.told) == (len(changes), len(delays))
    assert found.false_alarms == sum(not any(told_by(change, each, grace) for change in changes) for each in told)
    if delays:
        assert found.delay_mean_s == pytest.approx(sum(delays) / len(delays) / SECOND)
        assert found.delay_90_s is not None
        enough = sum(delay / SECOND <= found.delay_90_s for delay in delays)
        assert enough >= 0.9 * len(delays)
    open_ = {at for one in told for at in range(one.detected, 200 if one.ended is None else one.ended) if at < 200}
    assert found.time_in_alarm == pytest.approx(len(open_) / 200)
    free = 200 - len({at for one in changes for at in range(one.began, one.ended + grace) if at < 200})
    if free:
        assert found.false_alarms_per_week == pytest.approx(found.false_alarms / free * 7 * 24 * HOUR * SECOND)


def test_an_incident_that_was_open_before_a_change_does_not_tell_it() -> None:
    found = score([Told(1, None, 10, 90)], [Known("rate", "", 20, 60)], (0, 100), 5)
    assert (found.told, found.false_alarms) == (0, 1)


def test_nothing_told_and_nothing_known_has_no_rates_of_either() -> None:
    found = score([], [], (0, 0), 5)
    assert (found.detection_probability, found.delay_median_s, found.false_alarms_per_week) == (None, None, None)
