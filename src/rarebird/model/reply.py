"""A reply: what somebody says to a running watch, about one of its incidents or about what it may tell."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Act = Literal["ack", "mute", "unmute", "feedback"]
Says = Literal["expected", "too sensitive", "real"]


class Reply(Struct, frozen=True, kw_only=True):
    """What is said by a command, a button or a link. The watch takes it in at once, and keeps it over a restart."""

    act: Act
    time: int
    """When it was said, by the clock, µs UTC."""
    by: str = ""
    """Who said it, as far as that is known."""
    incident: int | None = None
    """The incident that it is about; None where it is about none."""
    mute: str = ""
    """For how long, or when, as the user wrote it: "2h", "Tue 02:00-04:00 Europe/Paris"."""
    kind: str = ""
    """The kind of incident that is muted; empty for all."""
    category: str | None = None
    """The category that is muted; None for all."""
    says: Says | None = None
    """What feedback says; None takes back what was said before."""
