"""Digests: once a day, by event time, what there was since the last one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from msgspec import structs

from rarebird.incident.digest import Hour, Past, digest
from rarebird.incident.telling import Nouns
from rarebird.model import instant
from rarebird.model.clock import DAY
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.state import State
from rarebird.model.tally import Tally
from rarebird.model.ticks import Cells, Ticks
from rarebird.notify.contract import Notice
from rarebird.watch import TICK

_DAYS: Final = 7
"""Days that say what is usual."""


SoFar = Callable[[], tuple[Tally, Sequence[Incident], Nouns]]
"""What became of all messages so far, the incidents, the newest first, and what things are called."""


class Digests:
    """A digest for each time at which one is due, but for those that a later one comes right behind.

    That is so where time went from the one to the other at once, for the watch or the stream was down, and where the
    later one is due by the clock already. So whoever was away is told once.
    """

    def __init__(self, hour: Hour) -> None:
        self._hour = hour
        self._since = self._until = self._due = UNKNOWN
        self._events = 0
        self._usual: list[float] = []
        self._told = Tally()

    def take(self, ticks: Ticks, now: int, so_far: SoFar) -> Iterator[Notice]:
        """The digests that are due with some ticks; `now` by the clock, µs UTC, or unknown."""
        if self._since == UNKNOWN:
            if not len(ticks.cells.tick):
                return
            self._since = self._until = int(ticks.cells.first.min())
            self._due = self._hour.after(self._since)
        while self._due <= ticks.until:
            due, following = self._due, self._hour.after(self._due)
            self._count(ticks.cells, due)
            self._due = following
            at_once = following <= ticks.until and not _between(ticks.cells, due, following)
            if not at_once and (now == UNKNOWN or now < following):
                yield self._digest(due, *so_far())
        self._count(ticks.cells, ticks.until)

    def state(self) -> State:
        """What there was since the last digest, and what is usual."""
        return {
            "since": self._since,
            "until": self._until,
            "events": self._events,
            "usual": self._usual,
            "told": list(self._told),
        }

    def restore(self, state: State) -> None:
        """Takes a state in place of its own; where the hour is another now, that of this start holds."""
        if not state or state["since"] == UNKNOWN:
            return
        self._since, self._until, self._events = state["since"], state["until"], state["events"]
        self._usual, self._told = list(state["usual"]), Tally(*state["told"])
        self._due = self._hour.after(self._until)

    def _count(self, cells: Cells, until: int) -> None:
        self._events += _between(cells, self._until, until)
        self._until = max(self._until, until)

    def _digest(self, due: int, tally: Tally, incidents: Sequence[Incident], nouns: Nouns) -> Notice:
        found = (_as_at(each, due) for each in reversed(incidents) if (each.opened or each.detected) <= due)
        past = Past(
            since=self._since,
            until=due,
            events=self._events,
            usual=tuple(self._usual),
            tally=tally.less(self._told),
            incidents=tuple(each for each in found if _is_of(each, self._since)),
        )
        length = (due - self._since) / SECOND
        if 0.8 * DAY < length < 1.2 * DAY:
            self._usual = [*self._usual, self._events / length * DAY][-_DAYS:]
        self._since, self._events, self._told = due, 0, tally
        day = instant.text(self._hour.zone.local(due // SECOND) * SECOND)[:10]
        return Notice(due, digest(past, nouns), f"digest {day}")


def _between(cells: Cells, start: int, end: int) -> int:
    """Events of the ticks from one instant up to another."""
    return int(cells.events[(cells.tick >= start // TICK) & (cells.tick < end // TICK)].sum(dtype=np.int64))


def _as_at(incident: Incident, at: int) -> Incident:
    is_over = incident.ended is not None and incident.ended <= at
    return incident if is_over else structs.replace(incident, ended=None)


def _is_of(incident: Incident, since: int) -> bool:
    return (incident.opened or incident.detected) > since or incident.ended is None or incident.ended > since
