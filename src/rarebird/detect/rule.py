"""Rules: a reading against a limit, with news where it crosses and where it comes back."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from msgspec import Struct

Direction = Literal["up", "down"]


class News(Struct, frozen=True):
    """A crossing that is worth telling."""

    metric: str
    direction: Direction
    """Where the reading went."""
    phase: Literal["fired", "recovered"]
    value: float
    limit: float


class Limit(Struct, frozen=True):
    """Fires when a reading is beyond `fire`, recovers when it is back behind `recover`.

    Direction "up": beyond is above. Between the two levels nothing is news, so a reading that hovers at one of them
    tells at most one firing and one recovery.

    >>> rule = Limit("entropy", "up", fire=3.0, recover=2.8)
    >>> states = []
    >>> fired = False
    >>> for value in (2.9, 3.1, 2.9, 3.1, 2.7):
    ...     fired, news = rule.step(fired, value)
    ...     states.append(news.phase if news else "-")
    >>> states
    ['-', 'fired', '-', '-', 'recovered']
    """

    metric: str
    direction: Direction
    fire: float
    recover: float

    def step(self, fired: bool, value: float) -> tuple[bool, News | None]:
        """The state after a reading, and the news if there is one."""
        sign = 1 if self.direction == "up" else -1
        if not fired and sign * (value - self.fire) > 0:
            return True, News(self.metric, self.direction, "fired", value, self.fire)
        if fired and sign * (value - self.recover) < 0:
            return False, News(self.metric, _other(self.direction), "recovered", value, self.recover)
        return fired, None


class Moving(NamedTuple):
    """Where a moving limit stands."""

    limit: float
    above: int = 0
    """Readings above it in a row."""
    below: int = 0
    side: int = 0
    """1 above, -1 below, 0 before the first reading."""


class Trend(Struct, frozen=True):
    """The homework's threshold on the mean gap: it starts at 20 s and moves with the trend.

    After 30 readings in a row above, it moves up by 10 s; after 31 below, down by 10 s, but never below `least`. News
    is when a reading crosses it by more than `margin` of it, either way; that the limit itself moved is none.
    """

    metric: str = "mean_gap_s"
    start: float = 20.0
    move: float = 10.0
    up_after: int = 30
    down_after: int = 31
    least: float = 1.0
    margin: float = 0.05

    def blank(self) -> Moving:
        """The state before the first reading."""
        return Moving(self.start)

    def step(self, state: Moving, value: float) -> tuple[Moving, News | None]:
        """The state after a reading, and the news if there is one."""
        limit, above, below, side = state
        news = None
        now = 1 if value > limit * (1 + self.margin) else -1 if value < limit * (1 - self.margin) else side
        if side and now != side:
            direction: Direction = "up" if now > 0 else "down"
            news = News(self.metric, direction, "fired" if now > 0 else "recovered", value, limit)
        above, below = (above + 1, 0) if value > limit else (0, below + 1)
        if above > self.up_after - 1:
            limit, above, now = limit + self.move, 0, 0
        elif below > self.down_after - 1:
            limit, below, now = max(self.least, limit - self.move), 0, 0
        return Moving(limit, above, below, now), news


BENCHMARK: Final = 0.15
"""The share that the homework's watched set is held against."""


def _other(direction: Direction) -> Direction:
    return "down" if direction == "up" else "up"
