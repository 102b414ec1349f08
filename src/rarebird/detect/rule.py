"""What every rule shares: on which side of a level a reading stands, and the news when it changes sides.

The news of one rule alternate: fired, recovered, fired and so on, whatever the readings are.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

from msgspec import Struct

Direction = Literal["up", "down"]
Phase = Literal["fired", "recovered"]


class News(Struct, frozen=True):
    """A crossing that is worth telling."""

    metric: str
    direction: Direction
    """Where the reading went."""
    phase: Phase
    value: float
    limit: float
    """The level that was crossed."""
    moved: bool = False
    """Recovered because the limit has followed the reading, which is the usual now."""
    usual: float | None = None
    """What is usual, where the rule follows that."""


class Sample(NamedTuple):
    """A value of a metric, as a rule judges it."""

    value: float
    events: int = 0
    """Events that it rests on; 0 where nobody knows."""
    early: bool = False
    """Whether it is of the first hour, in which limits that follow the stream only move."""


class State(NamedTuple):
    """Where the readings of a rule stand."""

    side: int = 0
    """1 above, -1 below, 0 before the first reading that is clearly one of both."""
    usual: int = 0
    """The side that is no news."""
    limit: float = 0.0
    """Where a limit that moves stands."""
    above: int = 0
    """Readings above it in a row."""
    below: int = 0
    trend: float = 0.0
    """The trailing level of a limit that stands still meanwhile."""
    readings: int = 0
    """Those that rest on enough events."""
    excess: float = 0.0
    """Sum of how much further than by chance readings have strayed, squared."""
    learned: int = 0
    """Readings in it."""
    still: int = 0
    """Readings for which the limit stands still."""
    raised: int = 0
    """Readings for which the rule still asks for more."""

    @property
    def firing(self) -> bool:
        """Whether the news of it is open."""
        return self.side != self.usual


class Rule(Protocol):
    """A scan over readings: parameters in itself, all that changes in its state."""

    @property
    def metric(self) -> str:
        """The reading that it judges."""
        ...

    def blank(self) -> State:
        """The state before the first reading."""
        ...

    def step(self, state: State, sample: Sample) -> tuple[State, News | None]:
        """The state after a reading, and the news if there is one."""
        ...


Band = tuple[float, float]
"""The levels below and above which a reading changes sides."""


def side(before: int, value: float, band: Band) -> int:
    """The side of a reading: above the band, below it, and within it where it was before.

    >>> side(0, 5.0, (1.0, 2.0)), side(1, 1.5, (1.0, 2.0)), side(1, 0.5, (1.0, 2.0))
    (1, 1, -1)
    """
    low, high = band
    return 1 if value > high else -1 if value < low else before


def crossing(metric: str, states: tuple[State, State], value: float, band: Band) -> News | None:
    """The news of a step from one state to the next; None where the reading stays on its side."""
    before, after = states
    if not before.side or before.side == after.side:
        return None
    direction: Direction = "up" if after.side > 0 else "down"
    phase: Phase = "fired" if after.firing else "recovered"
    return News(metric, direction, phase, value, band[1] if after.side > 0 else band[0])
