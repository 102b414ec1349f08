"""Time zones: from the name that a user gives to the offsets that the core counts with."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np

from rarebird.errors import ConfigError
from rarebird.model.clock import Zone
from rarebird.model.outside import LONGEST

_FIRST: Final = 0
_LAST: Final = 4_102_444_800
"""From 1970 to 2100, s; before and after it the first and the last offset hold."""
_STRIDE: Final = 7 * 86_400
"""No zone has changed its offset there and back within a week since 1970."""


@cache
def zone(name: str) -> Zone:
    """The offsets of a zone of the IANA database, such as America/New_York. Takes about 20 ms, once for each name.

    Raises ConfigError where there is none of that name, with what it may have meant, or no database on this system.
    """
    try:
        known = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _unknown(name) from None
    since, offset = [_FIRST], [_offset(known, _FIRST)]
    for end in range(_FIRST + _STRIDE, _LAST + _STRIDE, _STRIDE):
        if (after := _offset(known, end)) != offset[-1]:
            since.append(_change(known, end - _STRIDE, end))
            offset.append(after)
    return Zone(np.array(since, np.int64), np.array(offset, np.int64), name)


def _offset(known: ZoneInfo, at: int) -> int:
    offset = datetime.fromtimestamp(at, known).utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


def _change(known: ZoneInfo, before: int, after: int) -> int:
    """The first second of another offset than that at `before`."""
    old = _offset(known, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(known, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _unknown(name: str) -> ConfigError:
    names = available_timezones()
    name = name[:LONGEST]
    if not names:
        return ConfigError(
            f"expected a database of time zones to look up {name!r}, found none on this system; install it with "
            "`pip install tzdata`, or name no zone, which means UTC"
        )
    by_end = {known.rpartition("/")[2].lower(): known for known in sorted(names)}
    wanted = name.lower().replace(" ", "_")
    near = get_close_matches(wanted, [known.lower() for known in names], n=1, cutoff=0.75)
    last = get_close_matches(wanted.rpartition("/")[2], by_end, n=1, cutoff=0.75)
    meant = [known for known in names if near and known.lower() == near[0]] or [by_end[one] for one in last]
    hint = f"; did you mean {meant[0]}?" if meant else ""
    return ConfigError(f"expected a time zone such as America/New_York, got {name!r}{hint}")
