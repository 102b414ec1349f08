"""An incident: something out of the ordinary, with the numbers that explain it."""

from __future__ import annotations

import math
from typing import Literal

from msgspec import Struct

Kind = Literal["rate", "mix", "event", "silence"]
Direction = Literal["up", "down", "even", "concentrated"]
Turned = Literal["", "up", "down", "silence", "unfollowed"]
Phase = Literal["pending", "firing", "recovering", "resolved"]
Reason = Literal[
    "began", "again", "larger", "reopened", "over", "lasting", "unfollowed",
    "joined", "grown", "recovering", "returned", "known",
    "pending", "brief", "muted", "old", "open",
]  # fmt: skip
"""Why it is notified, or is not: docs/incidents.md."""
Tells = Literal["message", "edit", "nothing"]
"""People get a message of their own; what they got is changed where a service can; they get nothing."""


class Contribution(Struct, frozen=True):
    """What a category has to do with it."""

    category: str | None
    """None: all that are not named."""
    events: float
    """Events in the window beyond those expected; below 0 where some are missing."""


class Joined(Struct, frozen=True):
    """What was found beside an incident and has the same cause. Instants are µs UTC."""

    kind: Kind
    direction: Direction
    family: str
    category: str | None
    detected: int
    began: int = 0
    events: int = 0
    """Events from `began` to `detected`, as of an incident."""
    expected: float = 0.0
    """Those expected; 0 where that is not known."""

    @property
    def size(self) -> float:
        """How large it was as it joined: see `Incident.size`."""
        return abs(math.log((self.events + 0.5) / (self.expected + 0.5)))


class DecisionRecord(Struct, frozen=True):
    """A decision that was taken of an incident."""

    time: int
    """When, event time, µs UTC."""
    reason: Reason
    tells: Tells


class Incident(Struct, frozen=True, kw_only=True):
    """An incident as it begins, as it goes on, or as it is over. Instants are µs UTC.

    The window reaches from `since` to `detected`; the contributions add up to `whole`.
    """

    id: int
    """Counted from 1 in each watch."""
    kind: Kind
    direction: Direction
    family: str
    """Whose evidence it was."""
    category: str | None
    """Where it is about one."""
    began: int
    """When the change is estimated to have begun."""
    detected: int
    """The end of the tick with which it was told."""
    ended: int | None
    lasting: bool
    """Over because what changed has become the usual, rather than because it went back."""
    score: float
    """How far the evidence was over the limit, nats."""
    budget_share: float
    """The part of the false-alarm budget that its family has."""
    chance_per_week: float
    """How often a week chance alone brings as much evidence as was there when it was found, over all families, by the
    fitted tail. An alarm begins as the budget is spent, so this is nearly the budget however large the change grows:
    no measure of how rare it is, and not shown to people (docs/decisions/0015)."""
    events: int
    """Events in the window: of all, of the category, of the watched ones, or of those that gained."""
    expected: float
    """Those expected."""
    low: float
    high: float
    """Where 95 of 100 such counts lie when nothing has changed."""
    whole: float
    """Events beyond those expected: of a rate or a silence; 0 where only the mix changed."""
    contributions: tuple[Contribution, ...]
    """The largest first."""
    phase: Phase = "firing"
    opened: int = 0
    """When it was first detected; `detected` is that of its latest return. 0 for what detection has found just now."""
    reopened: int = 0
    """How often it came back after it was told to be over."""
    joined: tuple[Joined, ...] = ()
    """What else was found of the same cause, the first first."""
    muted: str = ""
    """The mute that keeps it from being told, as it was written; empty where it is told."""
    acknowledged: str = ""
    """Who has said that somebody looks after it; empty where nobody has."""
    course: tuple[int, ...] = ()
    """Events of all, or of its category, in equal spans up to when it was detected; empty where unknown."""
    course_s: int = 0
    """The length of all these spans together, s."""
    title: str = ""
    """What the event is called, where it is about a single one and that is known."""
    link: str = ""
    """Where one can read of it, as the stream says."""
    feedback: str = ""
    """What was said of it: expected, too sensitive or real; empty where nothing was."""
    returned: int = 0
    """How often a total silence came back since `opened`, whether or not it was said to be over; else 0."""
    decisions: tuple[DecisionRecord, ...] = ()
    """What was decided of it, the latest last; the oldest are left out where there were many."""
    turned: Turned = ""
    """Over because the whole stream turned into this, an incident of its own, rather than back to the usual; or
    `unfollowed`, as an earlier version followed it and this one could not go on."""
    lifted: Joined | None = None
    """The rate, where the category makes it depart, and that has not been found by itself."""
    grown: int = 0
    """When the window of its numbers begins, where it grew after it was found; else 0: with `began`."""

    @property
    def key(self) -> str:
        """By which services know it again, also from that of the same number after the watch was begun anew."""
        return f"{self.id} {self.opened or self.detected}"

    @property
    def window_s(self) -> float:
        """The length of the window, s."""
        return (self.detected - self.since) / 1_000_000

    @property
    def since(self) -> int:
        """When the window of its numbers begins."""
        return self.grown or self.began

    @property
    def size(self) -> float:
        """How large it is: the logarithm of events over those expected, without its sign."""
        return abs(math.log((self.events + 0.5) / (self.expected + 0.5)))
