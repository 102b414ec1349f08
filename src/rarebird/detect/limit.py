"""A limit: news when a reading goes beyond it, and when it is back behind a recovery level of its own."""

from __future__ import annotations

from msgspec import Struct

from rarebird.detect.rule import Direction, News, Sample, State, crossing, side


class Limit(Struct, frozen=True):
    """Fires when a reading is beyond `fire`, recovers when it is back behind `recover`.

    Direction "up": beyond is above. Between the two levels nothing is news, so a reading that hovers at one of them
    tells at most one firing and one recovery.

    >>> rule = Limit("entropy_nats", "up", fire=3.0, recover=2.8)
    >>> state, told = rule.blank(), []
    >>> for value in (2.9, 3.1, 2.9, 3.1, 2.7):
    ...     state, news = rule.step(state, Sample(value))
    ...     told.append(news.phase if news else "-")
    >>> told
    ['-', 'fired', '-', '-', 'recovered']
    """

    metric: str
    direction: Direction
    fire: float
    recover: float

    def blank(self) -> State:
        """Behind the limit."""
        usual = -1 if self.direction == "up" else 1
        return State(side=usual, usual=usual)

    def step(self, state: State, sample: Sample) -> tuple[State, News | None]:
        """The state after a reading, and the news if there is one."""
        value = sample.value
        band = min(self.fire, self.recover), max(self.fire, self.recover)
        after = state._replace(side=side(state.side, value, band))
        return after, crossing(self.metric, (state, after), value, band)
