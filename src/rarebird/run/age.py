"""Age: what is older than an hour when it is found is recorded but not sent, unless people want the past."""

from __future__ import annotations

from typing import Final

from rarebird.incident.decision import Hushed
from rarebird.incident.mute import Mute, Once
from rarebird.incident.mutes import Mutes
from rarebird.model.incident import Incident
from rarebird.model.instant import EARLIEST, SECOND, UNKNOWN
from rarebird.model.plural import counted, were
from rarebird.model.state import State

LONGEST: Final = 3600 * SECOND
"""How old news may be, µs."""
OLD: Final = "older than an hour when it was found"


class Age:
    """Says up to when news is old: by when the messages came that brought it, else by when the watch first began.

    Both are kept, so what came in before a restart is judged as it was then. Until `begin` nothing is too old.
    """

    def __init__(self) -> None:
        self._begun = self._came = UNKNOWN
        self._past = self._chosen = True

    def begin(self, now: int, *, past: bool) -> None:
        """Of a watch that begins now, by the clock, µs UTC; `past`: everything is told, however old it is."""
        self._begun, self._past, self._chosen = now, past, past

    def came(self, arrival: int) -> None:
        """Messages came, µs UTC by the clock; nothing where that is not known."""
        self._came = self._came if arrival == UNKNOWN else arrival

    @property
    def limit(self) -> int:
        """What happened before this instant of event time is too old, µs UTC."""
        return EARLIEST if self._past else self.now - LONGEST

    @property
    def now(self) -> int:
        """By the clock, µs UTC; unknown for a recording of which the past is told."""
        return self._came if self._past or self._came != UNKNOWN else self._begun

    def go_on(self) -> bool:
        """All that comes in from here on is judged as this start says; whether that is otherwise than before."""
        changed, self._past = self._past != self._chosen, self._chosen
        return changed

    def state(self) -> State:
        """When the watch began, when messages last came, and whether the past is told."""
        return {"begun": self._begun, "came": self._came, "past": self._past}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        self._begun, self._came = state.get("begun", self._begun), state.get("came", self._came)
        self._past = state.get("past", True)


class Hushes:
    """All that keeps something from people: its age, and mutes."""

    def __init__(self, age: Age, mutes: Mutes) -> None:
        self._age, self._mutes = age, mutes
        self._said = 0

    def hushed(self, incident: Incident, at: int) -> Hushed | None:
        """Why an incident is not told at an instant of event time, µs UTC."""
        mute = self.mute_at(at, incident.kind, incident.category)
        if mute is None:
            return None
        return Hushed("old" if mute.text == OLD else "muted", mute.text, self.until(mute, at))

    def mute_at(self, at: int, kind: str = "", category: str | None = None) -> Mute | None:
        """What keeps something of a kind and a category from people that happens at an instant, µs UTC."""
        if at < self._age.limit:
            return Mute(text=OLD, when=Once(self._age.limit))
        return self._mutes.mute_at(at, kind, category)

    def until(self, mute: Mute, at: int) -> int:
        """When it no longer does, of an instant at which it does, µs UTC."""
        return self._mutes.until(mute, at)

    def withheld(self, count: int) -> str:
        """How much was too old to be sent since this was asked last, of so much in all; empty where nothing was."""
        more, self._said = count - self._said, count
        return withheld_text(more) if more else ""


def withheld_text(count: int) -> str:
    """How much was not sent because it was old.

    >>> withheld_text(1)
    '1 alert was older than an hour when it was found and was not sent; --notify-past sends such, too'
    """
    found = "it was" if count == 1 else "they were"
    older = f"{counted(count, 'alerts')} {were(count)} older than an hour when {found} found"
    return f"{older} and {were(count)} not sent; --notify-past sends such, too"
