"""The latest incidents of a watch, each as it was told last."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import structs

from rarebird.model.incident import Incident
from rarebird.model.state import State

KEPT: Final = 100


class Incidents:
    """The last `KEPT` incidents, by id: one that is over takes the place of the same as it began."""

    def __init__(self) -> None:
        self._by_id: dict[int, Incident] = {}
        self._changed: dict[int, Incident] = {}

    @property
    def latest(self) -> tuple[Incident, ...]:
        """The newest first."""
        return tuple(reversed(self._by_id.values()))

    def take(self, incident: Incident) -> Incident:
        """One that began or ended, with what people have said of it."""
        if (before := self._by_id.get(incident.id)) is not None:
            incident = structs.replace(incident, acknowledged=before.acknowledged, feedback=before.feedback)
        self._by_id[incident.id] = self._changed[incident.id] = incident
        if len(self._by_id) > KEPT:
            del self._by_id[next(iter(self._by_id))]
        return incident

    def get(self, id: int | None) -> Incident | None:
        """The one by a number, as it was told last; None where it is none of the latest."""
        return None if id is None else self._by_id.get(id)

    def replied(self, incident: Incident, *, acknowledged: str, feedback: str) -> Incident:
        """One of the latest, after what people have said of it."""
        changed = structs.replace(incident, acknowledged=acknowledged, feedback=feedback)
        self._by_id[incident.id] = self._changed[incident.id] = changed
        return changed

    @property
    def has_changed(self) -> bool:
        """Whether one began or changed since `changed` was asked."""
        return bool(self._changed)

    def changed(self, *, anew: bool = False) -> list[Incident]:
        """Those that began or changed since this was asked last; with `anew` all of the latest."""
        found = self._by_id | self._changed if anew else self._changed
        self._changed = {}
        return list(found.values())

    def state(self) -> State:
        """All of them."""
        return {"incidents": [msgspec.to_builtins(incident) for incident in self._by_id.values()]}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        told = msgspec.convert(state.get("incidents", []), list[Incident])
        self._by_id = {incident.id: incident for incident in told}
