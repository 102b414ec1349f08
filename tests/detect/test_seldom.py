"""The laws of categories that come seldom: about one line a day, whatever the stream, and any cut gives the same."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rarebird.detect.rare import Sighting
from rarebird.detect.seldom import HOUR, Seldom
from rarebird.model.instant import SECOND
from rarebird.model.state import pack, unpack

DAY = 24 * HOUR
EVENTS = st.lists(st.tuples(st.integers(0, 40 * 3600), st.integers(0, 4)), max_size=120).map(sorted)


def news(seldom: Seldom, events: list[tuple[int, int]], until: int) -> list[Sighting]:
    time = np.array([at * SECOND for at, _ in events], np.int64)
    category = np.array([code for _, code in events], np.int32)
    return seldom.news(time, category, np.add(category, 1.0, dtype=np.float64), until)


@given(EVENTS, st.lists(st.integers(0, 40 * 3600), max_size=6))
def test_how_events_are_cut_into_calls_changes_nothing(events: list[tuple[int, int]], cuts: list[int]) -> None:
    end = 50 * 3600
    whole, parts = Seldom(), Seldom()
    expected = news(whole, events, end * SECOND)
    found: list[Sighting] = []
    for start, stop in pairwise([0, *sorted(cuts), end]):
        saved = unpack(pack(parts.state()))
        parts = Seldom()
        assert parts.restore(saved)
        found += news(parts, [event for event in events if start <= event[0] < stop], stop * SECOND)
    assert found == expected
    assert (whole.events, whole.found) == (parts.events, parts.found)


@given(EVENTS)
def test_a_category_has_a_line_at_once_and_one_at_the_end_of_an_hour(events: list[tuple[int, int]]) -> None:
    found = news(Seldom(), events, 50 * HOUR)
    lines = Counter((each.category, (each.time - each.is_more) // HOUR, each.is_more) for each in found)
    assert set(lines.values()) <= {1}
    came = Counter((code, at // 3600) for at, code in events)
    for code, hour, is_more in lines:
        assert not is_more or (code, hour, False) in lines
    for each in found:
        if each.is_more:
            assert each.events == came[each.category, each.time // HOUR - 1] - 1


@given(EVENTS)
def test_in_the_first_hour_nothing_is_news(events: list[tuple[int, int]]) -> None:
    first = events[0][0] if events else 0
    assert all(each.time - first * SECOND >= HOUR for each in news(Seldom(), events, 50 * HOUR) if not each.is_more)


def test_a_category_that_was_never_seen_is_news_where_others_come_often() -> None:
    usual = [(at, at // 60 % 5) for at in range(0, 86_400, 60)]
    found = news(Seldom(), [*usual, (86_400, 9)], 90_000 * SECOND)
    assert [(each.time // SECOND, each.category, each.per_day) for each in found] == [(86_400, 9, 0.0)]


def test_where_new_categories_come_all_day_one_more_is_no_news() -> None:
    found = news(Seldom(), [(at * 600, at) for at in range(3 * 144)], 3 * DAY)
    assert found == []


def test_what_came_seldom_is_news_again_until_it_comes_often() -> None:
    usual = [(at, 0) for at in range(0, 6 * 86_400, 300)]
    seldom = [(3 * 86_400 + 5, 1), (5 * 86_400 + 7, 1), *((5 * 86_400 + 7200 + at * 60, 1) for at in range(240))]
    found = news(Seldom(), sorted(usual + seldom), 6 * DAY)
    assert {each.category for each in found} == {1}
    assert [each.time // SECOND for each in found if not each.is_more] == [
        3 * 86_400 + 5,
        5 * 86_400 + 7,
        5 * 86_400 + 7200,
    ]


@given(st.integers(0, 10_000))
def test_a_quiet_stream_brings_about_a_line_a_day_at_most(seed: int) -> None:
    random = np.random.default_rng(seed)
    shares = 1.0 / np.arange(1, 200) ** 1.5
    time = np.sort(random.integers(0, 6 * 86_400, 20_000))
    category = random.choice(len(shares), 20_000, p=shares / shares.sum())
    found = news(Seldom(), list(zip(time.tolist(), category.tolist(), strict=True)), 6 * DAY)
    by_day = Counter(each.time // DAY for each in found)
    assert sum(by_day[day] for day in range(1, 6)) <= 5 * 3


def test_of_one_instant_the_most_surprising_comes_first() -> None:
    usual = [(at, 0) for at in range(0, 86_400, 60)]
    found = news(Seldom(), [*usual, (86_400, 1), (86_400, 2), (86_401, 1), (86_401, 2)], 90_000 * SECOND)
    assert [(each.category, each.is_more) for each in found] == [(2, False), (1, False), (2, True), (1, True)]
