"""From the file of a calendar (iCalendar, RFC 5545) to the mute of its events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from rarebird.config.zones import zone as looked_up
from rarebird.errors import ConfigError
from rarebird.incident.mute import Mute, Span, Spans
from rarebird.model.instant import SECOND

if TYPE_CHECKING:
    from icalendar import Calendar, Component

MOST: Final = 10_000
"""Events of one calendar; each takes 2 ms at worst to find, and its place in the state of the watch."""
NAME_SIGNS: Final = 80
_TOO_OFTEN: Final = ("SECONDLY", "MINUTELY")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FAULTS: Final = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What the parser raises over files that are no calendars."""


def calendar(file: str, start: int, end: int, zone: str = "UTC") -> Mute:
    """The mute of all events of a calendar file that overlap [start, end), µs UTC, but for those that were cancelled.

    The file is read now, and not again. A day without a time is that of the zone of the calendar (X-WR-TIMEZONE), or of
    `zone` where it names none; so is a time without a zone. Raises ConfigError where it cannot be read.
    """
    try:
        import icalendar
    except ImportError:
        raise ConfigError(
            f"{file}: to read calendars, rarebird needs more packages: pip install 'rarebird[calendar]'"
        ) from None
    spans: list[Span] = []
    try:
        read = icalendar.Calendar.from_ical(Path(file).read_text(encoding="utf-8-sig"), multiple=True)
        for each in read:
            spans += islice(_spans(each, start, end, zone), MOST + 1)
    except OSError as error:
        raise ConfigError(f"{file}: expected a calendar file, got: {error.strerror}") from None
    except _FAULTS as error:
        raise ConfigError(f"{file}: expected a calendar (iCalendar, .ics), got: {_first_line(error)}") from None
    if not read:
        raise ConfigError(f"{file}: expected a calendar (iCalendar, .ics), got a file without one")
    if len(spans) > MOST:
        raise ConfigError(f"{file}: expected at most {MOST:,} events in the time that is looked at, got more")
    return Mute(text=f"calendar {Path(file).name}", when=Spans.of(spans))


def _spans(read: Calendar, start: int, end: int, zone: str) -> Iterator[Span]:
    import recurring_ical_events

    for event in read.walk("VEVENT"):
        _check(event)
    wall = ZoneInfo(looked_up(str(read.get("X-WR-TIMEZONE") or zone)).name)
    first, last = (_EPOCH + timedelta(microseconds=at) for at in (start, end))
    for found in recurring_ical_events.of(read).between(first, last):
        if found.get("STATUS") == "CANCELLED":
            continue
        begin, over = _instant(found.start, wall), _instant(found.end, wall)
        if begin < over:
            yield Span(begin, over, " ".join(str(found.get("SUMMARY") or "").split())[:NAME_SIGNS])


def _check(event: Component) -> None:
    """Refuses what would be misread, or would take for ever."""
    if event.get("DTSTART") is None:
        raise ValueError("an event without a beginning (DTSTART)")
    for name in ("DTSTART", "DTEND"):
        given: Any = event.get(name)
        if isinstance(given, list):
            raise ValueError(f"an event with more than one {name}")
        if given is not None and given.params.get("TZID") and isinstance(given.dt, datetime) and not given.dt.tzinfo:
            raise ValueError(f"the time zone {given.params['TZID']!r} of an event, which is not known")
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        if set(map(str, rule.get("FREQ", []))) & set(_TOO_OFTEN):
            raise ValueError("an event that comes more often than once an hour")


def _instant(when: date, wall: ZoneInfo) -> int:
    moment = when if isinstance(when, datetime) else datetime.combine(when, time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=wall)
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(seconds=1) * SECOND


def _first_line(error: Exception) -> str:
    text = str(error).partition("\n")[0].strip()
    return text[:200] or type(error).__name__
