"""An adaptive threshold: a reading is news when it strays from the last hour by more than chance makes it stray."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import Final

from msgspec import Struct

from rarebird.detect.rule import Direction, News, Phase, Sample, State

MEMORY_S: Final = 3600
"""How far back the level looks, s. Three hours bring 10 to 17 other firings in six quiet days, one hour 1 or 2."""
STANDS_S: Final = 7200
"""How long the limit stands still while the rule fires, s: at 1 event a second a doubling of 20 min fires once in 6 of
6 runs then, and in 4 of 6 where the limit goes on moving."""
LEAST_READINGS: Final = 200
"""Readings that must rest on enough events before anything fires."""
_DAY_S: Final = 86_400
_PRIOR_S: Final = 3600
"""As if so many readings had strayed as chance alone makes them."""
_RAISED: Final = 1.0
"""By how many deviations a firing raises the margin, which falls back within a day."""
_WIDEST: Final = 0.9
"""Of a margin below a level that is divided by: a tenth of the events is news at any rate."""
_ENOUGH: Final = 20
"""Events of a mean gap: with fewer, three times as many are no news yet."""


class Adaptive(Struct, frozen=True):
    """Follows a level by its trailing hour, and fires where a reading leaves it, either way, by more than a margin.

    The margin is `deviations` times how far readings stray: by chance, from the events that they rest on, and beyond
    that as this stream has strayed in the last day; at least `factor` of a mean gap. It recovers at the part `recover`
    of the margin. While it fires the limit stands still, at most two hours; then it follows and recovers as moved. For
    a day after a firing it asks for up to one deviation more, so that chance fires it once a day at most. The
    deviations of each metric were chosen on quiet days and changes of the simulated world (docs/decisions/0021).

    >>> rule = Adaptive("mean_gap_s", start=20.0, factor=1.5, deviations=4.0)
    >>> state, found = rule.blank(), []
    >>> for value in [1.0] * 4000 + [0.5] * 100 + [1.0] * 100:
    ...     state, news = rule.step(state, Sample(value, round(120 / value), early=False))
    ...     found += [(news.phase, news.direction, round(news.usual, 1))] if news else []
    >>> found
    [('fired', 'down', 1.0), ('recovered', 'up', 1.0)]
    """

    metric: str
    deviations: float
    start: float | None = None
    """Where the level starts; at the first reading unless set."""
    factor: float = 1.0
    recover: float = 0.35
    least: int = _ENOUGH
    """Events that a reading must rest on to be judged."""

    def blank(self) -> State:
        """The level where it starts."""
        level = 0.0 if self.start is None else self._scaled(self.start)
        return State(limit=level, trend=level)

    def step(self, state: State, sample: Sample) -> tuple[State, News | None]:
        """The state after a reading, and the news if there is one."""
        value = self._scaled(sample.value)
        if not state.readings and self.start is None:
            state = state._replace(limit=value, trend=value)
        events = self._events(state, value, sample.events)
        if events < self.least:
            return state, None
        chance = self._chance(state.limit, events)
        off = self._off(value, state.limit)
        margin = self._margin(state, chance, above=off > 0)
        after, news = self._judged(state, sample, off, margin)
        if not sample.early and not after.side:
            after = _learned(after, off**2 - chance**2)
        return self._followed(after, value), news

    def margins(self, state: State, events: int) -> tuple[float, float]:
        """Below and above which values a reading that rests on so many events fires, as readings are written.

        >>> Adaptive("entropy_nats", 4.0).margins(State(limit=3.0), 1600)
        (2.9, 3.1)
        """
        chance = self._chance(state.limit, max(events, 1))
        down, up = (self._margin(state, chance, above=above) for above in (False, True))
        ends = self._value(state.limit, -down), self._value(state.limit, up)
        return min(ends), max(ends)

    def level(self, state: State) -> float:
        """What is usual, as readings are written."""
        return self._value(state.limit, 0.0)

    def _judged(self, state: State, sample: Sample, off: float, margin: float) -> tuple[State, News | None]:
        if state.side:
            if off * state.side >= self.recover * margin:
                return state._replace(still=state.still + 1), None
            moved = state.still >= STANDS_S
            news = self._news(state, sample.value, "recovered", state.side * self.recover * margin, moved=moved)
            return state._replace(side=0, still=0, trend=state.trend if moved else state.limit), news
        if abs(off) <= margin or sample.early or state.readings < LEAST_READINGS:
            return state, None
        side = 1 if off > 0 else -1
        news = self._news(state, sample.value, "fired", side * margin)
        return state._replace(side=side, raised=_DAY_S), news

    def _news(self, state: State, value: float, phase: Phase, off: float, *, moved: bool = False) -> News:
        rises = (off > 0) != self._is_gap
        direction: Direction = "up" if rises == (phase == "fired") else "down"
        usual = self.level(state)
        return News(self.metric, direction, phase, value, self._value(state.limit, off), moved, usual)

    def _followed(self, state: State, value: float) -> State:
        """The trend follows at once, weighted as a mean of the first hours; the limit unless it stands still."""
        part = max(1 / MEMORY_S, 2 / (state.readings + 3))
        trend = state.trend + part * (value - state.trend)
        stands = state.side and state.still < STANDS_S
        limit = state.limit if stands else trend
        raised = max(0, state.raised - 1)
        return state._replace(trend=trend, limit=limit, readings=state.readings + 1, raised=raised)

    def _margin(self, state: State, chance: float, *, above: bool) -> float:
        known = _PRIOR_S + state.learned
        stray = sqrt(max(chance * chance + state.excess / known, chance * chance * _PRIOR_S / known))
        margin = (self.deviations + _RAISED * state.raised / _DAY_S) * stray
        least = self.factor - 1 if above else 1 - 1 / self.factor
        margin = max(margin, least)
        return min(margin, _WIDEST) if self._is_gap and not above else margin

    def _events(self, state: State, value: float, events: int) -> float:
        """Those that a reading rests on; of a mean gap at its level those that a window holds then."""
        if not self._is_gap or state.readings < LEAST_READINGS:
            return events
        return events * exp(value - state.limit)

    def _chance(self, level: float, events: float) -> float:
        """How far chance alone makes a reading stray: one standard deviation, in the scale of `_off`.

        Of a mean gap that of a Poisson count beside it, of a share that of a binomial one; of entropy that of -ln p
        over the events, whose own deviation is about 1 nat (1.05 over the US states).
        """
        if self.metric == "watched_share":
            return sqrt(max(level * (1 - level), 1e-4) / events)
        return 1 / sqrt(events)

    def _off(self, value: float, level: float) -> float:
        """How far a reading is from the level: of a mean gap, the surplus of events as a part of the usual."""
        return exp(level - value) - 1 if self._is_gap else value - level

    def _scaled(self, value: float) -> float:
        return log(max(value, 1e-9)) if self._is_gap else value

    def _value(self, level: float, off: float) -> float:
        return exp(level) / (1 + off) if self._is_gap else level + off

    @property
    def _is_gap(self) -> bool:
        return self.metric == "mean_gap_s"


def _learned(state: State, excess: float) -> State:
    """How much further than by chance readings stray: a mean of the first day, then of the last one."""
    if state.learned < _DAY_S:
        return state._replace(excess=state.excess + excess, learned=state.learned + 1)
    return state._replace(excess=state.excess + excess - state.excess / _DAY_S)
