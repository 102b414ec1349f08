"""Durations: 64-bit counts of microseconds, written "5s", "1h30m" or "250ms"."""

from __future__ import annotations

import re
from typing import Final

from rarebird.errors import ConfigError
from rarebird.model.outside import bounded

_UNITS: Final = {
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
}
_PART = re.compile(r"([0-9]++(?:\.[0-9]++)?)(ms|us|d|h|m|s)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
LONGEST: Final = 36_525 * _UNITS["d"]
"""A century: with any instant that a clock gives it stays within the calendar."""


def parse(text: str) -> int:
    """The duration that a text names, up to a century. Raises ValueError where it names none.

    >>> parse("5s"), parse("1h30m"), parse("250ms"), parse("7d")
    (5000000, 5400000000, 250000, 604800000000)
    """
    whole = bounded(text).strip()
    if not _WHOLE.fullmatch(whole):
        raise ValueError(f"expected a duration such as 5s, 15m, 6h or 7d, got {text!r}")
    length = sum(round(float(number) * _UNITS[unit]) for number, unit in _PART.findall(whole))
    if length > LONGEST:
        raise ValueError(f"expected a duration of at most a century, such as 7d, got {text!r}")
    return length


def text(duration: int) -> str:
    """The duration in the largest whole units, as `parse` reads it.

    >>> text(5_400_000_000), text(0)
    ('1h30m', '0s')
    """
    parts = []
    rest = abs(duration)
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if duration < 0 else "") + ("".join(parts) or "0s")


def chosen(name: str, said: str, *, least: int) -> int:
    """The duration that a user chose for a setting. Raises ConfigError where it is none, or less than may be."""
    try:
        value = parse(said)
    except ValueError as error:
        raise ConfigError(f"{name}: {error}") from None
    if value < least:
        raise ConfigError(f"{name}: expected at least {text(least)}, got {said}")
    return value
