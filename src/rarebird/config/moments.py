"""Moments: instants as people name them, from now on."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo

from rarebird.config.zones import zone as looked_up
from rarebird.errors import ConfigError
from rarebird.model.clock import DAY
from rarebird.model.instant import SECOND

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EXPECTED: Final = "expected a moment such as 'tomorrow 9:00', 'Monday 9:00' or '2026-12-01 08:00'"
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d)")
_NEAR: Final = ("today", "tomorrow")


def clock(text: str) -> int:
    """A time of day, s since midnight, up to 24:00. Raises ConfigError where it is none.

    >>> clock("9:00"), clock("24:00")
    (32400, 86400)
    """
    found = _CLOCK.fullmatch(text)
    seconds = 3600 * int(found[1]) + 60 * int(found[2]) if found and int(found[2]) < 60 else DAY + 1
    if seconds > DAY:
        raise ConfigError(f"expected a time of day from 0:00 to 24:00, got {text!r}")
    return seconds


def weekday(text: str) -> int:
    """A day of the week, from 0 for Monday; at least its first three letters. Raises ConfigError where it is none.

    >>> weekday("Tue"), weekday("thurs"), weekday("Sunday")
    (1, 3, 6)
    """
    wanted = text.lower()
    for number, name in enumerate(DAYS):
        if len(wanted) >= 3 and name.lower().startswith(wanted):
            return number
    near = get_close_matches(wanted.capitalize(), [*DAYS, *(name[:3] for name in DAYS)], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise ConfigError(f"expected a day of the week such as Mon or Tuesday, got {text!r}{hint}")


def moment(text: str, after: int, zone: str) -> int:
    """The instant that a text names, µs UTC: a day of the calendar, or the first such day or time after an instant.

    A day without a time is its beginning, a time without a day the next such time. `zone` is that in which it is meant
    where the text names none. A time that clocks show twice is its first; one that they skip is as long after midnight
    as it says. Raises ConfigError.

    >>> noon = 12 * 3600 * SECOND
    >>> [moment(text, noon, "UTC") // SECOND for text in ("13:00", "tomorrow", "Thu 11:00", "1970-01-02 8:00")]
    [46800, 86400, 644400, 115200]
    """
    words = text.replace(",", " ").split()
    if not words:
        raise ConfigError(f"{_EXPECTED}, got nothing")
    if (exact := _with_offset(words)) is not None:
        return exact
    if len(words) == 1 and "T" in words[0]:
        words = words[0].split("T")
    has_day = not _CLOCK.fullmatch(words[0])
    day, rest = (words[0], words[1:]) if has_day else ("", words)
    has_time = bool(rest) and rest[0][:1].isdigit()
    at, rest = (clock(rest[0]), rest[1:]) if has_time else (0, rest)
    wall = ZoneInfo(looked_up(" ".join(rest)).name if rest else zone)
    today = datetime.fromtimestamp(after // SECOND, wall).date()
    found = [_instant(candidate, at, wall, text) for candidate in _days(day, today, text)]
    return next((each for each in found if each > after), found[-1])


def _with_offset(words: list[str]) -> int | None:
    """ISO 8601 that says how far it is from UTC."""
    try:
        exact = datetime.fromisoformat(" ".join(words))
    except ValueError:
        return None
    return None if exact.tzinfo is None else _since(exact, " ".join(words))


def _days(text: str, today: date, whole: str) -> list[date]:
    """The days that may be meant, in order."""
    named = text.lower()
    if not named:
        return [today, today + timedelta(1)]
    if named in _NEAR:
        return [today + timedelta(_NEAR.index(named))]
    if named[0].isdigit():
        try:
            return [date.fromisoformat(text)]
        except ValueError:
            raise ConfigError(f"{_EXPECTED}, got {whole!r}") from None
    near = get_close_matches(named, _NEAR, n=1, cutoff=0.75)
    if near:
        raise ConfigError(f"{_EXPECTED}, got {whole!r}; did you mean {near[0]}?")
    ahead = (weekday(text) - today.weekday()) % 7
    return [today + timedelta(ahead), today + timedelta(ahead + 7)]


def _instant(day: date, seconds: int, wall: ZoneInfo, text: str) -> int:
    minutes = seconds % DAY // 60
    when = datetime.combine(day, time(minutes // 60, minutes % 60), wall)
    return _since(when, text, timedelta(seconds // DAY))


def _since(when: datetime, text: str, days: timedelta = timedelta()) -> int:
    """An instant as many days later by the calendar, µs UTC."""
    try:
        return ((when + days).astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) * SECOND
    except OverflowError:
        raise ConfigError(f"{_EXPECTED}, got {text!r}") from None
