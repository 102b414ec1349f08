"""Calendars and holidays: what they list is muted, in the time zone in which it is meant."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.config import calendars
from rarebird.config.calendars import calendar
from rarebird.config.holidays import holidays
from rarebird.errors import ConfigError
from rarebird.incident.mute import Mute, Spans
from rarebird.model import instant

START, END = instant.parse("2026-01-01"), instant.parse("2028-01-01")


def written(folder: Path, *events: str, head: str = "") -> str:
    """The file of a calendar with some events, the lines of each apart by |."""
    body = "".join(f"BEGIN:VEVENT\nUID:{at}\n{event}\nEND:VEVENT\n" for at, event in enumerate(events))
    file = folder / "ops.ics"
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//tests//EN\n{head}{body}END:VCALENDAR\n".replace("|", "\n")
    file.write_text(text.replace("\n", "\r\n"), encoding="utf-8")
    return str(file)


def listed(mute: Mute) -> list[str]:
    """The spans of a mute, as people read them."""
    assert isinstance(mute.when, Spans)
    return [
        f"{instant.text(span.start)[:16]} {instant.text(span.end)[:16]} {span.name}".strip() for span in mute.when.spans
    ]


def test_events_are_muted_in_the_zone_that_each_of_them_names(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "DTSTART;TZID=America/New_York:20260302T220000|DTEND;TZID=America/New_York:20260303T020000|SUMMARY:Deploy",
        "DTSTART;TZID=Europe/Paris:20260701T100000|DURATION:PT90M|SUMMARY:Paris",
        "DTSTART:20260702T100000Z|DTEND:20260702T110000Z",
    )
    found = calendar(file, START, END)
    assert found.text == "calendar ops.ics"
    assert listed(found) == [
        "2026-03-03T03:00 2026-03-03T07:00 Deploy",
        "2026-07-01T08:00 2026-07-01T09:30 Paris",
        "2026-07-02T10:00 2026-07-02T11:00",
    ]


@pytest.mark.parametrize(
    ("head", "day", "hour"),
    [
        ("", "2026-07-04T04:00", "2026-07-05T14:00"),
        ("X-WR-TIMEZONE:Europe/Paris\n", "2026-07-03T22:00", "2026-07-05T08:00"),
    ],
)
def test_a_whole_day_and_a_time_without_a_zone_are_those_of_the_calendar_or_else_of_the_watch(
    tmp_path: Path, head: str, day: str, hour: str
) -> None:
    events = "DTSTART;VALUE=DATE:20260704|SUMMARY:Day", "DTSTART:20260705T100000|DTEND:20260705T110000|SUMMARY:Hour"
    found = listed(calendar(written(tmp_path, *events, head=head), START, END, "America/New_York"))
    assert [line.split()[0] for line in found] == [day, hour]
    assert found[0].split()[1] == instant.text(instant.parse(day + "Z") + 24 * 3600 * instant.SECOND)[:16]


def test_recurring_events_come_at_the_same_time_of_the_wall_but_for_their_exceptions(tmp_path: Path) -> None:
    zone = "TZID=Europe/Paris"
    weekly = (
        f"DTSTART;{zone}:20261018T020000|DTEND;{zone}:20261018T040000|RRULE:FREQ=WEEKLY;COUNT=4|"
        f"EXDATE;{zone}:20261108T020000|SUMMARY:Backup"
    )
    moved = f"RECURRENCE-ID;{zone}:20261101T020000|DTSTART;{zone}:20261101T120000|DURATION:PT1H|SUMMARY:Moved"
    file = written(tmp_path, weekly, moved)
    text = Path(file).read_text(encoding="utf-8").replace("UID:1", "UID:0")
    Path(file).write_text(text, encoding="utf-8")
    assert listed(calendar(file, START, END)) == [
        "2026-10-18T00:00 2026-10-18T02:00 Backup",
        "2026-10-25T00:00 2026-10-25T03:00 Backup",
        "2026-11-01T11:00 2026-11-01T12:00 Moved",
    ]


def test_what_was_cancelled_and_what_is_no_event_mutes_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, "DTSTART:20260701T100000Z|DTEND:20260701T110000Z|STATUS:CANCELLED")
    assert listed(calendar(file, START, END)) == []


def test_a_calendar_is_read_once(tmp_path: Path) -> None:
    file = written(tmp_path, "DTSTART:20260701T100000Z|DTEND:20260701T110000Z")
    found = calendar(file, START, END)
    Path(file).unlink()
    assert len(listed(found)) == 1
    with pytest.raises(ConfigError, match=r"ops\.ics: expected a calendar file, got: No such file"):
        calendar(file, START, END)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("DTSTART:2026", "expected a calendar"),
        ("SUMMARY:no start", "an event without a beginning (DTSTART)"),
        ("DTSTART:20260701T100000Z|DTSTART:20260701T110000Z", "an event with more than one DTSTART"),
        ("DTSTART;TZID=Nowhere/Town:20260701T100000", "the time zone 'Nowhere/Town' of an event, which is not known"),
        ("DTSTART:20260701T100000Z|RRULE:FREQ=MINUTELY", "more often than once an hour"),
        ("DTSTART:20260701T100000Z|RRULE:FREQ=SOMETIMES", "expected a calendar"),
    ],
)
def test_a_calendar_that_cannot_be_read_is_refused_by_its_name(tmp_path: Path, event: str, told: str) -> None:
    with pytest.raises(ConfigError) as fault:
        calendar(written(tmp_path, event), START, END)
    assert "ops.ics: " in str(fault.value)
    assert told in str(fault.value)


@pytest.mark.parametrize("body", [b"", b"hello", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"])
def test_a_file_that_is_no_calendar_is_refused(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "ops.ics").write_bytes(body)
    with pytest.raises(ConfigError, match=r"expected a calendar \(iCalendar, \.ics\), got"):
        calendar(str(tmp_path / "ops.ics"), START, END)
    with pytest.raises(ConfigError, match="expected a calendar file, got: Is a directory"):
        calendar(str(tmp_path), START, END)


def test_a_calendar_with_too_many_events_is_refused_rather_than_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendars, "MOST", 5)
    with pytest.raises(ConfigError, match="expected at most 5 events"):
        calendar(written(tmp_path, "DTSTART:20260701T100000Z|DURATION:PT1H|RRULE:FREQ=DAILY"), START, END)


@given(st.integers(2017, 2030), st.sampled_from(["UTC", "America/New_York", "Pacific/Auckland"]))
def test_a_holiday_lasts_from_midnight_to_midnight_where_the_stream_lives(year: int, name: str) -> None:
    start = instant.parse(f"{year}-02-01")
    found = holidays("US", start, start, name)
    wall = [line for line in listed(found) if line.endswith("Christmas Day")]
    offset = {"UTC": timedelta(0), "America/New_York": timedelta(hours=5), "Pacific/Auckland": timedelta(hours=-13)}
    begin = datetime(year, 12, 25, tzinfo=UTC) + offset[name]
    assert wall == [f"{begin:%Y-%m-%dT%H:%M} {begin + timedelta(1):%Y-%m-%dT%H:%M} Christmas Day"]


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    whole, part = (set(listed(holidays(place, START, START))) for place in ("us", "US-ME"))
    assert {line.split(" ", 2)[2] for line in part - whole} == {"Patriots' Day", "Indigenous Peoples' Day"}
    assert holidays("us-me", START, START).text == "holidays US-ME"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("XX", "expected a country by its code, such as US or US-ME, got 'XX'"),
        ("", "expected a country by its code"),
        ("US-QQ", "expected a part of US by its code, such as US-AK, got 'QQ'"),
        ("SI-1", "here just SI, for all of it, got '1'"),
        ("GER", "did you mean"),
    ],
)
def test_a_place_that_nobody_knows_is_refused(place: str, told: str) -> None:
    with pytest.raises(ConfigError) as fault:
        holidays(place, START, END)
    assert told in str(fault.value)


def test_without_their_packages_both_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("icalendar", "holidays"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigError, match=r"pip install 'rarebird\[calendar\]'"):
        calendar("ops.ics", START, END)
    with pytest.raises(ConfigError, match=r"pip install 'rarebird\[holidays\]'"):
        holidays("US", START, END)
