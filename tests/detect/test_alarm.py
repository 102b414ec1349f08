"""What an alarm says: its kind, its direction, its window, and the categories that explain it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebird.detect.bank import Bank
from rarebird.detect.explain import NAMED, between, contributions
from rarebird.detect.finding import Finding
from rarebird.detect.judge import FAMILIES, MIX, PARTS
from tests.detect.streams import USUAL, Learned, begun, drawn, of_table, run

CHANGES: dict[str, tuple[Sequence[float], str, str, int | None]] = {
    "all twice": ([2 * rate for rate in USUAL], "rate", "up", None),
    "all by half": ([0.4 * rate for rate in USUAL], "rate", "down", None),
    "nothing": ((0.0,), "silence", "down", None),
    "one more often": ((0.8, 0.5, 0.3, 2.0), "mix", "up", 3),
    "a new one": ((*USUAL, 0.0, 0.3), "mix", "up", 5),
    "one gone": ((0.8, 0.0, 0.3, 0.1), "silence", "down", 1),
    "one rarer": ((0.8, 0.5, 0.05, 0.1), "mix", "down", 2),
    "more even": ((0.425, 0.425, 0.425, 0.425), "mix", "even", None),
    "more concentrated": ((1.1, 0.55, 0.045, 0.005), "mix", "concentrated", None),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("seed", [1, 2])
def test_each_change_is_told_as_what_it_is_from_about_when_it_began(learned: Learned, name: str, seed: int) -> None:
    rates, kind, direction, category = CHANGES[name]
    start = learned.state().now + 900
    _, told = learned.after([(900, USUAL), (1500, rates)], seed)
    first = begun(told)[0]
    assert (first.kind, first.direction, first.category) == (kind, direction, category)
    assert abs(first.began - start) <= 60
    assert start < first.detected < start + 900
    assert first.family in FAMILIES
    assert first.part == PARTS[FAMILIES.index(first.family)]


WATCHED: dict[str, Sequence[float]] = {"up": (0.6, 0.3, 0.6, 0.2), "down": (0.93, 0.58, 0.14, 0.05)}


@pytest.mark.parametrize("direction", WATCHED)
def test_a_watched_set_that_gains_or_loses_is_told_with_its_direction_and_its_events(direction: str) -> None:
    bank = Bank(watched=(2, 3))
    state, _ = run(bank, [drawn(5, [(86_400, USUAL)])])
    stream = drawn(1, [(900, USUAL), (1500, WATCHED[direction])], state.now)
    _, told = run(bank, [stream], state)
    found = begun(told)[0]
    assert (found.kind, found.direction) == ("mix", direction)
    assert found.family.startswith("watched")
    window = stream.within(found.began, found.detected)
    assert found.events == window.events[np.isin(window.category, (2, 3))].sum()


def test_one_event_that_was_hardly_to_be_expected_is_told_as_an_event(learned: Learned) -> None:
    start = learned.state().now
    table = np.random.default_rng(4).poisson([*USUAL, 0, 0, 0, 0], (1800, 8))
    table[900, 7] = 1
    _, told = run(Bank(budget=50), [of_table(table, start)], learned.state())
    (found,) = [each for each in told if each.category == 7 and each.ended is None]
    assert (found.kind, found.direction, found.events) == ("event", "up", 1)
    assert (found.began, found.detected) == (start + 900, start + 901)
    assert found.expected < 1e-3


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_told_adds_up(learned: Learned, name: str) -> None:
    start, length = learned.state().now, 2400
    stream = drawn(3, [(900, USUAL), (length - 900, CHANGES[name][0])], start)
    _, told = run(Bank(), [stream], learned.state())
    assert told
    for found in begun(told):
        whole = found.events - found.expected if found.family in FAMILIES[:MIX] else 0.0
        assert found.whole == pytest.approx(whole, abs=1e-6)
        assert sum(one.events for one in found.contributions) == pytest.approx(found.whole, abs=1e-6)
        assert len(found.contributions) <= NAMED + 1
        assert [one.category for one in found.contributions].count(None) == 1
        assert found.low <= found.expected <= found.high
        assert found.score > 0
        assert found.chance <= Bank().budget
        if found.family in FAMILIES[:3] and found.began >= start:
            assert found.events == stream.within(found.began, found.detected).events.sum()


def test_the_categories_that_changed_are_named_first(learned: Learned) -> None:
    def first(found: Finding) -> int | None:
        return found.contributions[0].category

    for name, code in [("one more often", 3), ("a new one", 5), ("one gone", 1), ("one rarer", 2), ("nothing", 0)]:
        _, told = learned.after([(900, USUAL), (1500, CHANGES[name][0])], seed=6)
        found = begun(told)[0]
        assert first(found) == code
        gained = found.contributions[0].events > 0
        assert gained == (found.direction == "up")


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.integers(1, 3500), st.integers(1, 3500))
def test_events_of_a_window_are_counted_exactly_or_from_the_minute_on_in_which_it_begins(
    learned: Learned, seed: int, back: int, length: int
) -> None:
    start = learned.state().now
    stream = drawn(seed, [(length, (0.9, 0.02, 0.0, 0.3))], start)
    state, _ = run(Bank(), [stream], learned.state())
    begin = max(start, state.now - back)
    found = between(state.surge, state.absence, begin, state.now)
    table = stream.within(begin, state.now)
    exact = np.bincount(table.category, table.events, minlength=4)[:4]
    minute = stream.within(begin // 60 * 60, state.now)
    most = np.bincount(minute.category, minute.events, minlength=4)[:4]
    assert (found[:4] >= exact).all()
    assert (found[:4] <= most).all()
    assert found[[1, 2]].tolist() == exact[[1, 2]].tolist()
    assert found[4:].sum() == 0


@given(st.lists(st.tuples(st.integers(0, 1000), st.floats(0, 1000)), max_size=30), st.floats(-1e3, 1e3))
def test_contributions_add_up_to_the_whole_the_largest_first(rows: list[tuple[int, float]], whole: float) -> None:
    events, expected = np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.float64)
    *named, rest = contributions(events, expected, whole)
    assert sum(one.events for one in (*named, rest)) == pytest.approx(whole, abs=1e-6)
    assert rest.category is None
    sizes = [abs(one.events) for one in named]
    assert sizes == sorted(sizes, reverse=True)
    beyond = dict(enumerate((events - expected).tolist()))
    for one in named:
        assert one.category is not None
        assert one.events == beyond.pop(one.category)
    assert len(named) == NAMED or max([0.0, *map(abs, beyond.values())]) <= 1e-9
    assert max([0.0, *map(abs, beyond.values())]) <= min([np.inf, *sizes])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_category_that_lifts_the_rate_says_so_and_one_that_hardly_does_not(learned: Learned, seed: int) -> None:
    surge, small = list(USUAL), list(USUAL)
    surge[3], small[3] = 20 * USUAL[3], 1.9 * USUAL[3]
    _, told = learned.after([(900, USUAL), (600, surge)], seed)
    of_rate = [each for each in told if each.ended is None and each.kind == "rate"]
    (first, *_) = [each for each in told if each.ended is None and each.category == 3]
    events, expected = first.lifted
    assert of_rate or events > 1.2 * expected > 0
    _, quiet = learned.after([(900, USUAL), (1800, small)], seed)
    assert not [each for each in quiet if each.category == 3 and each.lifted[1]]
