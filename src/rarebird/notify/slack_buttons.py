"""Buttons below the message of an incident in Slack, and what a click on one of them says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.model.reply import Reply
from rarebird.notify.contract import one_line

ACK: Final = "rarebird_ack"
SNOOZE: Final = "rarebird_snooze"
EXPECTED: Final = "rarebird_expected"
SNOOZED: Final = "2h"
_LABELS: Final = {ACK: "Acknowledge", SNOOZE: "Snooze 2 h", EXPECTED: "This was expected"}
_NOTHING: Final = (None, None, None)
_VALUE: Final = 2_000
"""Characters of a value, the most that Slack takes."""
_NAME: Final = 60
_STAMP: Final = re.compile(r"(\d{1,12})\.(\d{1,6})")


class Click(NamedTuple):
    """A click on one of our buttons."""

    action: str
    value: str
    """That of the button: which incident it is about."""
    by: str
    time: int
    """When it was clicked, by Slack's clock, µs UTC."""

    def reply(self, incident: Incident) -> Reply:
        """What it says of the incident that it is about."""
        if self.action == SNOOZE:
            return Reply(
                act="mute", time=self.time, by=self.by, mute=SNOOZED, kind=incident.kind, category=incident.category
            )
        if self.action == ACK:
            return Reply(act="ack", time=self.time, by=self.by, incident=incident.id)
        return Reply(act="feedback", time=self.time, by=self.by, incident=incident.id, says="expected")


def value_of(watch: str, incident: Incident) -> str:
    """What a button says of the incident that it is about."""
    return f"{watch} {incident.key}"[-_VALUE:]


def buttons(watch: str, incident: Incident) -> dict[str, Any] | None:
    """The block with what can still be said of an incident; None where that is nothing.

    >>> from rarebird.notify.example import example
    >>> [each["text"]["text"] for each in buttons("rsvps", example(0).incident)["elements"]]
    ['Acknowledge', 'Snooze 2 h', 'This was expected']
    """
    is_over = incident.ended is not None
    left_out = {
        ACK: is_over or bool(incident.acknowledged),
        SNOOZE: is_over or bool(incident.muted),
        EXPECTED: incident.feedback == "expected",
    }
    value = value_of(watch, incident)
    elements = [
        {"type": "button", "action_id": action, "value": value, "text": {"type": "plain_text", "text": label}}
        for action, label in _LABELS.items()
        if not left_out[action]
    ]
    return {"type": "actions", "elements": elements} if elements else None


def clicks(payload: Mapping[str, Any]) -> Iterator[Click]:
    """The clicks on our buttons in what Slack sends; whatever else it holds is left out."""
    user, actions = payload.get("user"), payload.get("actions")
    if payload.get("type") != "block_actions" or not isinstance(user, dict) or not isinstance(actions, list):
        return
    by = one_line(str(user.get("username") or user.get("name") or user.get("id") or ""), _NAME)
    for each in actions:
        action, value, at = map(each.get, ("action_id", "value", "action_ts")) if isinstance(each, dict) else _NOTHING
        stamp = _STAMP.fullmatch(str(at))
        if isinstance(action, str) and action in _LABELS and isinstance(value, str) and stamp is not None:
            yield Click(action, value, by, int(stamp[1]) * SECOND + int(stamp[2].ljust(6, "0")))
