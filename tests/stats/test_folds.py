"""The laws of folds: an identity, any grouping, any order, and the whole is the sum of its parts."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.eventtime.ticks import gather
from rarebird.model.tally import Tally
from rarebird.model.ticks import Cells
from rarebird.stats.columns import grown
from rarebird.stats.counts import Counts
from rarebird.stats.gaps import Gaps
from rarebird.stats.recent import Recent
from rarebird.stats.summary import Summary

EVENTS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 8)), max_size=60)
GAPS = EVENTS.map(lambda events: Gaps.of(cells_of(events)))
NAMES = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 100))
SUMMARIES = st.builds(Summary, st.builds(Tally, *[st.integers(0, 99)] * 7), NAMES, GAPS, st.integers(0, 2**70))


def cells_of(events: list[tuple[int, int]]) -> Cells:
    time, category = np.array(events, np.int64).reshape(-1, 2).T
    return gather(time, category.astype(np.int32), 10, 1000).cells


def trimmed(counts: Counts) -> list[int]:
    return [*map(int, np.trim_zeros(counts.events, "b"))]


@given(EVENTS, EVENTS, EVENTS)
def test_counts_fold(one: list[tuple[int, int]], two: list[tuple[int, int]], three: list[tuple[int, int]]) -> None:
    def of(*parts: list[tuple[int, int]]) -> Counts:
        return Counts.of(cells_of([event for part in parts for event in part]))

    assert trimmed(of(one, two)) == trimmed(of(one).merge(of(two))) == trimmed(of(one).add(cells_of(two)))
    assert trimmed(of(one).merge(of(two))) == trimmed(of(two).merge(of(one)))
    assert trimmed(of(one).merge(of(two)).merge(of(three))) == trimmed(of(one).merge(of(two).merge(of(three))))
    assert trimmed(of(one).merge(Counts())) == trimmed(Counts().merge(of(one))) == trimmed(of(one))
    expected = Counter(category for _, category in one)
    assert {category: count for category, count in enumerate(trimmed(of(one))) if count} == expected
    assert of(one).total == len(one)


@given(EVENTS, EVENTS, EVENTS)
def test_gaps_fold(one: list[tuple[int, int]], two: list[tuple[int, int]], three: list[tuple[int, int]]) -> None:
    first, second, third = (Gaps.of(cells_of(part)) for part in (one, two, three))
    assert Gaps.of(cells_of(one + two)) == first.merge(second) == second.merge(first)
    assert first.merge(second).merge(third) == first.merge(second.merge(third))
    assert first.merge(Gaps()) == Gaps().merge(first) == first
    gaps = [later - earlier for earlier, later in pairwise(sorted(time for time, _ in one))]
    assert first.mean_s == (pytest.approx(sum(gaps) / len(gaps) / 1e6) if gaps else None)


@given(SUMMARIES, SUMMARIES, SUMMARIES)
def test_summaries_fold(one: Summary, two: Summary, three: Summary) -> None:
    assert one.merge(two) == two.merge(one)
    assert one.merge(two).merge(three) == one.merge(two.merge(three))
    assert one.merge(Summary()) == Summary().merge(one) == one
    assert Summary() == (Tally(), {}, Gaps(), 0)


@given(st.lists(st.integers(1, 9), max_size=9), st.integers(0, 50))
def test_a_grown_column_keeps_its_values_and_ends_in_zeros(values: list[int], size: int) -> None:
    column = grown(np.array(values, np.int64), size)
    assert column.tolist() == values + [0] * (len(column) - len(values))
    assert len(column) >= size


STEPS = st.lists(
    st.tuples(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 119), st.integers(0, 5)))), max_size=30
)


@given(STEPS, st.integers(1, 40), st.integers(1, 60), st.integers(1, 40))
def test_a_window_holds_what_a_plain_filter_gives_as_far_as_it_reaches(
    steps: list[tuple[int, list[tuple[int, int]]]], span: int, cap: int, ticks: int
) -> None:
    recent, until, events = Recent(span, cap), 100, list[tuple[int, int]]()
    for length, drawn in steps:
        new = [(until * 10 + time % (length * 10), category) for time, category in drawn]
        until += length
        recent.add(cells_of(new), until)
        events += new
        assert recent._size <= cap
        assert recent._size == sum(len(step.tick) for step in recent._steps)
    assert recent.reach <= min(span, until - 100)
    whole = min(ticks, recent.reach)
    inside = [(time, category) for time, category in events if time // 10 >= until - whole]
    assert recent.counts(whole, 6).tolist() == [sum(is_ == category for _, is_ in inside) for category in range(6)]
    assert recent.gaps(whole) == Gaps.of(cells_of(inside))
    assert recent.gaps(whole, 3) == Gaps.of(cells_of([event for event in inside if event[1] == 3]))
    if len({(time // 10, category) for time, category in events}) <= cap and events:
        assert recent.reach == min(span, until - min(events)[0] // 10)


def test_many_steps_are_joined_and_read_alike() -> None:
    recent = Recent(3600)
    for second in range(1000):
        recent.add(cells_of([(second * 10, second % 3)]), second + 1)
    assert len(recent._steps) <= 256
    assert recent.counts(600, 3).tolist() == [200, 200, 200]
    assert recent.reach == 1000
