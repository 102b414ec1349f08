"""What the bank tells: an alarm and the numbers that explain it."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["rate", "mix", "event", "silence"]
Direction = Literal["up", "down", "even", "concentrated"]
Turned = Literal["", "up", "down", "silence"]


class Contribution(NamedTuple):
    """What a category has to do with it."""

    category: int | None
    """None: all that are not named."""
    events: float
    """Events in the window beyond those expected."""


class Finding(NamedTuple):
    """An incident as it begins, and once more when it is over. Instants are in s since 1970."""

    id: int
    """Counted from 1 in each stream."""
    kind: Kind
    direction: Direction
    family: str
    """Whose evidence it was."""
    category: int | None
    """Its code, where it is about one."""
    began: int
    """When the change is estimated to have begun."""
    detected: int
    ended: int | None
    lasting: bool
    """Over because what changed has become the usual."""
    score: float
    """How far the evidence was over the limit, nats."""
    part: float
    """Of the budget, that of the family."""
    chance: float
    """How often a week chance alone brings as much, in the whole bank."""
    events: int
    """Events in the window from `began` to `detected`: of all, or of the category."""
    expected: float
    low: float
    high: float
    """Where 95 of 100 such counts lie when nothing has changed."""
    whole: float
    """What the contributions add up to: for a rate, events beyond those expected; 0 for a mix."""
    contributions: tuple[Contribution, ...]
    """The largest first."""
    turned: Turned = ""
    """Over because the whole stream turned into this, which is an incident of its own; empty where it did not."""
    grown: int = 0
    """When the window of its numbers begins, where it grew after it was found; else 0: with `began`."""

    lifted: tuple[int, float] = (0, 0.0)
    """Events of all in the window, and those expected, where the category makes the rate depart; 0 of 0 else."""

    @property
    def since(self) -> int:
        """When the window of its numbers begins."""
        return self.grown or self.began

    @property
    def factor(self) -> float:
        """Now over expected, of counts that are never taken for 0."""
        return (self.events + 0.5) / (self.expected + 0.5)
