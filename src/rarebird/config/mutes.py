"""Mutes: from what a user writes to when incidents are not told, and which."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final, get_args

from rarebird.config.calendars import calendar
from rarebird.config.holidays import holidays
from rarebird.config.moments import clock, moment, weekday
from rarebird.config.muted import Muted
from rarebird.config.zones import zone as looked_up
from rarebird.errors import ConfigError
from rarebird.incident.mute import WEEK, Mute, Once, Weekly
from rarebird.model.clock import DAY
from rarebird.model.incident import Kind
from rarebird.model.instant import SECOND
from rarebird.model.outside import LONGEST, bounded

EXAMPLES: Final = "'2h', 'until tomorrow 9:00', 'Tue 02:00-04:00 Europe/Paris' or 'weekdays 22:00-06:00'"
KINDS: Final[tuple[str, ...]] = get_args(Kind)
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": DAY, "w": WEEK}
_NAMES: Final = (("seconds", "secs"), ("minutes", "mins"), ("hours", "hrs"), ("days",), ("weeks",))
_LENGTH: Final = re.compile(r"(?:for )?((?:[0-9]++(?:\.[0-9]++)? ?+[a-z]++ ?+(?:and )?+)++)", re.IGNORECASE)
_PART: Final = re.compile(r"([0-9]++(?:\.[0-9]++)?) ?([a-z]++)", re.IGNORECASE)
_LONGEST: Final = 3_660 * DAY
_LONGEST_SCOPE: Final = 2_000
"""Characters with the name of a category, which is longer than when to be silent."""
_ONCE: Final = re.compile(r"(?:from (?P<since>.+) )?until (?P<until>.+)", re.IGNORECASE)
_SCOPE: Final = re.compile(r"\s*;\s*(kind|category)\s*=", re.IGNORECASE)
_BEFORE: Final = 31 * DAY * SECOND
_LONG_BEFORE: Final = 3_660 * DAY * SECOND
_AHEAD: Final = 731 * DAY * SECOND
_DAILY: Final = re.compile(r"\bevery ?day\b", re.IGNORECASE)
_SETS: Final = {"daily": range(7), "weekdays": range(5), "weekends": range(5, 7)}
_WEEKLY: Final = re.compile(
    r"(?P<days>[a-z]+(?:[-,][a-z]+)*)(?: (?P<start>\d[\d:]*)-(?:(?P<last>[a-z]+) )?(?P<end>\d[\d:]*))?"
    r"(?: (?P<zone>[^\d:].*))?",
    re.IGNORECASE,
)


def mute(  # noqa: PLR0913 - what is meant, and what it depends on, each by name
    text: str, now: int, zone: str = "UTC", *, kind: str = "", category: str | None = None, past: bool = False
) -> Mute:
    """The mute that a user means, at an instant in µs UTC and in a time zone where the text names none.

    What it is about follows behind a semicolon, "2h; category=ME; kind=mix", or comes apart from it. `past`: one that
    is over already is none of a fault. Raises ConfigError that says what was expected.

    >>> mute("Tue 02:00-04:00 Europe/Paris; category=ME", 0).category
    'ME'
    >>> mute("2h", 0, kind="rate").text
    '2h; kind=rate'
    """
    plain, kind, category = _scope(text, kind, category)
    when = _length(plain, now) or _once(plain, now, zone) or _weekly(plain, zone)
    if when is None:
        meant = _meant(plain, now, zone)
        raise ConfigError(f"expected when to be silent, such as {EXAMPLES}, got {text.strip()!r}{meant}")
    scope = [f"; kind={kind}"] * bool(kind) + [f"; category={category}"] * (category is not None)
    found = Mute(text="".join([plain, *scope]), when=when, kind=kind, category=category)
    if not past and found.is_past(now):
        raise ConfigError(f"expected a time that is not over yet, got {text!r}")
    return found


def given(wanted: Muted, now: int, zone: str = "UTC", *, live: bool = True) -> tuple[Mute, ...]:
    """The mutes that a start is given, at an instant in µs UTC. One that is over already mutes nothing.

    Calendars and holidays are looked at from a month ago to two years ahead; from ten years ago where the stream is not
    `live`. Raises ConfigError that names the option.
    """
    start, end = now - (_BEFORE if live else _LONG_BEFORE), now + _AHEAD
    found: list[Mute] = []
    for option, texts, read in (
        ("--mute", wanted.mutes, lambda text: mute(text, now, zone, past=True)),
        ("--mute-calendar", wanted.calendars, lambda text: calendar(text, start, end, zone)),
        ("--mute-holidays", wanted.holidays, lambda text: holidays(text, start, end, zone)),
    ):
        try:
            found += map(read, texts)
        except ConfigError as error:
            raise ConfigError(f"{option}: {error}") from None
    return tuple(found)


def _scope(text: str, kind: str, category: str | None) -> tuple[str, str, str | None]:
    plain, *rest = _SCOPE.split(_short(text, _LONGEST_SCOPE))
    _short(plain, LONGEST)
    for name, value in zip(rest[::2], rest[1::2], strict=True):
        if name.lower() == "category":
            category = value.strip()
        else:
            kind = value.strip().lower()
    if kind and kind not in KINDS:
        near = get_close_matches(kind, KINDS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(f"expected a kind of incident: {', '.join(KINDS)}; got {kind!r}{hint}")
    if ";" in plain:
        raise ConfigError(f"expected kind=… or category=… behind the semicolon, got {text!r}")
    return " ".join(plain.split()), kind, category


def _short(text: str, most: int) -> str:
    try:
        return bounded(text, most)
    except ValueError as error:
        raise ConfigError(f"{error}; say when to be silent, such as {EXAMPLES}") from None


def _length(text: str, now: int) -> Once | None:
    found = _LENGTH.fullmatch(text)
    if found is None:
        return None
    seconds = 0.0
    for number, unit in _PART.findall(found[1]):
        seconds += float(number) * _unit(unit.lower(), text)
    if not 1 <= seconds <= _LONGEST:
        raise ConfigError(f"expected at least 1 second and at most 10 years, got {text!r}")
    return Once(now + round(seconds) * SECOND)


def _unit(unit: str, text: str) -> int:
    for seconds, names in zip(_UNITS.values(), _NAMES, strict=True):
        if unit in (names[0][0], *names, *(name.removesuffix("s") for name in names)):
            return seconds
    raise ConfigError(f"expected a length in minutes, hours, days or weeks, such as 2h or 3 days, got {text!r}")


def _once(text: str, now: int, zone: str) -> Once | None:
    found = _ONCE.fullmatch(text)
    if found is None:
        return None
    if found["since"] is None:
        return Once(moment(found["until"], now, zone))
    since = moment(found["since"], now, zone)
    until = moment(found["until"], since, zone)
    if until <= since:
        raise ConfigError(f"expected an end behind the beginning, got {text!r}")
    return Once(until, since)


def _weekly(text: str, zone: str) -> Weekly | None:
    found = _WEEKLY.fullmatch(_tight(text))
    if found is None:
        return None
    try:
        days = _days(found["days"])
    except ConfigError:
        if found["start"]:
            raise
        return None
    start, end = (clock(found["start"]), clock(found["end"])) if found["start"] else (0, DAY)
    ahead = 0
    if found["last"]:
        if len(days) != 1:
            raise ConfigError(f"expected one day at the beginning of 'Fri 22:00-Mon 06:00', got {text!r}")
        ahead = (weekday(found["last"]) - days[0]) % 7 * DAY
    elif start == end:
        raise ConfigError(
            f"expected a beginning and an end that differ, or 00:00-24:00 for the whole day, got {text!r}"
        )
    length = ahead + end - start
    if length <= 0:
        length += WEEK if found["last"] else DAY
    spans = tuple((day * DAY + start, day * DAY + start + length) for day in days)
    return Weekly(spans, looked_up(found["zone"] or zone).name)


def _days(text: str) -> list[int]:
    if (named := _SETS.get(text.lower())) is not None:
        return list(named)
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin = weekday(first)
        found.update((begin + ahead) % 7 for ahead in range((weekday(last) - begin) % 7 + 1 if dash else 1))
    return sorted(found)


def _tight(text: str) -> str:
    """Without blanks around dashes and commas, with one kind of dash and one word for every day."""
    return _DAILY.sub("daily", re.sub(r"\s*([-,\u2013])\s*", lambda found: "," if found[1] == "," else "-", text))


def _meant(text: str, now: int, zone: str) -> str:
    """A hint where a word is missing at the beginning."""
    if re.match(r"\d+:\d\d ?[-\u2013]", text):
        return f"; did you mean 'daily {text}'?"
    try:
        moment(text, now, zone)
    except ConfigError:
        return ""
    return f"; did you mean 'until {text}'?"
