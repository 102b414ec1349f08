"""How much is run: seeds, weeks, moments."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.detection.changes import CHANGES, Change


class Plan(NamedTuple):
    """The size of a run; as it stands it takes some minutes."""

    seeds: tuple[int, ...] = (1, 2)
    learn: int = 4
    """Weeks before those that count."""
    weeks: int = 2
    """Weeks that count."""
    number: int = 40
    """Moments of each seed at which each change begins."""
    changes: tuple[Change, ...] = CHANGES
    workers: int = 2
    """Processes."""
