"""A benchmark that moves with the trend: a new level is told once, then it is the usual one."""

from __future__ import annotations

from msgspec import Struct

from rarebird.detect.rule import Band, Direction, News, Sample, State, crossing, side


class Trend(Struct, frozen=True):
    """The homework's threshold on the mean gap: it starts at 20 s and moves with the trend, news in both directions.

    After `up_after` readings in a row above it, it moves up by `move`; after `down_after` that are not, down, but
    never below `least`. A reading that passes it by more than `margin` of it, either way, is news, as with a
    benchmark. That it moves is none, but where a firing is open it recovers: the limit has followed the reading.

    >>> rule = Trend(up_after=2)
    >>> state, told = rule.blank(), []
    >>> for value in (15.0, 25.0, 26.0, 27.0):
    ...     state, news = rule.step(state, Sample(value))
    ...     told.append((news.phase, news.limit) if news else "-")
    >>> told, state.limit
    (['-', ('fired', 21.0), ('recovered', 30.0), '-'], 30.0)
    """

    metric: str = "mean_gap_s"
    start: float = 20.0
    move: float = 10.0
    up_after: int = 30
    down_after: int = 31
    least: float = 1.0
    margin: float = 0.05

    def blank(self) -> State:
        """The limit where it starts."""
        return State(limit=self.start)

    def step(self, state: State, sample: Sample) -> tuple[State, News | None]:
        """The state after a reading, and the news if there is one."""
        value = sample.value
        band = self._band(state.limit)
        now = side(state.side, value, band)
        above, below = (state.above + 1, 0) if value > state.limit else (0, state.below + 1)
        after = State(now, state.usual or now, state.limit, above, below)
        news = crossing(self.metric, (state, after), value, band)
        limit = self._moved(after)
        if limit == state.limit:
            return after, news
        return self._followed(value, limit), self._recovery(state, news, value, limit)

    def _band(self, limit: float) -> Band:
        return limit * (1 - self.margin), limit * (1 + self.margin)

    def _moved(self, state: State) -> float:
        if state.above >= self.up_after:
            return state.limit + self.move
        if state.below >= self.down_after:
            return min(state.limit, max(self.least, state.limit - self.move))
        return state.limit

    def _followed(self, value: float, limit: float) -> State:
        """Where a limit has moved, the side of the reading is the usual one."""
        now = side(0, value, self._band(limit))
        return State(now, now, limit)

    def _recovery(self, state: State, news: News | None, value: float, limit: float) -> News | None:
        """A firing that is open ends; one that would begin with this very reading is none."""
        if not state.firing:
            return None
        direction: Direction = "up" if limit > state.limit else "down"
        return news or News(self.metric, direction, "recovered", value, limit, moved=True)
