"""Entries: the incidents whose life goes on, each with what that depends on."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from rarebird.incident.cause import of_whole
from rarebird.incident.silences import is_total_silence
from rarebird.model.incident import DecisionRecord, Direction, Incident, Joined, Reason, Tells

LARGER: Final = 1.5
"""By so much larger, as a logarithm of its factor, what is known is news again: x2 after that x2.8, x10 after that x32.
Below it what hovers at its limit would be notified for its noise."""
MUCH: Final = 1.5
"""By so much larger at once, as the logarithm of a factor, what goes on is news: more than four times as far."""
LASTING: Final = 0.7
"""Where it has lasted for a quarter of an hour: twice as far."""
_LASTS_S: Final = 900
_TIMES: Final = 3
"""Messages that one incident is larger, at most."""
_KEPT: Final = 20
"""Decisions that stay with an incident."""
_NUMBERS: Final = (
    "kind", "direction", "family", "category", "began", "detected", "score", "budget_share", "chance_per_week",
    "events", "expected", "low", "high", "whole", "contributions", "course", "course_s", "title", "link", "grown",
    "lifted",
)  # fmt: skip
"""Of an incident, what tells of its latest return."""

Key = tuple[str | None, Direction, str]
"""Category, direction and family, as far as they tell incidents apart."""


class Entry(Struct, frozen=True):
    """An incident, and what its life depends on."""

    incident: Incident
    open: tuple[int, ...]
    """The numbers of what was found and is not over."""
    told: bool = False
    """Whether people know that it goes on, or has not been said to be over."""
    returns: int = 0
    due: int | None = None
    """When something is to be decided though nothing is found, µs UTC."""
    known: bool = False
    """Whether it was once decided to notify people of it, or a mute kept it from them."""
    size: float = 0.0
    """The largest that people were notified of, as `Incident.size`."""
    main: int = 0
    """The number of the finding whose numbers the incident has; 0 where that is not known."""
    silences: tuple[int, ...] = ()
    """When it was notified that nothing comes, within the last six hours, µs UTC."""

    @property
    def is_known(self) -> bool:
        """Whether what comes back of it is a return, rather than news."""
        return self.known or self.told

    @property
    def main_goes_on(self) -> bool:
        """Whether what the incident is named after is open, rather than only what joined it."""
        return self.main in self.open if self.main else self.incident.phase == "firing"


class Life(Struct, frozen=True):
    """The incidents that are open, or were not long ago; the oldest first."""

    entries: tuple[Entry, ...] = ()


def key(incident: Incident | Joined) -> Key:
    """By which it is known again. That nothing at all comes is another thing than that less comes."""
    if incident.category is not None:
        return incident.category, incident.direction, ""
    if is_total_silence(incident):
        return None, incident.direction, "silence"
    return None, incident.direction, "whole" if of_whole(incident) else incident.family


def is_in(entry: Entry, phase: str) -> bool:
    """Whether the incident is in a phase."""
    return entry.incident.phase == phase


def ended_at(entry: Entry) -> int:
    """When all of it was over, µs UTC."""
    assert entry.incident.ended is not None
    return entry.incident.ended


def changed(entry: Entry, **values: object) -> Entry:
    """The entry with other values of its incident."""
    return structs.replace(entry, incident=structs.replace(entry.incident, **values))


def recorded(entry: Entry, at: int, reason: Reason, tells: Tells) -> Entry:
    """The entry with a decision that was taken of it."""
    made = (*entry.incident.decisions, DecisionRecord(at, reason, tells))
    return changed(entry, decisions=made[-_KEPT:])


def replaced(life: Life, at: int, entry: Entry) -> Life:
    """The life with an entry at a place."""
    return Life((*life.entries[:at], entry, *life.entries[at + 1 :]))


def part_of(incident: Incident) -> Joined:
    """What was found, as something that goes with an incident."""
    return Joined(
        incident.kind, incident.direction, incident.family, incident.category, incident.detected, incident.began,
        incident.events, incident.expected,
    )  # fmt: skip


def come_back(entry: Entry, found: Incident) -> Entry:
    """The entry whose incident has the numbers of what came back of it, and beside it what else it was."""
    before = entry.incident
    beside = tuple(each for each in (part_of(before), *before.joined) if key(each) != key(found))
    incident = structs.replace(
        before,
        **{name: getattr(found, name) for name in _NUMBERS},
        ended=None,
        lasting=False,
        turned="",
        phase="firing",
        joined=beside,
    )
    return structs.replace(entry, incident=incident, main=found.id, size=_known_size(entry, found))


def grown(entry: Entry, found: Incident) -> Entry:
    """The entry after what is open has grown: with its numbers, or with those of the part that it is."""
    before = entry.incident
    if key(before) != key(found):
        parts = tuple(part_of(found) if key(each) == key(found) else each for each in before.joined)
        return changed(entry, joined=parts)
    numbers = {name: getattr(found, name) for name in _NUMBERS} | {"began": before.began}
    return structs.replace(entry, incident=structs.replace(before, **numbers))


def has_grown_much(entry: Entry, found: Incident) -> bool:
    """Whether what is open is by so much larger than people were told that this is news; three times at most."""
    more = found.size - (entry.size or entry.incident.size)
    is_main = key(entry.incident) == key(found)
    times = sum(each.reason == "larger" for each in entry.incident.decisions)
    return is_main and times < _TIMES and (more >= MUCH or (more >= LASTING and found.window_s >= _LASTS_S))


def is_larger(entry: Entry, found: Incident) -> bool:
    """Whether what came back is by so much larger than people know of it that it is news."""
    return found.size > LARGER * _known_size(entry, found)


def _known_size(entry: Entry, found: Incident) -> float:
    """How large people know it to be: the incident, or what joined it."""
    whole = entry.size or entry.incident.size
    if key(entry.incident) == key(found):
        return whole
    part = next((each for each in entry.incident.joined if key(each) == key(found)), None)
    return whole if part is None or not part.expected else part.size
