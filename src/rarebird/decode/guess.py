"""Which field holds the time, where nobody said."""

from __future__ import annotations

from typing import Any

from rarebird.decode import times
from rarebird.errors import InputError

COMMON = ("time", "timestamp", "ts", "@timestamp", "datetime", "date", "mtime", "created_at", "event_time", "at")
"""Names under which streams keep the time, the likeliest first."""


def time_field(first: dict[str, Any]) -> str:
    """The name of the field of a first message, or of a first CSV record, that holds its time.

    Raises InputError that lists the fields where none of `COMMON` can be read as a time.

    >>> time_field({"id": 7, "created_at": "2020-01-01T00:00:00Z"})
    'created_at'
    """
    for name in COMMON:
        if name in first:
            try:
                times.one(first[name], "auto")
            except (ValueError, OverflowError):
                continue
            return name
    found = ", ".join(list(first)[:40]) or "none"
    raise InputError(f"no field is known to hold the time: name it with --time PATH; the first message has: {found}")
