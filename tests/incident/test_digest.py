"""When the digest is due, also in the nights in which clocks change, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from rarebird.config.digests import hour
from rarebird.config.zones import zone
from rarebird.errors import ConfigError
from rarebird.incident.digest import Hour, Past, digest
from rarebird.incident.telling import Nouns
from rarebird.model import clock
from rarebird.model.instant import SECOND
from rarebird.model.tally import Tally
from tests.notify.test_posted import an_incident

ZONES = ["UTC", "America/New_York", "Europe/Paris", "Australia/Lord_Howe", "Asia/Kathmandu"]
DAY = 86_400 * SECOND
NOUNS = Nouns("RSVPs", "states", {"ME": "Maine"})


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


@given(st.sampled_from(ZONES), st.integers(0, 86_340), st.integers(1_400_000_000, 1_900_000_000))
def test_it_is_due_once_on_each_day_of_the_calendar_at_its_time(name: str, seconds: int, start: int) -> None:
    due, wall = Hour(seconds - seconds % 60, zone(name)), ZoneInfo(name)
    time = start * SECOND
    days = []
    for _ in range(400):
        later = due.after(time)
        assert time < later <= time + 49 * 3600 * SECOND
        assert due.after(later - SECOND) == later
        time = later
        shown = datetime.fromtimestamp(time // SECOND, wall)
        days.append(shown.date())
        past_midnight = shown.hour * 3600 + shown.minute * 60
        # But where clocks skip it, when it would have been.
        assert past_midnight - due.at in (0, 1800, 3600)
    assert all(later - day == timedelta(1) for day, later in pairwise(days))


def test_what_clocks_show_twice_is_due_the_first_time_and_what_they_skip_as_long_after_midnight() -> None:
    half_past_one = hour("1:30 America/New_York", clock.UTC)
    assert half_past_one.after(at("2026-11-01T00:00-04:00")) == at("2026-11-01T01:30-04:00")
    assert half_past_one.after(at("2026-11-01T01:30-04:00")) == at("2026-11-02T01:30-05:00")
    half_past_two = hour("2:30 America/New_York", clock.UTC)
    assert half_past_two.after(at("2026-03-08T00:00-05:00")) == at("2026-03-08T02:30-05:00")
    assert half_past_two.after(at("2026-03-08T03:30-04:00")) == at("2026-03-09T02:30-04:00")


def test_a_day_in_which_nothing_happened() -> None:
    until = at("2026-11-25T09:00+00:00")
    past = Past(until - DAY, until, 92_114)
    assert digest(past, NOUNS) == "Alive; nothing unusual; 92,114 RSVPs in 24 h."
    for usual, told in (
        ((90_000.0, 93_000.0, 12.0), "92,114 RSVPs in 24 h, as many as usual."),
        ((100_000.0,), "92,114 RSVPs in 24 h, 7.9 % fewer than usual."),
        ((80_000.0,), "92,114 RSVPs in 24 h, 15 % more than usual."),
        ((9_000.0,), "92,114 RSVPs in 24 h, 10.2 times as many as usual."),
        ((0.0,), "92,114 RSVPs in 24 h."),
    ):
        assert digest(structs.replace(past, usual=usual), NOUNS).endswith(told)
    assert "1 RSVP in 3 d" in digest(structs.replace(past, since=until - 3 * DAY, events=1), NOUNS)


def test_a_day_with_incidents() -> None:
    until = at("2026-11-25T09:00+00:00")
    began = until - 5 * 3600 * SECOND
    one = structs.replace(an_incident(), opened=began, began=began - 240 * SECOND, detected=began)
    over = structs.replace(one, id=8, ended=began + 900 * SECOND, category="<b>")
    muted = structs.replace(one, id=9, muted="Tue 02:00-04:00")
    past = Past(until - DAY, until, 1_000, incidents=[over, one, muted])
    assert digest(past, NOUNS) == (
        "Alive; 3 incidents, 2 still open, 1 not sent; 1,000 RSVPs in 24 h. "
        "04:00 UTC: RSVPs of <b> came 12 times as often as expected: 24 instead of 2 (0 to 4.8) in 4 min, over at "
        "04:15 UTC. "
        "04:00 UTC: RSVPs from Maine came 12 times as often as expected: 24 instead of 2 (0 to 4.8) in 4 min, still "
        "open. "
        "04:00 UTC: RSVPs from Maine came 12 times as often as expected: 24 instead of 2 (0 to 4.8) in 4 min, still "
        "open, not sent (Tue 02:00-04:00)."
    )
    many = digest(structs.replace(past, incidents=[one] * 9), NOUNS)
    assert many.endswith("still open. And 4 more.")
    assert len(many) < 2_000


def test_what_was_not_counted_is_told_where_it_is_much() -> None:
    past = Past(0, DAY, 980, tally=Tally(read=1_000, kept=980, late=12, malformed=8))
    assert digest(past, NOUNS).endswith("Of 1,000 messages 12 came too late, 8 could not be read.")
    little = structs.replace(past, tally=Tally(read=1_000, kept=990, late=10))
    assert digest(little, NOUNS).endswith("in 24 h.")


@pytest.mark.parametrize("text", ["", "soon", "25:00", "09:00 America/NewYork", "9"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--digest: expected .*; for instance '09:00 America/New_York'"):
        hour(text, clock.UTC)


def test_a_zone_that_is_not_named_is_that_of_the_stream() -> None:
    assert hour("9:00", zone("Europe/Paris")).zone.name == "Europe/Paris"
    assert datetime.fromtimestamp(hour("24:00", clock.UTC).after(0) / SECOND, UTC).hour == 0
