"""A benchmark: a level that is news when it is crossed, either way."""

from __future__ import annotations

from msgspec import Struct

from rarebird.detect.rule import News, Sample, State, crossing, side


class Benchmark(Struct, frozen=True):
    """The side on which the first reading stands is the usual one: leaving it fires, coming back recovers.

    A reading has to pass the level by `band` to change sides, so one that hovers there tells nothing.

    >>> rule = Benchmark("watched_share", level=0.15, band=0.01)
    >>> state, told = rule.blank(), []
    >>> for value in (0.50, 0.145, 0.13, 0.155, 0.17):
    ...     state, news = rule.step(state, Sample(value))
    ...     told.append((news.phase, news.direction) if news else "-")
    >>> told
    ['-', '-', ('fired', 'down'), '-', ('recovered', 'up')]
    """

    metric: str
    level: float
    band: float

    def blank(self) -> State:
        """On neither side."""
        return State()

    def step(self, state: State, sample: Sample) -> tuple[State, News | None]:
        """The state after a reading, and the news if there is one."""
        value = sample.value
        band = self.level - self.band, self.level + self.band
        now = side(state.side, value, band)
        after = state._replace(side=now, usual=state.usual or now)
        return after, crossing(self.metric, (state, after), value, band)
