"""What a watch tells does not depend on how its ticks are cut into steps, nor on how long nothing happens."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from rarebird.config.mutes import mute
from rarebird.config.rules import rules, sightings
from rarebird.config.wanted import Wanted
from rarebird.config.zones import zone
from rarebird.detect.limit import Limit
from rarebird.detect.reading import RECENT_S
from rarebird.detect.rules import Rules
from rarebird.incident.mute import Mute, Once
from rarebird.incident.mutes import Mutes
from rarebird.model.instant import SECOND
from rarebird.model.state import pack, unpack
from rarebird.notify.contract import Notice
from rarebird.run.alerts import Alerts
from rarebird.watch import Watch
from tests.pipe.lines import START, Event, messages

EVENTS = st.lists(st.tuples(st.integers(0, 300_000), st.sampled_from("abcd")), min_size=1, max_size=60).map(sorted)
WANTED = Wanted(
    mean_gap="5:0.05",
    mean_gap_move=1,
    mean_gap_up_after=3,
    entropy_above="1:0.9",
    entropy_below="2.7:2.75",
    watched_share="0.5:0.01",
    least=2,
)


MUTED = st.one_of(
    st.builds(lambda since, length: mute_from(START + since, length), st.integers(0, 300), st.integers(1, 200)),
    st.just(Mutes(zone, [mute("daily 22:14-22:15", 0), mute("Tue 22:16-22:17", 0)])),
)
FIRED_AND_OVER = [
    ("rule entropy_nats up fired", "rule entropy_nats down recovered"),
    ("rule entropy_nats down fired", "rule entropy_nats up recovered"),
]


def mute_from(since: int, length: int) -> Mutes:
    """A mute of everything for some seconds."""
    return Mutes(zone, [Mute(text="a while", when=Once((since + length) * SECOND, since * SECOND))])


def by_id(notices: list[Notice]) -> list[tuple[int, str, str]]:
    """Notices by what an outbox knows them by: the order in which some come at once is of no account."""
    return sorted((notice.time, notice.key, notice.text) for notice in notices)


def last(notices: list[Notice], up: str, down: str) -> str:
    """Whether people hold that a rule fires."""
    keys = [notice.key for notice in notices if notice.key in (up, down)]
    return keys[-1] if keys and keys[-1] == up else ""


def at_work(window: int = 60, mutes: Mutes | None = None) -> tuple[Watch, Alerts]:
    watch = Watch(time="t", by="k", watched=["a"], lateness="0s")
    return watch, Alerts(watch, rules(WANTED), sightings("0.3:0.4"), window=window, mutes=mutes)


def told(events: list[Event], cuts: list[int], window: int = 60, mutes: Mutes | None = None) -> list[Notice]:
    watch, alerts = at_work(window, mutes)
    lines = messages(events)
    edges = [0, *sorted(min(cut, len(lines)) for cut in cuts), len(lines)]
    found = [notice for start, end in pairwise(edges) for notice in alerts.take(watch.feed(lines[start:end]))]
    return [*found, *alerts.take(watch.finish())]


@given(EVENTS, st.lists(st.integers(0, 60), max_size=5), st.sampled_from([1, 60, 900]))
def test_the_same_ticks_give_the_same_notices_however_they_are_cut(
    events: list[Event], cuts: list[int], window: int
) -> None:
    assert told(events, cuts, window) == told(events, [], window)


@given(EVENTS, st.lists(st.integers(0, 60), max_size=5), MUTED)
def test_what_a_mute_keeps_is_the_same_however_the_ticks_are_cut(
    events: list[Event], cuts: list[int], mutes: Mutes
) -> None:
    whole, cut = (told(events, each, mutes=mutes) for each in ([], cuts))
    assert by_id(whole) == by_id(cut)


@given(EVENTS, MUTED)
def test_after_a_mute_people_know_of_each_rule_what_they_would_know_without_it(
    events: list[Event], mutes: Mutes
) -> None:
    watch, alerts = at_work(mutes=mutes)
    free, muted = told(events, []), [*alerts.take(watch.feed(messages(events))), *alerts.take(watch.finish())]
    now = watch.recent.until * SECOND
    assert by_id(muted) == sorted(set(by_id(free)) & set(by_id(muted))), "nothing is told that was not news"
    single = [notice for notice in muted if notice.key.startswith("unusual")]
    assert all(mutes.mute_at(notice.time, "event") is None for notice in single)
    if mutes.mute_at(now) is None:
        for up, down in FIRED_AND_OVER:
            assert last(muted, up, down) == last(free, up, down)
    # What was told to have fired gets its end told, in a mute too.
    for up, down in FIRED_AND_OVER:
        ways = [notice.key for notice in muted if notice.key in (up, down)]
        assert all(one != other for one, other in pairwise(ways) if up in (one, other))


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
    other = Alerts(
        watch,
        rules(structs.replace(WANTED, mean_gap="7:0.05", entropy_above="1:0.8", entropy_below="2.6:2.75")),
        sightings("0.1:0.2"),
        window=60,
    )
    other.restore(state)
    same = Alerts(watch, rules(WANTED), sightings("0.3:0.4"), window=60)
    same.restore(state)
    assert [record.readings for record in other.rules.records] == [0, 0, 0, 29]
    assert other.restarted
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
