"""A stretch of a simulated world as rows, for tests."""

from __future__ import annotations

from typing import Final

from rarebird.model import instant
from rarebird.simulate.world import World

SECOND: Final = 1_000_000
HOUR: Final = 3_600 * SECOND
START: Final = instant.parse("2026-03-15T12:00:00Z")

Row = tuple[int, int, int, bytes]


def taken(world: World, begin: int, end: int) -> list[Row]:
    """Every message of a stretch: arrival, mtime, event, line."""
    rows: list[Row] = []
    for chunk in world.lines(begin, end):
        rows += zip(chunk.arrival.tolist(), chunk.mtime.tolist(), chunk.event.tolist(), chunk.lines, strict=True)
    return rows
