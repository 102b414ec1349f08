"""The rhythm: how much a state books at each minute of its own week."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

_MINUTES: Final = 7 * 24 * 60
_SWING: Final = 8.0
"""Afternoon over night."""
_PEAK: Final = 15
"""The hour of the most bookings, local time."""
_DAYS: Final = (1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 0.8)
"""From Monday, at noon; in between a straight line."""
_MONDAY: Final = 3
"""1970-01-01 was a Thursday: days from its Monday."""


@lru_cache
def curve() -> NDArray[np.float64]:
    """Bookings by the minute of the local week from Monday on, mean 1, shape (10080,)."""
    hour = (np.arange(_MINUTES) + 0.5) / 60
    day = np.exp(np.log(_SWING) / 2 * np.cos(2 * np.pi * (hour - _PEAK) / 24))
    week = np.interp(hour, np.arange(-1, 8) * 24 + 12, (_DAYS[-1], *_DAYS, _DAYS[0]))
    found = np.asarray(day * week / (day * week).mean())
    found.setflags(write=False)
    return found


def bookings(zone: str, minute: NDArray[np.int64]) -> NDArray[np.float64]:
    """The curve at minutes since 1970 in a time zone, with its daylight saving."""
    hour, place = np.unique(minute // 60, return_inverse=True)
    offset = np.array([ahead(zone, int(each)) for each in hour], np.int64)[place]
    return np.asarray(curve()[(minute + offset + _MONDAY * 1_440) % _MINUTES])


@lru_cache(maxsize=100_000)
def ahead(zone: str, hour: int) -> int:
    """Minutes by which the clocks of a zone are ahead of UTC in an hour since 1970."""
    offset = datetime.fromtimestamp(hour * 3_600, ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0
