"""Detection with the names of categories, on ticks as they close; and states as plain values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rarebird.detect import counts as counted
from rarebird.detect import detection, saved
from rarebird.detect.bank import Bank
from rarebird.detect.counts import Counts
from rarebird.detect.detection import Detection
from rarebird.detect.episode import Episode
from rarebird.detect.state import State
from rarebird.eventtime.ticks import gather
from rarebird.model.categories import Categories
from rarebird.model.clock import UTC, Zone
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.model.state import pack, unpack
from rarebird.model.ticks import Ticks
from tests.detect.streams import START, USUAL, Learned, as_bytes, cut, drawn, run

NAMES = ("FL", "NY", "CA", "ME")


def ticks_of(counts: Counts, seed: int = 1) -> Ticks:
    """Ticks that hold those counts, their events anywhere within their seconds."""
    draws = np.random.default_rng(seed)
    time = np.repeat(counts.tick, counts.events) * SECOND + draws.integers(0, SECOND, int(counts.events.sum()))
    category = np.repeat(counts.category, counts.events)
    return gather(time, category, SECOND, (counts.start + counts.length) * SECOND)


def named(learned: Learned) -> Detection:
    """At work for two days; its categories have the codes of their places."""
    categories = Categories()
    categories.restore(["other", *NAMES], 0)
    found = Detection(categories)
    found.restore({**found.state(), "learned": unpack(learned.body)["value"]})
    return found


SURGE = [(900, USUAL), (900, (0.8, 0.5, 0.3, 2.0)), (900, USUAL)]


def test_incidents_carry_names_and_microseconds_and_agree_with_the_bank(learned: Learned) -> None:
    stream = drawn(2, SURGE, learned.state().now)
    told = named(learned).take(ticks_of(stream))
    _, found = run(Bank(), [stream], learned.state())
    assert len(told) == len(found) >= 2
    assert told[0].category == "CA"
    for one, other in zip(told, found, strict=True):
        assert (one.began, one.detected) == (other.began * SECOND, other.detected * SECOND)
        assert one.ended == (None if other.ended is None else other.ended * SECOND)
        assert [each.events for each in one.contributions] == [each.events for each in other.contributions]
        assert one.contributions[-1].category is None
        assert {each.category for each in one.contributions[:-1]} <= {"other", *NAMES}
        assert one.window_s == other.detected - other.began


@settings(max_examples=8)
@given(cuts=st.lists(st.integers(0, 2700), max_size=12), seed=st.integers(0, 2**32))
def test_how_ticks_close_and_in_which_order_their_events_lie_makes_no_difference(
    learned: Learned, cuts: list[int], seed: int
) -> None:
    stream = drawn(2, SURGE, learned.state().now)
    one, other = named(learned), named(learned)
    told: list[Incident] = []
    for part in cut(stream, cuts):
        told += other.take(ticks_of(part, seed))
    assert one.take(ticks_of(stream)) == told
    assert pack(one.state()) == pack(other.state())


def test_it_goes_on_from_its_bytes(learned: Learned) -> None:
    stream = drawn(2, SURGE, learned.state().now)
    one, told = named(learned), []
    for part in cut(stream, range(0, 2700, 500)):
        body = pack(one.state())
        one = named(learned)
        one.restore(unpack(body))
        told += one.take(ticks_of(part))
    other = named(learned)
    assert other.take(ticks_of(stream)) == told
    assert pack(one.state()) == pack(other.state())
    assert one.learned_s == other.learned_s
    assert one.families() == other.families()


def test_the_first_tick_is_that_of_the_first_event() -> None:
    found = Detection(Categories(NAMES))
    none = drawn(1, [(300, (0.0,))])
    assert found.take(ticks_of(none)) == []
    assert found.take(ticks_of(drawn(1, [(600, USUAL)], START + 5000))) == []
    assert found.learned_s in {540, 600}


def test_a_watched_category_has_a_code_before_it_comes() -> None:
    categories = Categories()
    Detection(categories, watched=("ID", "ME"))
    assert categories.names == ["other", "ID", "ME"]


def test_categories_beyond_those_that_are_followed_count_as_other(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = drawn(3, [(3000, (0.5, 0.4, 0.3, 0.2, 0.6, 0.6))])
    folded = np.zeros((3000, 4), np.int64)
    np.add.at(folded, (stream.tick - START, np.where(stream.category < 4, stream.category, 0)), stream.events)
    monkeypatch.setattr(detection, "FOLLOWED", 4)
    states = []
    for each in (stream, drawn_again(folded)):
        found = Detection(Categories(NAMES))
        found.take(ticks_of(each))
        states.append(pack(found.state()))
    assert states[0] == states[1]


def drawn_again(table: NDArray[np.int64]) -> Counts:
    tick, category = np.nonzero(table)
    return Counts(START, len(table), tick + START, category.astype(np.int32), table[tick, category])


def test_what_was_missed_is_no_silence(learned: Learned) -> None:
    start = learned.state().now
    quiet = drawn(1, [(900, USUAL), (600, (0.0,)), (900, USUAL)], start)
    assert [each.kind for each in named(learned).take(ticks_of(quiet))][:1] == ["silence"]
    deaf, (before, after) = named(learned), cut(quiet, [900])
    told = deaf.take(ticks_of(before))
    deaf.miss((start + 1500) * SECOND)
    assert [*told, *deaf.take(ticks_of(after))] == []


@settings(max_examples=10)
@given(st.integers(0, 1000), st.integers(0, 2000), st.lists(st.integers(0, 2700), max_size=12))
def test_how_ticks_are_cut_makes_no_difference_where_some_were_missed(
    learned: Learned, heard: int, missed: int, cuts: list[int]
) -> None:
    stream = drawn(2, SURGE, learned.state().now)
    before, after = cut(stream, [heard]) if heard else (stream.within(stream.start, stream.start), stream)
    one, other = named(learned), named(learned)
    told = [found.take(ticks_of(before)) for found in (one, other)]
    for found in (one, other):
        found.miss((after.start + missed) * SECOND)
    assert one.take(ticks_of(after)) == [each for part in cut(after, cuts) for each in other.take(ticks_of(part))]
    assert told[0] == told[1]
    assert pack(one.state()) == pack(other.state())


@given(st.integers(0, 200), st.lists(st.integers(0, 5), max_size=40), st.integers(0, 2**32))
def test_counts_are_those_of_the_ticks_by_tick_and_then_category(since: int, categories: list[int], seed: int) -> None:
    time = np.random.default_rng(seed).integers(since * SECOND, (since + 30) * SECOND, len(categories))
    found = counted.of_ticks(gather(time, np.array(categories, np.int32), SECOND, (since + 40) * SECOND), since)
    assert (found.start, found.length) == (since, 40)
    rows = list(zip(found.tick.tolist(), found.category.tolist(), found.events.tolist(), strict=True))
    keys = sorted(zip((time // SECOND).tolist(), categories, strict=True))
    assert rows == [(*key, keys.count(key)) for key in sorted(set(keys))]
    middle = found.within(since + 3, since + 20)
    assert (middle.start, middle.length) == (since + 3, 17)
    assert middle.events.sum() == sum(since + 3 <= tick < since + 20 for tick, _ in keys)


def test_a_state_is_made_of_plain_values_and_comes_back_with_its_types(learned: Learned) -> None:
    state, _ = learned.after([(900, USUAL), (300, (0.8, 0.5, 0.3, 2.0))])
    assert state.episodes
    body = as_bytes(state)
    back = saved.restored(State, unpack(body)["value"])
    assert as_bytes(back) == body
    assert (type(back), type(back.episodes[0]), type(back.thin)) == (State, Episode, tuple)
    assert back.episodes == state.episodes
    assert saved.restored(State, saved.plain(Bank().blank())).usual is None
    zone = saved.restored(Zone, saved.plain(UTC))
    assert zone.local(7) == UTC.local(7)
