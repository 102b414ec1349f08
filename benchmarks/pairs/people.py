"""What people get: the channels of a watch, each as a list of what arrived and when it was sent."""

from __future__ import annotations

from typing import NamedTuple

from rarebird.incident.decision import Decision
from rarebird.incident.telling import Nouns
from rarebird.model.incident import Incident, Joined
from rarebird.notify.backlog import Backlog, Entry
from rarebird.run.decided import told

NOUNS = Nouns("events", "categories")


class Arrived(NamedTuple):
    """A message, a line, or a message that was changed."""

    time: int
    """When it was sent, event time, µs UTC."""
    text: str
    names: tuple[Incident | Joined, ...]
    """What it is news of."""


class Channel:
    """A service that takes everything at once; `edits`: a bot of Slack, else its incoming webhook."""

    def __init__(self, *, edits: bool) -> None:
        self._backlog = Backlog(edits=edits, folds=True)
        self.arrived: list[Arrived] = []

    def news(self) -> list[tuple[Incident | Joined, int]]:
        """All that something is news of, and when it was sent."""
        return [(name, each.time) for each in self.arrived for name in each.names]

    def take(self, decision: Decision) -> None:
        """What is sent of a decision, if anything is."""
        notice = told(decision, NOUNS)
        if notice is None or not self._backlog.put(Entry(notice)):
            return
        group = self._backlog.head(1)
        for each in self._backlog.told(group):
            names = _named(decision)
            # A quiet notice without anything new only changes how the message looks.
            if names and (not each.quiet or each.addition):
                self.arrived.append(Arrived(decision.time, each.text, names))
        self._backlog.take_off(group)


def _named(decision: Decision) -> tuple[Incident | Joined, ...]:
    """What a decision is news of."""
    if decision.reason in {"began", "again", "larger", "reopened"}:
        return (decision.incident, *decision.incident.joined)
    return decision.incident.joined[-1:] if decision.reason == "joined" else ()
