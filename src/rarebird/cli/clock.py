"""The clock of this machine: the one place that reads it for the commands."""

from __future__ import annotations

import time


def now() -> int:
    """The present instant, µs UTC."""
    return time.time_ns() // 1_000
