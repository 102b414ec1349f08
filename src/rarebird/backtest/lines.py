"""The lines of a backtest: what a watch would send, and the outcome, one JSON object each, as programs read them.

A line of its own type says of what was found, and would not be sent, that it would not.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from rarebird.backtest.outcome import Outcome
from rarebird.incident.decision import Decision
from rarebird.incident.silences import is_total_silence
from rarebird.model import instant
from rarebird.model.incident import Contribution, Direction, Incident, Joined, Kind, Reason


class Began(Struct, frozen=True, kw_only=True, tag_field="type", tag="incident"):
    """An incident as it was detected: see `Incident`. Instants are ISO 8601, UTC."""

    id: int
    kind: Kind
    direction: Direction
    category: str | None
    began: str
    detected: str
    score: float
    budget_share: float
    chance_per_week: float
    family: str
    events: int
    expected: float
    low: float
    high: float
    whole: float
    contributions: tuple[Contribution, ...]


class Again(Began, frozen=True, kw_only=True, tag_field="type", tag="again"):
    """An incident that came back, or grew, as it was detected then, and why it is sent again."""

    reason: Reason


class Unsent(Began, frozen=True, kw_only=True, tag_field="type", tag="not sent"):
    """What was found and would not be sent, and why."""

    reason: Reason


class With(Struct, frozen=True, kw_only=True, tag_field="type", tag="joined"):
    """What else was found of the cause of an incident, and is sent as a part of it."""

    id: int
    """Of the incident."""
    kind: Kind
    direction: Direction
    family: str
    category: str | None
    began: str
    detected: str
    events: int
    expected: float


class Ended(Struct, frozen=True, kw_only=True, tag_field="type", tag="ended"):
    """It is over: back to what was expected, or `lasting`, the usual from now on."""

    id: int
    ended: str
    lasting: bool


def is_listed(decision: Decision) -> bool:
    """Whether a backtest tells of a decision: of all that is sent, and of what came back and is not.

    What comes back before it is said to be over is not listed, but for a total silence.
    """
    if decision.tells == "message" or decision.reason in {"joined", "pending"}:
        return True
    return decision.reason == "returned" and is_total_silence(decision.incident)


def line(decision: Decision) -> bytes:
    """One line for a decision that is listed."""
    incident, reason = decision.incident, decision.reason
    if reason == "joined":
        return _line(_with(incident.id, incident.joined[-1]))
    if reason in {"over", "lasting"} and incident.ended is not None:
        return _line(Ended(id=incident.id, ended=instant.text(incident.ended), lasting=incident.lasting))
    if reason == "began":
        return _line(began(incident))
    known = {name: getattr(began(incident), name) for name in Began.__struct_fields__}
    return _line((Again if decision.tells == "message" else Unsent)(**known, reason=reason))


def _with(id: int, part: Joined) -> With:
    told = {name: getattr(part, name) for name in With.__struct_fields__ if name != "id"}
    return With(id=id, **{**told, "began": instant.text(part.began), "detected": instant.text(part.detected)})


def began(incident: Incident) -> Began:
    """An incident as its line has it."""
    told = {name: getattr(incident, name) for name in Began.__struct_fields__}
    return Began(**{**told, "began": instant.text(incident.since), "detected": instant.text(incident.detected)})


def last_line(outcome: Outcome) -> bytes:
    """The line for the outcome."""
    told: dict[str, Any] = {"type": "summary", **msgspec.structs.asdict(outcome)}
    for name in ("first", "last"):
        told[name] = None if told[name] is None else instant.text(told[name])
    counters = msgspec.to_builtins(told.pop("counters"))
    return _line({**told, **counters})


def _line(value: object) -> bytes:
    return msgspec.json.encode(value) + b"\n"
