"""The laws of thresholds that follow their stream: what they tell of changes, and that they tell it once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.config.rules import ENTROPY, MEAN_GAP, WATCHED_SHARE, rules
from rarebird.config.wanted import MEETUP, Wanted
from rarebird.detect.adaptive import LEAST_READINGS, MEMORY_S, STANDS_S, Adaptive
from rarebird.detect.reading import Reading
from rarebird.detect.record import EARLY_S, Record
from rarebird.detect.rule import News, Sample
from rarebird.detect.rules import Rules
from rarebird.model.state import pack, unpack

HOUR = [1.0] * 4000
"""A little more than an hour of a mean gap of a second."""


def told(rule: Adaptive, values: list[float], *, events: int = 900) -> list[tuple[int, News]]:
    """The news, each with its second."""
    record = Record(rule)
    found = []
    for at, value in enumerate(values):
        count = round(120 / value) if rule.metric == "mean_gap_s" else events
        news = record.step(Sample(value, count, early=record.age < EARLY_S))
        if news is not None:
            found.append((at, news))
    return found


@pytest.mark.parametrize(
    ("rule", "usual", "changed", "direction"),
    [
        (MEAN_GAP, 1.0, 0.5, "down"),
        (MEAN_GAP, 1.0, 2.0, "up"),
        (MEAN_GAP, 0.03, 0.06, "up"),
        (ENTROPY, 3.0, 3.2, "up"),
        (ENTROPY, 3.0, 2.8, "down"),
        (WATCHED_SHARE, 0.52, 0.62, "up"),
        (WATCHED_SHARE, 0.52, 0.42, "down"),
    ],
)
def test_a_change_fires_once_and_recovers_once(rule: Adaptive, usual: float, changed: float, direction: str) -> None:
    found = told(rule, [usual] * 4000 + [changed] * 1200 + [usual] * 1200)
    assert [(at, news.phase) for at, news in found] == [(4000, "fired"), (5200, "recovered")]
    assert found[0][1].direction == direction != found[1][1].direction
    assert found[0][1].usual == pytest.approx(usual, rel=0.01)
    assert not found[1][1].moved


@pytest.mark.parametrize("rule", [MEAN_GAP, ENTROPY, WATCHED_SHARE], ids=lambda rule: rule.metric)
@given(st.lists(st.floats(0.01, 3), min_size=1, max_size=50))
def test_in_the_first_hour_nothing_fires(rule: Adaptive, values: list[float]) -> None:
    assert told(rule, (values * EARLY_S)[:EARLY_S]) == []


def test_the_limit_starts_at_20_s_and_is_at_the_mean_gap_within_the_hour() -> None:
    record = Record(MEAN_GAP)
    assert MEAN_GAP.level(record.state) == pytest.approx(20.0)
    for _ in range(EARLY_S):
        record.step(Sample(1.0, 120, early=True))
    assert MEAN_GAP.level(record.state) == pytest.approx(1.0, rel=0.01)


def test_what_stays_is_told_to_have_become_the_usual_after_two_hours() -> None:
    (_, fired), (at, over) = told(MEAN_GAP, HOUR + [0.5] * 3 * STANDS_S)
    assert (fired.phase, over.phase, over.moved) == ("fired", "recovered", True)
    assert STANDS_S <= at - len(HOUR) <= STANDS_S + MEMORY_S


def test_a_limit_stands_still_while_it_fires_and_goes_on_where_it_was() -> None:
    values = HOUR + [0.5] * 3600 + [1.0] * 60
    record = Record(MEAN_GAP)
    for value in values:
        record.step(Sample(value, round(120 / value), early=record.age < EARLY_S))
    assert MEAN_GAP.level(record.state) == pytest.approx(1.0, rel=0.02)


def test_too_few_events_are_not_judged_and_200_readings_of_enough_are_asked_for() -> None:
    assert told(ENTROPY, [3.0] * 5000 + [1.0] * 100, events=10) == []
    record = Record(ENTROPY)
    record.age = EARLY_S
    values = [3.0] * (LEAST_READINGS - 1) + [2.0, 2.0]
    news = [record.step(Sample(value, 900)) for value in values]
    assert [at for at, each in enumerate(news) if each] == [LEAST_READINGS]


@given(st.integers(0, 1000))
def test_a_stream_that_strays_has_a_wider_margin_than_chance_alone_gives(seed: int) -> None:
    random = np.random.default_rng(seed)
    steady = ENTROPY, [3.0 + step for step in random.normal(0, 0.01, 9000)]
    wild = ENTROPY, [3.0 + step for step in np.repeat(random.normal(0, 0.1, 30), 300)]
    widths = []
    for rule, values in (steady, wild):
        record = Record(rule)
        for value in values:
            record.step(Sample(value, 900, early=record.age < EARLY_S))
        low, high = rule.margins(record.state._replace(raised=0), 900)
        widths.append(high - low)
    assert widths[0] < widths[1]


def test_after_a_firing_the_rule_asks_for_more_for_a_day() -> None:
    record = Record(ENTROPY)
    for value in [3.0] * 4000 + [3.3] * 600 + [3.0] * 600:
        record.step(Sample(value, 900, early=record.age < EARLY_S))
    low, high = ENTROPY.margins(record.state, 900)
    lower, higher = ENTROPY.margins(record.state._replace(raised=0), 900)
    assert low < lower < higher < high


@given(st.lists(st.tuples(st.sampled_from([0.5, 1.0, 2.0, None]), st.integers(1, 3000)), max_size=8), st.data())
def test_going_on_from_a_state_is_going_on(parts: list[tuple[float | None, int]], data: st.DataObject) -> None:
    readings = [Reading(mean_gap_s=value, gap_count=120) for value, times in parts for _ in range(times)]
    cut = data.draw(st.integers(0, len(readings)))
    whole, first, second = (rules(MEETUP) for _ in range(3))
    expected = [news for reading in readings for news in whole.step(reading)]
    found = [news for reading in readings[:cut] for news in first.step(reading)]
    second.restore(unpack(pack(first.state())))
    found += [news for reading in readings[cut:] for news in second.step(reading)]
    assert found == expected
    assert second.state() == whole.state()


def test_what_a_rule_can_tell_is_known_after_an_hour_and_once() -> None:
    at_work = rules(MEETUP)
    assert at_work.hold(Reading(), EARLY_S + 100) == []
    assert at_work.reaches() == []
    slow = Reading(5.0, 0.2, 3.0, 0.5, count=180, gap_count=24)
    for _ in range(2 * EARLY_S):
        at_work.step(slow)
    assert [(each.metric, each.events, each.is_told) for each in at_work.reaches()] == [
        ("mean_gap_s", 24, True),
        ("entropy_nats", 180, False),
        ("watched_share", 180, False),
    ]


def test_a_state_of_before_is_that_of_other_rules_and_they_say_that_they_begin_again() -> None:
    """As a store of format 8 holds it, of the homework's rules and of the one of entropy that is asked for again."""
    entropy = "Limit(metric='entropy_nats', direction='up', fire=3.2, recover=3.15)"
    trend = "Trend(metric='mean_gap_s', start=20.0, move=10.0, up_after=30, down_after=31, least=1.0, margin=0.05)"
    saved = {
        "records": [
            {"rule": trend, "state": [-1, -1, 1.0, 0, 4], "counts": [5000, 12, 1]},
            {"rule": entropy, "state": [1, -1, 0.0, 0, 0], "counts": [5000, 70, 2]},
        ]
    }
    other = rules(MEETUP)
    other.restore(saved)
    assert other.restarted
    same: Rules = rules(Wanted(entropy_above="3.2:3.15"))
    same.restore(saved)
    (record,) = same.records
    assert (record.readings, record.fired, record.state.firing, same.restarted) == (5000, 2, True, False)


@given(st.lists(st.floats(0.2, 5), min_size=1, max_size=20))
def test_news_alternate_over_days(levels: list[float]) -> None:
    found = told(MEAN_GAP, HOUR + [value for value in levels for _ in range(400)])
    assert all(before.phase != after.phase for (_, before), (_, after) in pairwise(found))
