"""What rare events were called that came not long ago."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from msgspec import structs

from rarebird.model.batch import Named
from rarebird.model.incident import Incident
from rarebird.model.state import State

_KEPT: Final = 1_000


class Names:
    """The names of the last `_KEPT` rare events."""

    def __init__(self) -> None:
        self._named: deque[Named] = deque(maxlen=_KEPT)

    def take(self, named: Sequence[Named]) -> None:
        """Takes more in."""
        self._named.extend(named)

    def given(self, incident: Incident, code: int | None) -> Incident:
        """An incident about a single event with what that is called, where it is known; `code` is its category's."""
        if incident.kind != "event":
            return incident
        for each in reversed(self._named):
            if each.category == code and incident.began <= each.time < incident.detected:
                return structs.replace(incident, title=each.title, link=each.link)
        return incident

    def state(self) -> State:
        """All of them."""
        return {"named": [list(each) for each in self._named]}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        self._named = deque((Named(*each) for each in state.get("named", [])), _KEPT)
