"""Returns: what comes back before a watch would have said that it is over is the same incident."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import structs

from rarebird.incident.life import Decision, Life, finish, key, step
from rarebird.model.incident import Incident

_Key = tuple[str | None, str]
"""Category and family."""


class Returns:
    """What was found, with what came back of it joined: each incident once as it began and once as it is over.

    Each category has a life of its own, and the whole stream, so nothing is joined for its cause; and what comes back
    after it was said to be over is a new one.
    """

    def __init__(self) -> None:
        self._lives: dict[_Key, Life] = {}
        self._began: dict[int, Incident] = {}

    def take(self, found: Sequence[Incident], until: int) -> list[Incident]:
        """What began and what is over with what was found up to an instant, µs UTC, in the order of its decision."""
        told: list[Decision] = []
        for each in found:
            at = each.detected if each.ended is None else each.ended
            category, _, family = key(each)
            # What is over by then is not what comes back.
            told += self._step((category, family), [], at - 1)
            told += self._step((category, family), [each], at)
        for known in list(self._lives):
            told += self._step(known, [], until)
        return self._told(told)

    def finish(self) -> list[Incident]:
        """What is over with the end of the input."""
        return self._told(each for life in self._lives.values() for each in finish(life)[1])

    def _step(self, known: _Key, found: Sequence[Incident], until: int) -> list[Decision]:
        life, told = step(self._lives.pop(known, Life()), found, until)
        entries = tuple(each for each in life.entries if each.incident.phase != "resolved")
        if entries:
            self._lives[known] = Life(entries)
        return told

    def _told(self, decided: Iterable[Decision]) -> list[Incident]:
        told = []
        for each in sorted(decided, key=lambda each: (each.time, each.incident.id)):
            incident = each.incident
            if each.reason == "began":
                told.append(incident)
                self._began[incident.id] = incident
            elif each.reason in {"over", "lasting"}:
                began = self._began.pop(incident.id)
                told.append(structs.replace(began, ended=incident.ended, lasting=incident.lasting))
        return told
