"""The laws of judging the future in a recording, by what comes after."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.eventtime.foresight import Level, judge
from rarebird.model import instant
from rarebird.model.instant import SECOND, UNKNOWN
from tests.eventtime.plain import LATENESS, START, YEAR_2200, Event, batch, cut, marks, recorded, run, streams, tally_of

TWO_HOURS = 7200 * SECOND
GAPS = st.lists(st.integers(0, 10 * SECOND), min_size=1, max_size=120)


def steady(gaps: list[int]) -> list[Event]:
    return [Event(START + sum(gaps[: at + 1]), at + 1) for at in range(len(gaps))]


@given(GAPS, st.integers(0, 120), st.sampled_from(["2 h", "2200"]), st.lists(st.integers(0, 30), max_size=10))
def test_one_event_in_the_future_is_counted_so_and_loses_no_other(
    gaps: list[int], at: int, kind: str, cuts: list[int]
) -> None:
    events = steady(gaps)
    at = min(at, len(events))
    time = YEAR_2200 if kind == "2200" else (events[at - 1].time if at else START) + TWO_HOURS
    events.insert(at, Event(time, 10**6))
    tally, closed = run([batch(part) for part in cut(events, cuts)])
    if len(events) == 2 and not at:
        return  # two events that contradict each other: neither is known to be right
    assert tally == (len(events), len(events) - 1, 0, 0, 0, 1, 0)
    assert time not in np.concatenate([ticks.time for ticks in closed])


@pytest.mark.parametrize("gap_s", [30, 60, 150, 300, 600, 900])
def test_a_slow_stream_that_gets_there_in_its_own_time_does_not_confirm_a_leap(gap_s: int) -> None:
    for at in range(0, 60, 7):
        events = steady([gap_s * SECOND] * 120)
        events.insert(at, Event(START + (at + 1) * gap_s * SECOND + TWO_HOURS, 10**6))
        assert recorded(events).count("future") == 1
        assert run([batch(events)])[0] == (121, 120, 0, 0, 0, 1, 0)


def test_in_a_recorded_stream_of_few_events_an_hour_one_in_the_future_loses_no_other(earthquakes: Path) -> None:
    with earthquakes.open(encoding="utf-8", newline="") as file:
        events = [Event(instant.parse(row["time"]), at) for at, row in enumerate(csv.DictReader(file), 1)][::-1]
    assert run([batch(events)])[0].kept == len(events)
    for at in range(0, len(events) + 1, 211):
        strange = Event(events[max(at - 1, 0)].time + TWO_HOURS, 10**6)
        tally, _ = run([batch([*events[:at], strange, *events[at:]])])
        assert (tally.kept, tally.future) == (len(events), 1)


@given(GAPS, st.integers(0, 120), st.lists(st.integers(0, 30), max_size=10))
def test_a_true_silence_of_two_hours_loses_nothing(gaps: list[int], at: int, cuts: list[int]) -> None:
    at = min(at, len(gaps) - 2)
    if at >= 0:
        gaps[at] += TWO_HOURS
    tally, _ = run([batch(part) for part in cut(steady(gaps), cuts)])
    assert tally == (len(gaps), len(gaps), 0, 0, 0, 0, 0)


@given(st.integers(2, 60), st.integers(0, 400))
def test_a_last_leap_is_believed_up_to_a_minute_or_twenty_mean_gaps(gap_s: int, leap_s: int) -> None:
    events = steady([gap_s * SECOND] * 50)
    events.append(Event(events[-1].time + leap_s * SECOND, 10**6))
    kept = leap_s <= max(60, 20 * gap_s * 49 / 50)
    assert run([batch(events)])[0].future == run([batch([event]) for event in events])[0].future == (not kept)


@given(streams(), st.sampled_from([0, SECOND, LATENESS]))
def test_a_recording_is_judged_as_a_plain_reading_does(events: list[Event], lateness: int) -> None:
    columns, plain = batch(events), marks(events, lateness)
    judged = judge(columns.time, columns.identity, Level(), lateness, final=True)
    assert judged.decided == len(events)
    assert judged.future.tolist() == [future for future, _ in plain]
    assert judged.high.tolist() == [UNKNOWN, *(UNKNOWN if high is None else high for _, high in plain)]
    assert (judged.level.high, judged.level.rows) == (judged.high[-1], len(events))


def test_a_long_stream_with_many_leaps_is_judged_as_a_plain_reading_does() -> None:
    draws = np.random.default_rng(3)
    gaps = draws.exponential(SECOND, 15_000) * np.where(draws.random(15_000) < 0.01, 100, 1)
    shift = np.where(draws.random(15_000) < 0.02, draws.exponential(60 * SECOND, 15_000), 0)
    shift *= draws.choice([-1, 1], 15_000)
    times = (START + np.cumsum(gaps) + shift).astype(np.int64).tolist()
    events = [
        Event(time, identity) for time, identity in zip(times, draws.integers(0, 9000, 15_000).tolist(), strict=True)
    ]
    expected = recorded(events)
    assert {"kept", "late", "future", "repeats"} == {*expected}
    assert run([batch(events)])[0] == run([batch(part) for part in cut(events, [97] * 150)])[0] == tally_of(expected)
