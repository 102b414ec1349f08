"""Replying: what people say on the page of an incident, on its way to the watch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from rarebird.errors import InputError
from rarebird.model.incident import Incident
from rarebird.model.reply import Act, Reply, Says
from rarebird.notify.contract import one_line
from rarebird.notify.links import Links

UNKNOWN: Final = "somebody with the link"
_NAME: Final = 60


class Replying(NamedTuple):
    """Who may say something, and where it goes; `clock` tells when, µs UTC."""

    links: Links
    reply: Callable[[Reply], Awaitable[None]]
    """Raises StoreError where it cannot be left for the watch."""
    clock: Callable[[], int]


class Choice(NamedTuple):
    """One thing that can be said."""

    label: str
    done: str
    """What the page says once it was said."""
    act: Act
    mute: str = ""
    says: Says | None = None


CHOICES: Final = {
    "ack": Choice("Acknowledge", "You look after it.", "ack"),
    "mute": Choice("Mute for 2 h", "Its like is muted for 2 h.", "mute", mute="2h"),
    "night": Choice(
        "Mute until tomorrow 9:00", "Its like is muted until tomorrow 9:00.", "mute", mute="until tomorrow 9:00"
    ),
    "expected": Choice("This was expected", "You said that it was expected.", "feedback", says="expected"),
    "sensitive": Choice("Too sensitive", "You said that this is too sensitive.", "feedback", says="too sensitive"),
    "real": Choice("This was real", "You said that it was real.", "feedback", says="real"),
    "unsay": Choice("Take back what was said of it", "What was said of it is taken back.", "feedback"),
}
"""By the word that stands for it in the form."""


def reply_of(form: Mapping[str, str], incident: Incident, now: int) -> Reply:
    """What was said of an incident. Raises InputError where it is none of the choices."""
    said = form.get("do", "")
    choice = CHOICES.get(said)
    if choice is None:
        raise InputError(f"expected {', '.join(CHOICES)} in the field do, got {said[:40]!r}")
    by = one_line(form.get("by", ""), _NAME) or UNKNOWN
    if choice.act == "mute":
        return Reply(act="mute", time=now, by=by, mute=choice.mute, kind=incident.kind, category=incident.category)
    return Reply(act=choice.act, time=now, by=by, incident=incident.id, says=choice.says)
