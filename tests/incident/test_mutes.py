"""Mutes: they hold while the clock on the wall says so, once mutes end exactly, and restarts change nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.config.zones import zone
from rarebird.errors import ConfigError
from rarebird.incident.mute import WEEK, Mute, Once, Span, Spans, Weekly
from rarebird.incident.mutes import Mutes
from rarebird.model.clock import DAY
from rarebird.model.instant import SECOND
from rarebird.model.state import pack, unpack

# The clocks change in each of these nights: forward, back, by half an hour, over midnight, for Ramadan.
NIGHTS = [
    ("Europe/Paris", "2026-03-29"),
    ("Europe/Paris", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Africa/Cairo", "2026-04-24"),
    ("Africa/Casablanca", "2026-03-22"),
]
MINUTES = st.integers(0, 7 * 24 * 60 - 1)
INSTANTS = st.integers(0, 4_000_000_000 * SECOND)
ONCE = st.builds(lambda since, length: Once(since + length, since), INSTANTS, st.integers(1, 10**15))
LISTED = st.lists(st.builds(lambda at, length, name: Span(at, at + length, name), *[st.integers(0, 99)] * 2, st.text()))
WEEKS = st.builds(
    lambda start, length, name: Weekly(((start * 60, (start + length) * 60),), name),
    MINUTES,
    st.integers(1, 7 * 24 * 60),
    st.sampled_from([name for name, _ in NIGHTS]),
)
MUTES = st.builds(
    lambda when, kind, category, text: Mute(when=when, kind=kind, category=category, text=text),
    st.one_of(ONCE, WEEKS, LISTED.map(Spans.of)),
    st.sampled_from(["", "mix", "rate"]),
    st.sampled_from([None, "ME", ""]),
    st.text(),
)


def shown(at: int, wall: ZoneInfo) -> int:
    """Seconds since Monday began, as the clock on the wall of a zone shows them."""
    local = datetime.fromtimestamp(at, wall)
    return local.weekday() * DAY + local.hour * 3600 + local.minute * 60 + local.second


@pytest.mark.parametrize(("name", "night"), NIGHTS)
@given(start=MINUTES, length=st.integers(1, 3 * 24 * 60))
def test_a_weekly_mute_holds_in_each_minute_in_which_the_clock_on_the_wall_shows_its_time(
    name: str, night: str, start: int, length: int
) -> None:
    weekly, wall = Weekly(((start * 60, (start + length) * 60),), name), ZoneInfo(name)
    first = int(datetime.fromisoformat(night).replace(tzinfo=UTC).timestamp()) - DAY
    muted = {(start + step) % (WEEK // 60) for step in range(length)}
    for at in range(first, first + 3 * DAY, 60):
        assert (weekly.names(at * SECOND, zone) is not None) == (shown(at, wall) // 60 in muted), at


def muted_hours(text: tuple[tuple[int, int], ...], name: str, night: str) -> list[str]:
    """The quarters of an hour, UTC, in which a weekly mute holds around a night."""
    first = datetime.fromisoformat(night).replace(tzinfo=UTC) - timedelta(hours=6)
    quarters = [first + timedelta(minutes=15 * step) for step in range(4 * 24)]
    weekly = Weekly(text, name)
    return [f"{at:%H:%M}" for at in quarters if weekly.names(int(at.timestamp()) * SECOND, zone) is not None]


def test_sunday_from_2_to_4_lasts_one_hour_in_the_night_that_has_no_2_oclock_and_three_in_that_which_has_it_twice() -> (
    None
):
    sunday = ((6 * DAY + 2 * 3600, 6 * DAY + 4 * 3600),)
    assert muted_hours(sunday, "Europe/Paris", "2026-03-29") == ["01:00", "01:15", "01:30", "01:45"]
    assert len(muted_hours(sunday, "Europe/Paris", "2026-10-25")) == 3 * 4
    skipped = ((6 * DAY + 2 * 3600, 6 * DAY + 2 * 3600 + 1800),)
    assert muted_hours(skipped, "Europe/Paris", "2026-03-29") == []
    assert muted_hours(skipped, "Europe/Paris", "2026-10-25") == ["00:00", "00:15", "01:00", "01:15"]


@pytest.mark.parametrize(("name", "night"), NIGHTS)
@given(start=MINUTES, length=st.integers(1, 3 * 24 * 60), hour=st.integers(0, 72))
def test_until_it_holds_no_more_it_holds_at_each_minute_and_then_it_does_not_or_clocks_change(
    name: str, night: str, start: int, length: int, hour: int
) -> None:
    weekly, wall = Weekly(((start * 60, (start + length) * 60),), name), ZoneInfo(name)
    at = int(datetime.fromisoformat(night).replace(tzinfo=UTC).timestamp()) - DAY + hour * 3600
    if weekly.names(at * SECOND, zone) is None:
        return
    until = weekly.holds_until(at * SECOND, zone) // SECOND
    assert until > at
    assert all(weekly.names(each * SECOND, zone) is not None for each in range(at, until, 60))
    before, after = (datetime.fromtimestamp(each, wall).utcoffset() for each in (until - 1, until))
    assert weekly.names(until * SECOND, zone) is None or before != after


@given(ONCE, st.integers(-2, 2))
def test_a_mute_that_holds_once_begins_and_ends_on_the_microsecond(once: Once, step: int) -> None:
    assert (once.names(once.since + step, zone) is not None) == (step >= 0 and once.since + step < once.until)
    assert (once.names(once.until + step, zone) is not None) == (step < 0 and once.until + step >= once.since)


@given(LISTED, st.integers(-1, 200))
def test_listed_spans_hold_where_one_of_them_does_and_name_the_one_that_began_first(spans: list[Span], at: int) -> None:
    listed = Spans.of(spans)
    over = [span for span in spans if span.start <= at < span.end]
    name = listed.names(at, zone)
    assert (name is not None) == bool(over)
    assert name is None or name in {span.name for span in over}
    assert all(one.end <= other.start for one, other in zip(listed.spans, listed.spans[1:], strict=False))


@given(st.lists(MUTES, max_size=6), INSTANTS, st.sampled_from(["mix", "silence"]), st.sampled_from([None, "ME", "NY"]))
def test_a_collection_mutes_what_the_first_of_its_mutes_does(
    mutes: list[Mute], at: int, kind: str, category: str | None
) -> None:
    held = Mutes(zone)
    kept = [held.add(mute) for mute in mutes]
    meant = [
        mute
        for mute in kept
        if mute.kind in ("", kind)
        and (mute.category is None or mute.category == category)
        and mute.when.names(at, zone) is not None
    ]
    told = held.mute_at(at, kind, category)
    assert (told and told.id) == (meant[0].id if meant else None)


@given(st.lists(MUTES, max_size=6), INSTANTS, INSTANTS)
def test_dropping_what_is_past_changes_nothing_of_what_comes(mutes: list[Mute], at: int, later: int) -> None:
    held, other = Mutes(zone), Mutes(zone)
    for mute in mutes:
        held.add(mute)
        other.add(mute)
    dropped = other.drop_past(at)
    for when in (at, at + later):
        assert held.mute_at(when) == other.mute_at(when)
        assert not any(mute.when.names(when, zone) is not None for mute in dropped)


@given(st.lists(MUTES, max_size=6), MUTES)
def test_a_state_brings_back_the_same_mutes_and_numbers_go_on_behind_it(mutes: list[Mute], more: Mute) -> None:
    held, other = Mutes(zone), Mutes(zone)
    for mute in mutes:
        held.add(mute)
    held.remove("1")
    other.restore(unpack(pack(held.state())))
    assert other.all == held.all
    assert other.add(more) == held.add(more)
    other.restore({})
    assert other.all == ()


@given(st.lists(MUTES, max_size=5), st.lists(MUTES, max_size=5), st.lists(MUTES, max_size=5))
def test_after_a_restart_what_came_before_it_is_judged_as_then_and_what_follows_by_what_is_given_now(
    before: list[Mute], said: list[Mute], now: list[Mute]
) -> None:
    old = Mutes(zone, before)
    for mute in said:
        old.add(mute)
    new = Mutes(zone, now)
    new.restore(old.state())
    assert new.all == old.all
    new.go_on()
    plain = [msgspec.structs.replace(mute, id=0, given=False) for mute in new.all]
    assert {repr(mute) for mute in plain} == {repr(mute) for mute in [*said, *now]}
    assert not new.go_on()
    numbers = [mute.id for mute in new.all]
    assert numbers == sorted(set(numbers))
    assert all(mute in old.all or mute.id > len(old.all) for mute in new.all)


def test_a_mute_is_removed_by_its_number_or_its_text() -> None:
    mutes = Mutes(zone, [Mute(text="Tue 02:00-04:00", when=Weekly(((93_600, 100_800),), "UTC"))])
    for text in ("2h", "2H", "3h"):
        mutes.add(Mute(text=text, when=Once(hash(text) % 1000 + 1)))
    assert [mute.id for mute in mutes.remove("2h")] == [2, 3]
    assert mutes.remove("2h") == mutes.remove("99") == ()
    assert [mute.text for mute in mutes.remove("#4")] == ["3h"]
    assert [mute.text for mute in mutes.remove(" tue  02:00-04:00 ")] == ["Tue 02:00-04:00"]
    assert mutes.all == ()


def test_the_same_mute_is_there_once() -> None:
    mutes = Mutes(zone)
    again = Mute(text="daily 03:00-03:30", when=Weekly(((10_800, 12_600),), "UTC"))
    assert mutes.add(again) == mutes.add(again)
    assert len(mutes.all) == 1


def test_the_text_of_what_a_calendar_mutes_names_what_goes_on() -> None:
    mutes = Mutes(zone, [Mute(text="calendar ops.ics", when=Spans.of([Span(10, 20, "Release"), Span(20, 30)]))])
    assert [told and told.text for told in map(mutes.mute_at, (9, 10, 20, 30))] == [
        None,
        "calendar ops.ics: Release",
        "calendar ops.ics",
        None,
    ]


def test_a_mute_in_a_zone_that_nobody_knows_fails_as_it_is_added_or_brought_back() -> None:
    unknown = Mute(text="daily 03:00-03:30 Mars/Base", when=Weekly(((0, 60),), "Mars/Base"))
    with pytest.raises(ConfigError, match="expected a time zone"):
        Mutes(zone).add(unknown)
    with pytest.raises(ConfigError, match="expected a time zone"):
        Mutes(zone).restore({"next": 2, "mutes": msgspec.to_builtins([unknown])})
