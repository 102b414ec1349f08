"""Decisions: whether people are notified of an incident now, each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from rarebird.model.incident import Incident, Reason, Tells


class Hushed(NamedTuple):
    """Why an incident is not to be told now, and until when, µs UTC of event time; then it is asked again."""

    reason: Literal["muted", "old"]
    text: str
    until: int


Hush = Callable[[Incident, int], Hushed | None]
"""Asked of an incident at an instant of event time."""


class Decision(NamedTuple):
    """What becomes of an incident."""

    time: int
    """When it is decided, event time, µs UTC."""
    incident: Incident
    """As it stands from then on."""
    reason: Reason
    tells: Tells = "nothing"


def never(_incident: Incident, _at: int) -> Hushed | None:
    """Nothing is kept from people."""
    return None
