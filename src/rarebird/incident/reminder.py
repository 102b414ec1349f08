"""Reminders: what goes on for long is said to go on, so that services which forget what nobody repeats do not."""

from __future__ import annotations

from typing import Final

from rarebird.incident.decision import Decision
from rarebird.incident.entry import Life
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND

EVERY: Final = 12 * 3600 * SECOND
"""Event time between two reminders of an incident, µs."""


def reminded(life: Life, since: int, until: int) -> list[Decision]:
    """Each time in (since, until], µs UTC, at which an incident that people know of has gone on for so long again.

    >>> reminded(Life(), 0, 3 * EVERY)
    []
    """
    return [
        Decision(at, entry.incident, "open", "edit")
        for entry in life.entries
        if entry.told and entry.incident.phase == "firing"
        for at in _times(entry.incident, since, until)
    ]


def _times(incident: Incident, since: int, until: int) -> range:
    first = incident.detected
    passed = max(0, since - first) // EVERY
    return range(first + (passed + 1) * EVERY, until + 1, EVERY)
