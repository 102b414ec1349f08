"""What a watch tells does not depend on how its ticks are cut into steps, nor on how long nothing happens."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rarebird.config.rules import Wanted, rules, sightings
from rarebird.detect.limit import Limit
from rarebird.detect.rules import Rules
from rarebird.notify.contract import Notice
from rarebird.run.alerts import Alerts
from rarebird.watch import Watch
from tests.pipe.lines import Event, messages

EVENTS = st.lists(st.tuples(st.integers(0, 300_000), st.sampled_from("abcd")), min_size=1, max_size=60).map(sorted)
WANTED = Wanted(
    mean_gap="5:0.05", mean_gap_move=1, mean_gap_up_after=3, entropy_above="1:0.9", watched_share="0.5:0.01", least=2
)


def told(events: list[Event], cuts: list[int], window: int | None = 60) -> list[Notice]:
    watch = Watch(time="t", by="k", watched=["a"], lateness="0s")
    alerts = Alerts(watch, rules(WANTED), sightings("0.3:0.4"), window=window)
    lines = messages(events)
    edges = [0, *sorted(min(cut, len(lines)) for cut in cuts), len(lines)]
    found = [notice for start, end in pairwise(edges) for notice in alerts.take(watch.feed(lines[start:end]))]
    return [*found, *alerts.take(watch.finish())]


@given(EVENTS, st.lists(st.integers(0, 60), max_size=5), st.sampled_from([None, 1, 60]))
def test_the_same_ticks_give_the_same_notices_however_they_are_cut(
    events: list[Event], cuts: list[int], window: int | None
) -> None:
    assert told(events, cuts, window) == told(events, [], window)


@given(EVENTS)
def test_notices_come_in_order_of_time(events: list[Event]) -> None:
    times = [notice.time for notice in told(events, [])]
    assert times == sorted(times)


@given(st.integers(121, 10**9), st.integers(0, 3))
def test_years_without_an_event_are_counted_second_by_second_at_no_cost(silence: int, after: int) -> None:
    watch = Watch(time="t", by="k", lateness="0s")
    alerts = Alerts(watch, Rules([Limit("entropy_nats", "up", fire=0.1, recover=0.05)], least=0), None, window=None)
    events = [(0, "a"), (0, "b"), (silence * 1000, "a"), ((silence + after) * 1000, "a")]
    for closed in (watch.feed(messages(events)), watch.finish()):
        alerts.take(closed)
    (record,) = alerts.rules.records
    assert record.readings == silence + after + 1
