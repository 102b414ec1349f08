"""What a watch tells does not depend on how its ticks are cut into steps, nor on how long nothing happens."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rarebird.config.rules import rules, sightings
from rarebird.config.wanted import Wanted
from rarebird.detect.limit import Limit
from rarebird.detect.reading import RECENT_S
from rarebird.detect.rules import Rules
from rarebird.model.state import pack, unpack
from rarebird.notify.contract import Notice
from rarebird.run.alerts import Alerts
from rarebird.watch import Watch
from tests.pipe.lines import Event, messages

EVENTS = st.lists(st.tuples(st.integers(0, 300_000), st.sampled_from("abcd")), min_size=1, max_size=60).map(sorted)
WANTED = Wanted(
    mean_gap="5:0.05", mean_gap_move=1, mean_gap_up_after=3, entropy_above="1:0.9", watched_share="0.5:0.01", least=2
)


def at_work(window: int = 60) -> tuple[Watch, Alerts]:
    watch = Watch(time="t", by="k", watched=["a"], lateness="0s")
    return watch, Alerts(watch, rules(WANTED), sightings("0.3:0.4"), window=window)


def told(events: list[Event], cuts: list[int], window: int = 60) -> list[Notice]:
    watch, alerts = at_work(window)
    lines = messages(events)
    edges = [0, *sorted(min(cut, len(lines)) for cut in cuts), len(lines)]
    found = [notice for start, end in pairwise(edges) for notice in alerts.take(watch.feed(lines[start:end]))]
    return [*found, *alerts.take(watch.finish())]


@given(EVENTS, st.lists(st.integers(0, 60), max_size=5), st.sampled_from([1, 60, 900]))
def test_the_same_ticks_give_the_same_notices_however_they_are_cut(
    events: list[Event], cuts: list[int], window: int
) -> None:
    assert told(events, cuts, window) == told(events, [], window)


@given(EVENTS)
def test_notices_come_in_order_of_time(events: list[Event]) -> None:
    times = [notice.time for notice in told(events, [])]
    assert times == sorted(times)


@given(EVENTS, st.integers(0, 60), st.sampled_from([1, 60, 900]))
def test_a_restart_tells_what_no_restart_tells(events: list[Event], cut: int, window: int) -> None:
    lines = messages(events)
    watch, alerts = at_work(window)
    found = alerts.take(watch.feed(lines[:cut]))
    names = watch.categories.names
    body = pack({"watch": watch.state(), "alerts": alerts.state()})
    watch, alerts = at_work(window)
    saved = unpack(body)
    watch.restore(saved["watch"], names)
    alerts.restore(saved["alerts"])
    found += [*alerts.take(watch.feed(lines[cut:])), *alerts.take(watch.finish())]
    assert found == told(events, [], window)


def test_rules_that_are_set_otherwise_begin_anew_and_look_back_all_the_same() -> None:
    watch, alerts = at_work()
    alerts.take(watch.feed(messages([(at * 100, "ab"[at % 2]) for at in range(300)])))
    state = alerts.state()
    other = Alerts(watch, rules(Wanted(mean_gap="7:0.05", least=2)), sightings("0.1:0.2"), window=60)
    other.restore(state)
    same = Alerts(watch, rules(WANTED), sightings("0.3:0.4"), window=60)
    same.restore(state)
    assert [record.readings for record in other.rules.records] == [0, 0, 29, 0]
    assert [record.readings for record in same.rules.records] == [record.readings for record in alerts.rules.records]
    new = Alerts(watch, rules(WANTED), None, window=60)
    new.restore({})
    assert {record.readings for record in new.rules.records} == {0}


@given(st.integers(1000, 10**9), st.integers(0, 3))
def test_years_without_an_event_cost_nothing(silence: int, after: int) -> None:
    watch = Watch(time="t", by="k", lateness="0s")
    alerts = Alerts(watch, Rules([Limit("entropy_nats", "up", fire=0.1, recover=0.05)], least=0), None)
    events = [(0, "a"), (0, "b"), (silence * 1000, "a"), ((silence + after) * 1000, "a")]
    for closed in (watch.feed(messages(events)), watch.finish()):
        alerts.take(closed)
    (record,) = alerts.rules.records
    # The entropy of no event is none, so while the window is empty nothing is judged.
    assert record.readings == RECENT_S + after + 1
