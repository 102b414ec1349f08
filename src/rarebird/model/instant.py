"""Instants: 64-bit counts of microseconds since 1970-01-01 UTC, in event time or in arrival time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from rarebird.model.outside import bounded

UNKNOWN: Final = -(2**63)
"""No instant: the arrival time of a recording, for instance."""

SECOND: Final = 1_000_000
EARLIEST: Final = -62_135_596_800 * SECOND
LATEST: Final = 253_402_300_800 * SECOND - 1
"""Years 1 and 9999, beyond which neither ISO 8601 nor Python's calendar goes."""

FIRST: Final = -62_104_060_800 * SECOND
LAST: Final = 253_370_764_800 * SECOND - 1
"""Years 2 and 9998, in which an event may lie: the ticks and windows around it are within the calendar, too."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER = re.compile(r"[+-]?[0-9]++(\.[0-9]*+)?([eE][+-]?[0-9]++)?")

UNITS: Final = {"s": 1_000_000.0, "ms": 1_000.0, "us": 1.0, "ns": 0.001}
"""Microseconds in one unit of epoch time."""


def unit_of(epoch: float) -> str:
    """Which unit an epoch time is in, by its size: each unit covers the years 1973 to 5138.

    >>> unit_of(1489925470), unit_of(1489925470960), unit_of(1489925470960000)
    ('s', 'ms', 'us')
    """
    if epoch < 1e11:
        return "s"
    if epoch < 1e14:
        return "ms"
    return "us" if epoch < 1e17 else "ns"


def parse(text: str) -> int:
    """The instant that a text names: ISO 8601 (UTC where no offset stands), or an epoch time in s, ms, µs or ns.

    Raises ValueError where it names none.

    >>> parse("2017-03-19T12:11:10.960Z") == parse("1489925470960") == 1489925470960000
    True
    """
    if _NUMBER.fullmatch(bounded(text)):
        epoch = float(text)
        if not 0 < epoch < 2**63:
            raise ValueError(f"expected a time after 1970, got {text}")
        return check(round(epoch * UNITS[unit_of(epoch)]))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expected ISO 8601 such as 2026-01-31T12:00:00Z, or an epoch time, got {text!r}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return check((moment - _EPOCH) // _MICROSECOND)


def check(instant: int) -> int:
    """The instant itself; ValueError where it lies outside the years 2 to 9998."""
    if not FIRST <= instant <= LAST:
        raise ValueError("expected a time within the years 2 to 9998")
    return instant


def text(instant: int) -> str:
    """The instant in ISO 8601, UTC; the nearest of the calendar where it lies outside.

    >>> text(1489925470960000)
    '2017-03-19T12:11:10.960000Z'
    """
    return (
        (_EPOCH + timedelta(microseconds=min(max(instant, EARLIEST), LATEST)))
        .isoformat(timespec="microseconds")
        .replace("+00:00", "Z")
    )


def shown(instant: int) -> str:
    """The instant as people read it, to the second.

    >>> shown(1489925470960000)
    '2017-03-19 12:11:10'
    """
    return text(instant)[:19].replace("T", " ")
