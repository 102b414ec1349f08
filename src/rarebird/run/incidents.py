"""The incidents of a watch: their life, and the latest of them as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import structs

from rarebird.incident import life
from rarebird.incident.decision import Decision, Hush, never
from rarebird.incident.entry import Life
from rarebird.incident.reminder import reminded
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.model.state import State

KEPT: Final = 100
_MINUTE: Final = 60 * SECOND


class Incidents:
    """The last `KEPT` incidents by number and all that are open, each as it was decided last.

    `hush` says what is kept from people.
    """

    def __init__(self, hush: Hush = never) -> None:
        self.hush = hush
        self._life = Life()
        self._until: int | None = None
        self._by_id: dict[int, Incident] = {}
        self._changed: dict[int, Incident] = {}
        self.count = 0
        """How many there were over the life of the watch."""

    @property
    def latest(self) -> tuple[Incident, ...]:
        """The newest first."""
        return tuple(self._by_id[id] for id in sorted(self._by_id, reverse=True))

    @property
    def shown(self) -> tuple[Incident, ...]:
        """Those that are open first: of them, as of the others, the newest first, and of one minute the largest."""
        return tuple(sorted(self.latest, key=_place))

    @property
    def open(self) -> int:
        """How many of the latest go on."""
        return sum(incident.ended is None for incident in self._by_id.values())

    def step(self, found: Sequence[Incident], until: int) -> list[Decision]:
        """What was found up to an instant of event time, µs UTC, and what is decided of it."""
        self._life, decided = life.step(self._life, found, until, self.hush)
        if self._until is not None:
            decided += reminded(self._life, self._until, until)
        self._until = until
        return self._kept(decided)

    def finish(self) -> list[Decision]:
        """What the end of the input decides."""
        self._life, decided = life.finish(self._life)
        return self._kept(decided)

    def take_over(self, listed: Sequence[Incident]) -> None:
        """Goes on from the incidents that a store lists, the oldest first, as an earlier version has left them."""
        self._by_id = {incident.id: incident for incident in listed[-KEPT:]}
        self._life, self._until = life.taken_over(listed[-KEPT:]), None

    def end_all(self, at: int) -> list[Decision]:
        """Of all that is open it is not known whether it goes on, at an instant: what is decided of its end."""
        return self.step(
            [structs.replace(each, ended=at, turned="unfollowed") for each in life.open_in(self._life)], at
        )

    def review(self, at: int) -> None:
        """What is kept from people has changed, at an instant of event time: it is asked again of all of that."""
        self._life = life.reviewed(self._life, at)

    def _kept(self, decided: list[Decision]) -> list[Decision]:
        for each in decided:
            # One that was dropped and is decided on once more is no new one.
            self.count += each.incident.id not in self._by_id and len(each.incident.decisions) <= 1
            self._by_id[each.incident.id] = self._changed[each.incident.id] = each.incident
        over = (
            [] if len(self._by_id) <= KEPT else [id for id in sorted(self._by_id) if self._by_id[id].ended is not None]
        )
        for id in over[: max(0, len(self._by_id) - KEPT)]:
            del self._by_id[id]
        return decided

    def get(self, id: int | None) -> Incident | None:
        """The one by a number, as it was told last; None where it is none of the latest."""
        return None if id is None else self._by_id.get(id)

    def replied(self, incident: Incident, *, acknowledged: str, feedback: str) -> Incident:
        """One of the latest, after what people have said of it."""
        changed = structs.replace(incident, acknowledged=acknowledged, feedback=feedback)
        self._life = life.replied(self._life, incident.id, acknowledged=acknowledged, feedback=feedback)
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
        told = [msgspec.to_builtins(incident) for incident in self._by_id.values()]
        life = msgspec.to_builtins(self._life)
        return {"incidents": told, "life": life, "until": self._until, "count": self.count}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        told = msgspec.convert(state.get("incidents", []), list[Incident])
        self._by_id = {incident.id: incident for incident in told}
        self._life = msgspec.convert(state.get("life", {}), Life)
        self._until = state.get("until")
        self.count = state.get("count", max(self._by_id, default=0))


def _place(incident: Incident) -> tuple[bool, int, float]:
    return incident.ended is not None, -(incident.detected // _MINUTE), -incident.size
