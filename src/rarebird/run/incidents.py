"""The latest incidents of a watch, each as it was told last."""

from __future__ import annotations

from typing import Final

import msgspec

from rarebird.model.incident import Incident
from rarebird.model.state import State

KEPT: Final = 100


class Incidents:
    """The last `KEPT` incidents, by id: one that is over takes the place of the same as it began."""

    def __init__(self) -> None:
        self._by_id: dict[int, Incident] = {}

    @property
    def latest(self) -> tuple[Incident, ...]:
        """The newest first."""
        return tuple(reversed(self._by_id.values()))

    def take(self, incident: Incident) -> None:
        """One that began or ended."""
        self._by_id[incident.id] = incident
        if len(self._by_id) > KEPT:
            del self._by_id[next(iter(self._by_id))]

    def state(self) -> State:
        """All of them."""
        return {"incidents": [msgspec.to_builtins(incident) for incident in self._by_id.values()]}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        told = msgspec.convert(state.get("incidents", []), list[Incident])
        self._by_id = {incident.id: incident for incident in told}
