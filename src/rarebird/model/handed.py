"""Handed over: closed ticks of several parts of one stream, counted elsewhere, for the watch of the whole."""

from __future__ import annotations

from typing import NamedTuple

from rarebird.model.instant import UNKNOWN
from rarebird.model.tally import Tally
from rarebird.model.ticks import NONE, Cells


class Handed(NamedTuple):
    """What parts have counted since the last time, each in its own order."""

    cells: Cells
    """Cells in any order and of any part; those of ticks that are closed here already are late."""
    until: int
    """All ticks before this event time are closed by it, µs UTC."""
    tally: Tally
    """What became of every message of all parts, from their beginning."""
    missed: int = UNKNOWN
    """Event time up to which not all that happened was read, µs UTC: a part was silent, or its source left a gap."""
    last: Cells = NONE
    """The cells behind `until` where every part has come to its end; they count with the end of the whole only."""
