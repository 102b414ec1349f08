"""From the name of a country to the mute of its holidays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from rarebird.errors import ConfigError
from rarebird.incident.mute import Mute, Span, Spans
from rarebird.model.instant import SECOND


def holidays(place: str, start: int, end: int, zone: str = "UTC") -> Mute:
    """The mute of the public holidays of a country, or of a part of it, in the years of [start, end), µs UTC.

    A place is written "US" or "US-ME": ISO 3166. A holiday lasts from midnight to midnight in `zone`. Raises
    ConfigError where the place is not known.
    """
    try:
        from holidays import country_holidays, list_supported_countries
    except ImportError:
        raise ConfigError(
            f"to know the holidays of {place}, rarebird needs one more package: pip install 'rarebird[holidays]'"
        ) from None
    known = list_supported_countries()
    country, dash, part = place.strip().upper().partition("-")
    if country not in known:
        raise ConfigError(_unknown("a country by its code, such as US or US-ME", country, sorted(known)))
    # Some parts are written in small letters.
    parts = {name.upper(): name for name in known[country]}
    if dash and part not in parts:
        some = f"such as {country}-{min(parts.values())}" if parts else f"here just {country}, for all of it"
        raise ConfigError(_unknown(f"a part of {country} by its code, {some}", part, sorted(parts)))
    years = range(_year(start), _year(end) + 1)
    found = country_holidays(country, subdiv=parts[part] if dash else None, years=years)
    wall = ZoneInfo(zone)
    days = _days(sorted(found.items()), wall)
    return Mute(text=f"holidays {country}{dash}{part}", when=Spans.of(days))


def _days(found: Sequence[tuple[date, str]], wall: ZoneInfo) -> Iterator[Span]:
    for day, name in found:
        begin, over = (int(datetime.combine(each, time(), wall).timestamp()) for each in (day, day + timedelta(1)))
        yield Span(begin * SECOND, over * SECOND, name)


def _year(at: int) -> int:
    return datetime.fromtimestamp(at // SECOND, UTC).year


def _unknown(expected: str, got: str, known: Sequence[str]) -> str:
    near = get_close_matches(got, known, n=1)
    return f"expected {expected}, got {got!r}{f'; did you mean {near[0]}?' if near else ''}"
