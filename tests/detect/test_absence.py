"""Absence against a plain reading of the minutes of each category."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebird.detect import absence
from rarebird.detect.evidence import changed
from tests.detect.streams import as_bytes

SEEDS = st.integers(0, 2**32)


class Plain:
    """The minutes of one category, from the one that counts first."""

    def __init__(self, clock: float) -> None:
        self.clocks, self.counts, self.last = [clock], [0], clock

    def minute(self, events: int, clock: float) -> None:
        self.clocks.append(clock)
        self.counts.append(self.counts[-1] + events)
        if events:
            self.last = clock

    def evidence(self, shape: float) -> tuple[float, int]:
        """The most that a window says which ends now, nats, and how many minutes it is long."""
        best = (0.0, 0)
        windows = [back for back in absence.WINDOWS.tolist() if back < len(self.clocks)]
        tried = [(back, self.counts[-1] - self.counts[-1 - back], self.clocks[-1 - back]) for back in windows]
        since = next(at for at, clock in enumerate(self.clocks) if clock >= self.last)
        tried.append((max(1, min(absence.REACH, len(self.clocks) - 1 - since)), 0, self.last))
        for back, count, clock in tried:
            mean = self.clocks[-1] - clock
            if mean - count > absence.LITTLE:
                nats = -float(changed(np.array([count]), np.array([mean]), np.array([shape]))[0])
                best = max(best, (nats, back), key=lambda each: each[0])
        return best


@settings(max_examples=30)
@given(SEEDS, st.integers(1, 140), st.integers(0, 60))
def test_each_minute_says_what_the_best_of_its_windows_says(seed: int, minutes: int, stop: int) -> None:
    draws = np.random.default_rng(seed)
    rates, shape = np.array([0.05, 1.0, 6.0]), draws.uniform(2, 200, 3)
    clock, events = np.array([0.0, 3.0, 5.0]), np.array([0, 2, 9])
    state, plain = absence.wide(absence.blank(), 3, clock, events), [Plain(each) for each in clock.tolist()]
    for minute in range(minutes):
        came = draws.poisson(rates * (minute < stop))
        clock = clock + rates * draws.uniform(0.5, 1.5)
        state, (nats,), (window,) = absence.step(state, came[None], clock[None], shape)
        events = events + came
        assert state.events[:, -1].tolist() == events.tolist()
        for code, each in enumerate(plain):
            each.minute(int(came[code]), float(clock[code]))
            most, back = each.evidence(float(shape[code]))
            assert nats[code] == pytest.approx(most, abs=1e-9)
            assert not most or window[code] == back


def test_of_what_came_as_often_as_expected_nothing_is_said() -> None:
    clock = np.zeros(2)
    state = absence.wide(absence.blank(), 2, clock, np.zeros(2, np.int64))
    for _ in range(100):
        clock = clock + 3
        state, nats, _ = absence.step(state, np.array([[3, 4]]), clock[None], np.full(2, 1e6))
        assert nats.tolist() == [[0, 0]]


def test_windows_begin_anew_where_they_are_forgotten() -> None:
    nothing, sure = np.zeros((1, 1), np.int64), np.full(1, 1e6)
    state = absence.wide(absence.blank(), 1, np.zeros(1), np.zeros(1, np.int64))
    state, before, _ = absence.step(state, nothing, np.array([[50.0]]), sure)
    state = absence.forget(state)
    state, none, _ = absence.step(state, nothing, np.array([[54.0]]), sure)
    _, after, window = absence.step(state, nothing, np.array([[70.0]]), sure)
    assert (before[0, 0], none[0, 0]) == (pytest.approx(50, abs=1e-2), 0)
    assert (after[0, 0], window[0, 0]) == (pytest.approx(20, abs=1e-2), 2)


@given(SEEDS, st.integers(1, 200), st.lists(st.integers(0, 200), max_size=6))
@settings(max_examples=30)
def test_minutes_say_the_same_to_the_last_bit_however_they_are_cut(seed: int, minutes: int, cuts: list[int]) -> None:
    draws = np.random.default_rng(seed)
    rates, shape = np.array([0.05, 1.0, 6.0]), draws.uniform(2, 200, 3)
    events = draws.poisson(rates * (np.arange(minutes) % 60 < 40)[:, None], (minutes, 3))
    clock = np.cumsum(rates * draws.uniform(0.5, 1.5, (minutes, 1)), axis=0)
    blank = absence.wide(absence.blank(), 3, np.zeros(3), np.zeros(3, np.int64))
    whole, nats, window = absence.step(blank, events, clock, shape)
    state, edges = blank, sorted({0, minutes, *(at for at in cuts if at < minutes)})
    for first, last in pairwise(edges):
        state, some, back = absence.step(state, events[first:last], clock[first:last], shape)
        assert some.tolist() == nats[first:last].tolist()
        assert back.tolist() == window[first:last].tolist()
    assert as_bytes(state) == as_bytes(whole)


def test_new_categories_count_from_the_minute_in_which_they_have_a_place() -> None:
    state = absence.wide(absence.blank(), 1, np.array([7.0]), np.array([3]))
    wider = absence.wide(state, 3, np.array([9.0, 2.0, 4.0]), np.array([3, 5, 0]))
    assert wider.events[:, -1].tolist() == [3, 5, 0]
    assert wider.clock[:, -1].tolist() == [7, 2, 4]
    assert np.isinf(wider.clock[1:, :-1]).all()
    _, (nats,), _ = absence.step(wider, np.zeros((1, 3), np.int64), np.array([[9.0, 22.0, 8.0]]), np.full(3, 1e6))
    assert nats.tolist() == pytest.approx([0, 20, 0], abs=1e-2)


def test_of_very_many_categories_the_first_alone_are_followed() -> None:
    many = absence.FOLLOWED + 5
    state = absence.wide(absence.blank(), many, np.zeros(many), np.zeros(many, np.int64))
    state, nats, _ = absence.step(state, np.ones((1, many), np.int64), np.ones((1, many)), np.ones(many))
    assert nats.shape[1] == len(state.last) == absence.FOLLOWED
