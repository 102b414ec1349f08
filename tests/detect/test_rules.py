"""The laws of rules: news alternate, what hovers is told once, and how readings are cut into calls changes nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.detect.adaptive import Adaptive
from rarebird.detect.benchmark import Benchmark
from rarebird.detect.limit import Limit
from rarebird.detect.reading import Reading
from rarebird.detect.record import Record
from rarebird.detect.rule import News, Rule, Sample
from rarebird.detect.rules import Rules
from rarebird.detect.trend import Trend

VALUES = st.lists(st.floats(0, 60) | st.sampled_from([9.5, 10.0, 10.5, 20.0, 19.0, 21.0]), max_size=200)
RULES: list[Rule] = [
    Limit("mean_gap_s", "up", fire=20.0, recover=10.0),
    Limit("mean_gap_s", "down", fire=10.0, recover=20.0),
    Benchmark("mean_gap_s", level=20.0, band=1.0),
    Trend(),
    Trend(up_after=3, down_after=2, least=5.0),
    Trend(start=0.5, up_after=1, down_after=1),
    Adaptive("mean_gap_s", deviations=4.0, start=20.0, factor=1.5),
    Adaptive("entropy_nats", deviations=4.0),
]
each_rule = pytest.mark.parametrize("rule", RULES, ids=repr)


def told(rule: Rule, values: list[float]) -> list[News]:
    record = Record(rule)
    return [news for value in values if (news := record.step(Sample(value, 100))) is not None]


@each_rule
@given(VALUES)
def test_the_news_of_a_rule_alternate_and_begin_with_a_firing(rule: Rule, values: list[float]) -> None:
    phases = [news.phase for news in told(rule, values)]
    assert phases == ["fired", "recovered"] * (len(phases) // 2) + ["fired"] * (len(phases) % 2)


@each_rule
@given(VALUES)
def test_news_say_where_the_reading_went_and_which_level_it_crossed(rule: Rule, values: list[float]) -> None:
    for news in told(rule, values):
        if not news.moved:
            assert (news.value > news.limit) == (news.direction == "up")


@pytest.mark.parametrize("rule", RULES[:-2], ids=repr)
@given(st.lists(st.floats(0, 60), max_size=30), st.lists(st.floats(19.1, 19.9), max_size=29))
def test_a_reading_that_hovers_between_the_levels_is_no_news(
    rule: Rule, before: list[float], hovering: list[float]
) -> None:
    if isinstance(rule, Trend):
        rule = Trend(up_after=60, down_after=60)
    assert told(rule, before + hovering) == told(rule, before)


@each_rule
@given(VALUES)
def test_a_rule_counts_the_readings_on_which_its_news_are_open(rule: Rule, values: list[float]) -> None:
    record = Record(rule)
    is_open = alerting = fired = 0
    for value in values:
        news = record.step(Sample(value, 100))
        is_open = is_open if news is None else news.phase == "fired"
        fired += news is not None and news.phase == "fired"
        alerting += is_open
    assert (record.readings, record.alerting, record.fired) == (len(values), alerting, fired)
    assert record.share == (alerting / len(values) if values else 0)


@given(VALUES)
def test_a_limit_fires_beyond_its_level_and_recovers_behind_another_one(values: list[float]) -> None:
    fired, expected = False, []
    for value in values:
        if not fired and value > 20:
            fired = True
            expected.append(("fired", value, 20.0))
        elif fired and value < 10:
            fired = False
            expected.append(("recovered", value, 10.0))
    assert [(news.phase, news.value, news.limit) for news in told(RULES[0], values)] == expected


@given(VALUES)
def test_the_limit_of_the_trend_moves_as_that_of_the_homework(values: list[float]) -> None:
    rule, limit, above, below = Trend(), 20.0, 0, 0
    state = rule.blank()
    for value in values:
        state, _ = rule.step(state, Sample(value))
        above, below = (above + 1, 0) if value > limit else (0, below + 1)
        if above == 30:
            limit, above = limit + 10, 0
        elif below >= 31 and limit > rule.least:
            limit, below = max(rule.least, limit - 10), 0
        assert state.limit == limit


def test_a_lasting_new_level_is_told_once_and_then_is_the_usual() -> None:
    phases = [(news.phase, news.moved) for news in told(Trend(), [15.0] * 10 + [25.0] * 300)]
    assert phases == [("fired", False), ("recovered", True)]


@given(st.floats(0, 60), st.integers(0, 100), st.lists(st.floats(0, 60), max_size=20))
def test_holding_a_reading_is_as_many_steps(value: float, times: int, before: list[float]) -> None:
    held, stepped = Rules(RULES, least=0), Rules(RULES, least=0)
    for one in before:
        held.step(Reading(one))
        stepped.step(Reading(one))
    reading = Reading(value)
    assert held.hold(reading, times) == [told for _ in range(times) for told in stepped.step(reading)]
    for mine, theirs in zip(held.records, stepped.records, strict=True):
        assert (mine.state, mine.readings, mine.alerting) == (theirs.state, theirs.readings, theirs.alerting)


@given(st.lists(st.tuples(st.floats(2, 4), st.integers(0, 400)), max_size=50))
def test_entropy_that_rests_on_few_events_is_not_judged(readings: list[tuple[float, int]]) -> None:
    rule = Limit("entropy_nats", "up", fire=3.2, recover=3.0)
    rules = Rules([rule, Limit("mean_gap_s", "up", fire=1.0, recover=0.5)], least=200)
    found = [told.news for nats, count in readings for told in rules.step(Reading(entropy_nats=nats, count=count))]
    assert found == told(rule, [nats for nats, count in readings if count >= 200])
    assert rules.records[1].readings == 0


@given(VALUES)
def test_a_trend_never_goes_below_its_least_level(values: list[float]) -> None:
    rule = Trend(start=12.0, up_after=3, down_after=2, least=5.0)
    limits = [rule.blank()]
    for value in values:
        limits.append(rule.step(limits[-1], Sample(value))[0])
    assert all(state.limit >= 5.0 for state in limits)
    assert all(abs(after.limit - before.limit) <= 10.0 for before, after in pairwise(limits))
