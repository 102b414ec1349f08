"""What a user writes of a mute, read as it is meant; and errors that say what was expected, with examples."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.config.muted import Muted
from rarebird.config.mutes import given as given_mutes
from rarebird.config.mutes import mute
from rarebird.config.zones import zone
from rarebird.errors import ConfigError
from rarebird.incident.mute import Once, Weekly
from rarebird.model import instant
from rarebird.model.clock import DAY
from rarebird.model.instant import SECOND

NOW = instant.parse("2026-11-25T10:00:00Z")  # a Wednesday
NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ZONES = ("UTC", "Europe/Paris", "America/New_York")


def times(at: int) -> str:
    return f"{at // 60:02d}:{at % 60:02d}"


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2h", "2026-11-25T12:00"),
        ("90m", "2026-11-25T11:30"),
        ("for 1h30m", "2026-11-25T11:30"),
        ("1 hour and 30 minutes", "2026-11-25T11:30"),
        ("3 days", "2026-11-28T10:00"),
        ("1 week", "2026-12-02T10:00"),
        ("until tomorrow 9:00", "2026-11-26T09:00"),
        ("until tomorrow", "2026-11-26T00:00"),
        ("until today 24:00", "2026-11-26T00:00"),
        ("until 2026-12-01 08:00", "2026-12-01T08:00"),
        ("until 2026-12-01T08:00", "2026-12-01T08:00"),
        ("until 2026-12-01T08:00+02:00", "2026-12-01T06:00"),
        ("until Monday 9:00", "2026-11-30T09:00"),
        ("until Wed 10:01", "2026-11-25T10:01"),
        ("until Wed 10:00", "2026-12-02T10:00"),
        ("until 9:00", "2026-11-26T09:00"),
        ("Until Tomorrow 9:00 Europe/Paris", "2026-11-26T08:00"),
        ("until 11:30 Europe/Paris", "2026-11-25T10:30"),
        ("until 11:00 Europe/Paris", "2026-11-26T10:00"),
        ("until tomorrow 9:00 America/New_York", "2026-11-26T14:00"),
    ],
)
def test_once_it_holds_until_the_instant_that_is_meant(text: str, until: str) -> None:
    assert mute(text, NOW).when == Once(instant.parse(until + ":00Z" if "+" not in until else until))


def test_once_it_may_begin_later() -> None:
    when = mute("from Friday 22:00 until Monday 6:00", NOW, "Europe/Paris").when
    assert when == Once(instant.parse("2026-11-30T05:00Z"), instant.parse("2026-11-27T21:00Z"))


@given(st.integers(0, 4_000_000_000), st.integers(0, 24 * 60 - 1), st.sampled_from(ZONES))
def test_until_a_time_is_the_next_at_which_the_clock_on_the_wall_shows_it(now: int, minute: int, name: str) -> None:
    when = mute(f"until {times(minute)}", now * SECOND, name).when
    assert isinstance(when, Once)
    until = when.until // SECOND
    assert now < until <= now + DAY + 3600
    shown = datetime.fromtimestamp(until, ZoneInfo(name))
    skipped = (
        datetime.fromtimestamp(until - 3601, ZoneInfo(name)).utcoffset()
        != datetime.fromtimestamp(until, ZoneInfo(name)).utcoffset()
    )
    assert (shown.hour * 60 + shown.minute == minute) or skipped


@given(
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 24 * 60 - 1),
    st.integers(1, 24 * 60),
    st.sampled_from(ZONES),
    st.tuples(
        st.sampled_from(["", "mix", "silence"]),
        st.none() | st.text(min_size=1).map(str.strip).filter(lambda text: ";" not in text),
    ),
)
def test_what_recurs_is_read_as_it_is_spelled_and_its_text_means_the_same(
    days: set[int], start: int, end: int, name: str, about: tuple[str, str | None]
) -> None:
    if start == end:
        end += 1
    text = f"{','.join(NAMES[day] for day in days)} {times(start)}-{times(end)} {name}"
    found = mute(text, NOW, kind=about[0], category=about[1])
    length = (end - start) % (24 * 60) or 24 * 60
    spans = tuple((day * DAY + start * 60, day * DAY + (start + length) * 60) for day in sorted(days))
    assert found.when == Weekly(spans, name)
    assert mute(found.text, NOW + 7) == found


@given(st.integers(1, 9_999), st.sampled_from("smhdw"), st.integers(0, 4_000_000_000 * SECOND))
def test_a_length_ends_exactly_so_much_later(count: int, unit: str, now: int) -> None:
    seconds = timedelta(**{{"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[unit]: count})
    if seconds > timedelta(days=3_660):
        with pytest.raises(ConfigError, match="at most 10 years"):
            mute(f"{count}{unit}", now)
        return
    assert mute(f"{count}{unit}", now).until == now + seconds // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Mon-Fri 22:00-06:00", "weekdays 22:00-06:00"),
        ("Sat,Sun", "weekends 00:00-24:00"),
        ("Every day 3:00 \u2013 3:30", "daily 03:00-03:30"),
        ("Fri-Mon 1:00-2:00", "Mon,Fri,Sat,Sun 01:00-02:00"),
        ("tuesday 2:00-4:00", "Tue 02:00-04:00 UTC"),
        ("Fri 22:00-Sat 06:00", "Fri 22:00-06:00"),
    ],
)
def test_what_means_the_same_is_the_same(text: str, same: str) -> None:
    assert mute(text, NOW).when == mute(same, NOW).when


def test_one_span_may_go_over_several_days() -> None:
    assert mute("Fri 22:00 - Mon 06:00 Europe/Paris", NOW).when == Weekly(
        ((4 * DAY + 22 * 3600, 7 * DAY + 6 * 3600),), "Europe/Paris"
    )
    when = mute("Fri 22:00-06:00", NOW).when
    for at, muted in [("2026-11-27T22:00Z", True), ("2026-11-28T05:59Z", True), ("2026-11-27T05:00Z", False)]:
        assert (when.names(instant.parse(at), zone) is not None) == muted


def test_what_it_is_about_stands_behind_a_semicolon_or_comes_apart() -> None:
    found = mute("Tue 02:00-04:00 Europe/Paris; category=a;b = c; kind=Mix", NOW)
    assert (found.kind, found.category) == ("mix", "a;b = c")
    assert found == mute("Tue 02:00-04:00 Europe/Paris", NOW, kind="mix", category="a;b = c")
    assert found.text == "Tue 02:00-04:00 Europe/Paris; kind=mix; category=a;b = c"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected when to be silent, such as '2h', 'until tomorrow 9:00', 'Tue 02:00-04:00 Europe/Paris'"),
        ("banana", "got 'banana'"),
        ("tomorrow 9:00", "did you mean 'until tomorrow 9:00'?"),
        ("02:00-04:00", "did you mean 'daily 02:00-04:00'?"),
        ("2 fortnights", "expected a length in minutes, hours, days or weeks, such as 2h or 3 days"),
        ("0h", "at least 1 second"),
        ("Tusday 2:00-3:00", "got 'Tusday'; did you mean Tuesday?"),
        ("Tue 25:00-26:00", "expected a time of day from 0:00 to 24:00, got '25:00'"),
        ("Tue 2:00-2:00", "or 00:00-24:00 for the whole day"),
        ("Tue 02:00-04:00 Europe/Pairs", "did you mean Europe/Paris?"),
        ("Mon,Tue 22:00-Wed 6:00", "expected one day"),
        ("2h; kind=mx", "expected a kind of incident: rate, mix, event, silence; got 'mx'; did you mean mix?"),
        ("2h; cat=ME", "expected kind=… or category=… behind the semicolon"),
        ("until 2020-01-01", "expected a time that is not over yet"),
        ("until tomorow", "did you mean tomorrow?"),
        ("until tomorrow 9am", "got '9am'"),
        ("until 2026-13-01", "expected a moment such as 'tomorrow 9:00'"),
        ("until 9999-12-31 24:00", "expected a moment"),
        ("from 2026-12-02 until 2026-12-01", "expected an end behind the beginning"),
    ],
)
def test_what_is_not_understood_is_refused_with_examples(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as fault:
        mute(text, NOW)
    assert told in str(fault.value)
    assert "--zone" not in str(fault.value)


@given(st.text(st.sampled_from("0129:-,;= TZhmuntilfromkdMe/"), max_size=30) | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = mute(text, NOW, past=True)
    except ConfigError:
        return
    assert found.text
    assert found.is_past(NOW) == (found.until is not None and found.until <= NOW)


def test_one_that_is_over_is_no_fault_where_a_start_gives_it() -> None:
    assert mute("until 2020-01-01", NOW, past=True).is_past(NOW)


def test_what_a_start_is_given_is_read_as_it_is_written_and_refused_under_the_name_of_its_option() -> None:
    once, weekly = given_mutes(Muted(["until 2020-01-01", "Tue 2:00-4:00"]), NOW, "Europe/Paris")
    assert once.is_past(NOW)
    assert weekly.when == Weekly(((DAY + 2 * 3600, DAY + 4 * 3600),), "Europe/Paris")
    with pytest.raises(ConfigError, match=r"^--mute: expected when to be silent"):
        given_mutes(Muted(["banana"]), NOW)


@pytest.mark.extras
@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Muted(calendars=["none.ics"]), "--mute-calendar: none.ics: expected a calendar file"),
        (Muted(holidays=["XX"]), "--mute-holidays: expected a country"),
    ],
)
def test_a_wrong_calendar_or_country_is_refused_under_the_name_of_its_option(wanted: Muted, told: str) -> None:
    with pytest.raises(ConfigError) as fault:
        given_mutes(wanted, NOW)
    assert str(fault.value).startswith(told)


@pytest.mark.extras
def test_holidays_of_the_past_are_looked_at_where_a_recording_is_watched() -> None:
    christmas = instant.parse("2017-12-25T12:00Z")
    for live in (True, False):
        (found,) = given_mutes(Muted(holidays=["US"]), NOW, live=live)
        assert (found.when.names(christmas, zone) == "Christmas Day") != live
        assert found.when.names(instant.parse("2026-12-25T12:00Z"), zone) == "Christmas Day"
