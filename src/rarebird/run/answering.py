"""Answering: what becomes of what somebody says to a running watch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from rarebird.config.mutes import mute
from rarebird.errors import RarebirdError
from rarebird.incident.telling import Nouns
from rarebird.model.clock import Zone
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.model.reply import Reply
from rarebird.model.state import State
from rarebird.notify.contract import Notice, one_line
from rarebird.run.decided import standing

if TYPE_CHECKING:
    from rarebird.run.running import Running

_LONGEST: Final = 300
_WHO: Final = 60
"""Letters of what is shown of what somebody wrote, and of who it was."""


class Answers:
    """How far what was left in the store was taken in: the number of the last."""

    def __init__(self) -> None:
        self.last = 0

    def state(self) -> State:
        """The number."""
        return {"last": self.last}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        self.last = state.get("last", 0)


def reply_of(body: bytes) -> Reply | str:
    """What was left in a store, or why it cannot be read."""
    try:
        return msgspec.json.decode(body, type=Reply)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return str(error)


def answered(running: Running, reply: Reply) -> Iterator[Notice]:
    """What there is to tell once a reply was taken in; what could not be is noted, never raised."""
    try:
        match reply.act:
            case "mute":
                _mute(running, reply)
            case "unmute":
                _unmute(running, reply)
            case _:
                yield from _said_of_one(running, reply)
    except (RarebirdError, ValueError, OverflowError) as error:
        _note(running, reply, f"{_who(reply)} said something that could not be taken in: {error}.")


def _mute(running: Running, reply: Reply) -> None:
    asked = mute(reply.mute, reply.time, running.settings.zone.name, kind=reply.kind, category=reply.category)
    found = running.mutes.add(asked)
    running.review()
    _note(running, reply, f"{_who(reply)} mutes {found.text} (number {found.id}).")


def _unmute(running: Running, reply: Reply) -> None:
    removed = running.mutes.remove(reply.mute)
    running.review()
    told = ", ".join(f"{each.text} (number {each.id})" for each in removed) or f"{reply.mute}, which is no mute here"
    _note(running, reply, f"{_who(reply)} unmutes {told}.")


def _said_of_one(running: Running, reply: Reply) -> Iterator[Notice]:
    before = running.found.get(reply.incident)
    if before is None:
        told = f"{_who(reply)} answered incident {reply.incident}, which is none of the latest here."
        _note(running, reply, told)
        return
    if reply.act == "ack":
        who = f"{_who(reply)}, {_clock(reply.time, running.settings.zone)}"
        incident = running.found.replied(before, acknowledged=who, feedback=before.feedback)
        _note(running, reply, f"{_who(reply)} looks after incident {incident.id}.")
    else:
        _learn(running, before, reply)
        incident = running.found.replied(before, acknowledged=before.acknowledged, feedback=reply.says or "")
        said = f"{incident.id} was {reply.says}" if reply.says else f"{incident.id} nothing any more"
        _note(running, reply, f"{_who(reply)} says: incident {said}.")
    if incident != before and not incident.muted:
        yield _changed(running, incident, reply)


def _learn(running: Running, incident: Incident, reply: Reply) -> None:
    """What detection makes of it: what fires next depends on it."""
    if (detection := running.watch.detection) is not None:
        detection.feedback(incident.family, incident.category, reply.says, incident.id)


def _changed(running: Running, incident: Incident, reply: Reply) -> Notice:
    """For services that can edit what they told of it."""
    nouns = Nouns.of(running.settings.noun, running.settings.noun_by, running.watch.categories.names)
    # Two replies to one incident are two notices.
    return standing(incident, nouns, f"{reply.act} {reply.time}", quiet=True)


def _note(running: Running, reply: Reply, text: str) -> None:
    watermark = running.watch.watermark
    running.note(one_line(text, _LONGEST), reply.time if watermark is None else watermark)


def _who(reply: Reply) -> str:
    return one_line(reply.by, _WHO) or "somebody"


def _clock(time: int, zone: Zone) -> str:
    """What the clock on the wall of a zone shows at an instant, µs UTC.

    >>> from rarebird.model.clock import UTC
    >>> _clock(43_380 * SECOND, UTC)
    '12:03 UTC'
    """
    minutes = zone.local(time // SECOND) // 60 % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}{' UTC' if zone.name == 'UTC' else ''}"
