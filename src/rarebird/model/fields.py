"""Which fields of a message say when it happened, what it is, who it is, and whether it counts."""

from __future__ import annotations

from msgspec import Struct


class Fields(Struct, frozen=True):
    """Paths into a message, their steps joined by dots: `group.group_state`. For CSV, names of columns."""

    time: str = ""
    """Event time; where empty it is guessed from the first message."""
    by: str = ""
    """Category; where empty all events are of one."""
    id: tuple[str, ...] = ()
    """Identity: messages that agree in all of these repeat each other; where empty nothing is a repeat."""
    where: tuple[tuple[str, str], ...] = ()
    """Path and value, all of which a message must have to count."""
    time_unit: str = "auto"
    """auto (by the size of each value), s, ms, us, ns or iso."""
    count: str = ""
    """How many events a message stands for, all at its time; where empty each stands for one."""
    title: str = ""
    """What an event is called, for people who are told of a single one."""
    link: str = ""
    """Where they can read of it."""
