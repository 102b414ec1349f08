"""The lines of a backtest: incidents, their ends and the outcome, one JSON object each, as programs read them."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from rarebird.backtest.outcome import Outcome
from rarebird.model import instant
from rarebird.model.incident import Contribution, Direction, Incident, Kind


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


class Ended(Struct, frozen=True, kw_only=True, tag_field="type", tag="ended"):
    """It is over: back to what was expected, or `lasting`, the usual from now on."""

    id: int
    ended: str
    lasting: bool


def line(incident: Incident) -> bytes:
    """One line for an incident: as it began, or as it is over."""
    if incident.ended is not None:
        return _line(Ended(id=incident.id, ended=instant.text(incident.ended), lasting=incident.lasting))
    return _line(began(incident))


def began(incident: Incident) -> Began:
    """An incident as its line has it."""
    told = {name: getattr(incident, name) for name in Began.__struct_fields__}
    return Began(**{**told, "began": instant.text(incident.began), "detected": instant.text(incident.detected)})


def last_line(outcome: Outcome) -> bytes:
    """The line for the outcome."""
    told: dict[str, Any] = {"type": "summary", **msgspec.structs.asdict(outcome)}
    for name in ("first", "last"):
        told[name] = None if told[name] is None else instant.text(told[name])
    counters = msgspec.to_builtins(told.pop("counters"))
    return _line({**told, **counters})


def _line(value: object) -> bytes:
    return msgspec.json.encode(value) + b"\n"
