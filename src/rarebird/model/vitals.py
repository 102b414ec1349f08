"""Vitals: what a process that runs a watch has done since it began, for those who measure it."""

from __future__ import annotations

from msgspec import Struct


class Decided(Struct, frozen=True):
    """How often something was decided of incidents."""

    reason: str
    tells: str
    """What people got: message, edit or nothing."""
    count: int


class Vitals(Struct, frozen=True):
    """What was done since the process began."""

    decisions: tuple[Decided, ...] = ()
    commits: int = 0
    """Steps that the store has made durable."""
    failures: int = 0
    """Attempts at that which failed."""
