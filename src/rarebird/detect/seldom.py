"""Categories that come so seldom that one event of theirs is news: the limit settles at about one a day."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.rare import Sighting
from rarebird.model.instant import SECOND
from rarebird.model.state import State
from rarebird.stats.columns import grown

HOUR: Final = 3600 * SECOND
_HALF_LIFE_H: Final = 168
"""After so many hours an event counts half: seldom is what comes less than about once a day, which days must show."""
_RULE: Final = "seldom: 1 a day"


class Seldom:
    """Tells events of categories of which, with all that come as seldom, at most one a day is expected together.

    How many those are is read from the counts of before this hour, as Good (1953) does it: of what came k times as much
    is to be expected as came with what was seen up to k + 1 times; so what was never seen is judged by what came once.
    In the first hour nothing is told. The first event of a category in an hour is told at once, the others of that hour
    together at its end. How events are cut into calls changes nothing.

    >>> seldom = Seldom()
    >>> hours = np.arange(72)
    >>> found = seldom.news(hours * HOUR, np.zeros(72, np.int32), np.zeros(72), 72 * HOUR)
    >>> found += seldom.news(np.full(3, 72 * HOUR), np.ones(3, np.int32), np.full(3, 9.0), 73 * HOUR)
    >>> [(one.time // HOUR, one.category, one.events, one.is_more) for one in found]
    [(72, 1, 1, False), (73, 1, 2, True)]
    """

    def __init__(self) -> None:
        self.events = 0
        self.found = 0
        self._hour: int | None = None
        self._since = 0
        self._weights = np.zeros(0)
        self._counts, self._bits = np.zeros(0, np.int64), np.zeros(0)
        self._settled = False
        self._limit = -1.0

    def news(
        self, time: NDArray[np.int64], category: NDArray[np.int32], bits: NDArray[np.float64], until: int
    ) -> list[Sighting]:
        """What is news of n events in order of time, and of hours that are over at `until`, µs UTC.

        `bits`: the surprisal of each event. Of one instant the most surprising comes first.
        """
        if self._hour is None:
            if not len(time):
                return []
            self._hour, self._since = int(time[0]) // HOUR, int(time[0]) // SECOND
        found: list[Sighting] = []
        begin = 0
        while True:
            end = int(np.searchsorted(time, (self._hour + 1) * HOUR))
            rows = slice(begin, end)
            found += self._within(time[rows], category[rows], bits[rows])
            begin = end
            if until < (self._hour + 1) * HOUR:
                self.found += len(found)
                return found
            found += self._rest()
            self._next_hour((int(time[begin]) if begin < len(time) else until) // HOUR)

    def _within(
        self, time: NDArray[np.int64], category: NDArray[np.int32], bits: NDArray[np.float64]
    ) -> list[Sighting]:
        """The first events of this hour, in order, of what comes seldom."""
        if not len(time):
            return []
        self.events += len(time)
        codes, first, events = np.unique(category, return_index=True, return_counts=True)
        size = int(codes[-1]) + 1
        self._weights, self._counts = grown(self._weights, size), grown(self._counts, size)
        self._bits = grown(self._bits, size)
        new = (self._counts[codes] == 0) & self._is_seldom(codes)
        self._counts[codes] += events
        self._bits[codes[new]] = bits[first[new]]
        rows = first[new]
        rows = rows[np.lexsort((-bits[rows], time[rows]))]
        return [
            Sighting(int(time[row]), int(category[row]), float(bits[row]), per_day=self._per_day(int(category[row])))
            for row in rows.tolist()
        ]

    def _rest(self) -> list[Sighting]:
        """At the end of this hour the other events of what comes seldom, the most surprising first."""
        codes = np.flatnonzero(self._counts > 1)
        codes = codes[self._is_seldom(codes)]
        codes = codes[np.argsort(-self._bits[codes], kind="stable")]
        assert self._hour is not None
        end = (self._hour + 1) * HOUR
        return [
            Sighting(end, code, float(self._bits[code]), int(self._counts[code]) - 1, is_more=True,
                     per_day=self._per_day(code))
            for code in codes.tolist()
        ]  # fmt: skip

    def _is_seldom(self, codes: NDArray[Any]) -> NDArray[np.bool_]:
        """Of categories by code, as it was settled before this hour."""
        return np.asarray(self._weights[codes] <= self._limit) & self._settled

    def _next_hour(self, hour: int) -> None:
        """Goes on with an hour, for which the limit is settled from all that came before."""
        assert self._hour is not None
        first = self._since // 3600
        age = self._hour - first
        self._weights += self._counts * 2.0 ** (age % _HALF_LIFE_H / _HALF_LIFE_H)
        self._counts[:] = 0
        # Exact, so that it does not matter how many hours pass at once.
        passed = (hour - first) // _HALF_LIFE_H - age // _HALF_LIFE_H
        if passed:
            self._weights = np.ldexp(self._weights, -passed)
        self._hour = hour
        self._settle()

    def _settle(self) -> None:
        days = self._days
        self._settled = (self._hour or 0) * 3600 - self._since >= 3600
        own = np.sort(self._weights[self._weights > 0])
        unit = self._unit
        expected = np.cumsum(own) / unit
        # Of each category, and of one never seen, what is expected of all as seldom: of those up to one event more.
        known = np.concatenate(([0.0], own))
        upto = np.searchsorted(own, known + unit, side="right")
        together = np.concatenate(([0.0], expected))[upto]
        fits = known[together <= days]
        self._limit = float(fits[-1]) if len(fits) else -1.0

    @property
    def _unit(self) -> float:
        """The weight of an event that comes now."""
        age = (self._hour or 0) - self._since // 3600
        return float(2.0 ** (age % _HALF_LIFE_H / _HALF_LIFE_H))

    @property
    def _days(self) -> float:
        """How long events were counted, each hour with the weight that its events have by now."""
        hours = (self._hour or 0) - self._since / 3600
        return _HALF_LIFE_H / float(np.log(2)) * (1 - float(2.0 ** (-hours / _HALF_LIFE_H))) / 24

    def _per_day(self, code: int) -> float:
        return float(self._weights[code]) / self._unit / self._days

    @property
    def share(self) -> float:
        """Lines for each event; 0 without events."""
        return self.found / self.events if self.events else 0.0

    def state(self) -> State:
        """All that it has learned."""
        return {
            "rule": repr(self),
            "events": self.events,
            "found": self.found,
            "hour": self._hour,
            "since": self._since,
            "weights": self._weights,
            "counts": self._counts,
            "bits": self._bits,
        }

    def restore(self, state: State) -> bool:
        """Takes a state in place of its own; False, and nothing else, where it is that of another rule."""
        if state["rule"] != repr(self):
            return False
        self.events, self.found = state["events"], state["found"]
        self._hour, self._since = state["hour"], state["since"]
        self._weights, self._counts, self._bits = state["weights"], state["counts"], state["bits"]
        if self._hour is not None:
            self._settle()
        return True

    def __repr__(self) -> str:
        return _RULE
