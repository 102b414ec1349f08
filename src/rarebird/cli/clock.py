"""The clocks of this machine: the one place that reads them for the commands."""

from __future__ import annotations

import time
from typing import Final

_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, where there is such a clock."""


def now() -> int:
    """The present instant, µs UTC."""
    return time.time_ns() // 1_000


def steady() -> int:
    """The present instant as it would be had nobody set the clock since the process began, µs UTC."""
    return _BEGAN + time.clock_gettime_ns(_STEADY) // 1_000


_BEGAN: Final = now() - time.clock_gettime_ns(_STEADY) // 1_000
