"""A position: where in its source a reader is, so that it can go on from there."""

from __future__ import annotations

from msgspec import Struct

from rarebird.model.instant import UNKNOWN


class Position(Struct, frozen=True):
    """Where to go on reading. Each source uses the field that its protocol knows and leaves the others."""

    offset: int = 0
    """Bytes of a file (after decompression) that were read whole lines of."""
    file: int = 0
    """Which of several files, from 0."""
    event_id: str = ""
    """The last id of a stream of server-sent events."""
    since: int = UNKNOWN
    """Event time, µs UTC, before which nothing is missing."""
    time: str = ""
    """The field that was found to hold the time, where nobody named one."""
    mark: str = ""
    """A hash of the first bytes of the file, as far as they were read: another file has another one."""
    lines: int = 0
    """Messages read up to here, by which rejects are numbered."""
    absent: int = 0
    """Messages without the field of the category before the first that had it, up to a limit."""
    present: bool = False
    """Whether that one came in time."""
    playback: bool = False
    """Whether a live source gave events of the past alone, so that its rest is no silence."""
    parts: tuple[int, ...] = ()
    """Event time up to which each part of a shared watch is taken, µs UTC."""
