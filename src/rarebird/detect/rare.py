"""Rare: single events that were hard to expect, by the probability of their category."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rarebird.model.state import State
from rarebird.stats.columns import grown


class Sighting(NamedTuple):
    """News of an event that was hard to expect, or of several of its category."""

    time: int
    """Of the event, or when it was told of several, µs UTC."""
    category: int
    """Its code."""
    bits: float
    """The surprisal of the first of them."""
    events: int = 1
    is_more: bool = False
    """Whether these came beside the first one, in the same hour."""
    share: float | None = None
    """On which share of events a threshold that stands still alerts so far."""
    per_day: float | None = None
    """How often events of the category came a day before, where that is known."""


class Singles(Protocol):
    """A rule for single events at work over the events of a stream."""

    @property
    def events(self) -> int:
        """Those that it has judged."""
        ...

    @property
    def found(self) -> int:
        """How many of them, or lines of several, were news."""
        ...

    @property
    def share(self) -> float:
        """The share of events that were news; 0 without events."""
        ...

    def news(
        self, time: NDArray[np.int64], category: NDArray[np.int32], bits: NDArray[np.float64], until: int
    ) -> list[Sighting]:
        """What is news of n events in order of time, each with its surprisal, in ticks up to `until`, µs UTC."""
        ...

    def state(self) -> State:
        """All that it has learned, and of which rule."""
        ...

    def restore(self, state: State) -> bool:
        """Takes a state in place of its own; False, and nothing else, where it is that of another rule."""
        ...


class Rare(Struct, frozen=True):
    """An event whose category has a probability below `fire` is news.

    So is each later one of that category until one of them has a probability of at least `recover`: a category
    whose probability hovers at the level is not news now and usual then.

    >>> rule, state = Rare(fire=0.05, recover=0.06), np.zeros(0, np.bool_)
    >>> state, told = rule.step(state, np.array([7, 3, 7, 7, 7], np.int32), np.array([0.04, 0.5, 0.055, 0.07, 0.055]))
    >>> told.tolist()
    [True, False, True, False, False]
    """

    fire: float
    recover: float

    def step(
        self, state: NDArray[np.bool_], category: NDArray[np.int32], p: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """The state after n events in order, and which of them are news, shape (n,).

        `state` says of each category by its code whether it is out of the ordinary; `category` and `p` are the code
        and the probability of each event, shape (n,).
        """
        if not len(category):
            return state, np.empty(0, np.bool_)
        state = grown(state, int(category.max()) + 1).copy()
        order = np.argsort(category, kind="stable")
        code, chance = category[order], p[order]
        mark = np.where(chance < self.fire, 1, np.where(chance >= self.recover, -1, 0))
        opens = np.diff(code, prepend=-1) != 0
        mark = np.where(opens & (mark == 0), np.where(state[code], 1, -1), mark)
        # Each event takes the last mark at or before it; the first of a category always has one.
        at = np.maximum.accumulate(np.where(mark != 0, np.arange(len(mark)), 0))
        told = np.empty(len(mark), np.bool_)
        told[order] = mark[at] > 0
        closes = np.append(opens[1:], True)
        state[code[closes]] = mark[at][closes] > 0
        return state, told


class Sightings:
    """The rule at work over the events of a stream, and how many of them were news.

    >>> sightings = Sightings(Rare(fire=0.05, recover=0.06))
    >>> rows, share = sightings.take(np.array([3, 7, 3, 3], np.int32), np.array([1.0, 6.0, 1.0, 1.0]))
    >>> rows.tolist(), share.tolist(), sightings.share
    ([1], [0.5], 0.25)
    """

    def __init__(self, rule: Rare) -> None:
        self.rule = rule
        self.events = 0
        self.found = 0
        self._state = np.zeros(0, np.bool_)

    def take(
        self, category: NDArray[np.int32], surprisal_bits: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The rows of those among n events in order that are news, and the share of news up to each of them.

        Both columns have shape (n,). How the events are cut into calls changes nothing.
        """
        self._state, told = self.rule.step(self._state, category, np.exp2(-surprisal_bits))
        rows = np.flatnonzero(told)
        share = (self.found + 1 + np.arange(len(rows))) / (self.events + 1 + rows)
        self.events += len(told)
        self.found += len(rows)
        return rows, share

    def news(
        self, time: NDArray[np.int64], category: NDArray[np.int32], bits: NDArray[np.float64], until: int
    ) -> list[Sighting]:
        """What is news of n events in order, each told for itself."""
        del until
        rows, shares = self.take(category, bits)
        columns = time[rows], category[rows], bits[rows], shares
        each = zip(*(column.tolist() for column in columns), strict=True)
        return [Sighting(at, code, own, share=share) for at, code, own, share in each]

    def state(self) -> State:
        """All that it has learned, and of which rule."""
        return {"rule": repr(self.rule), "events": self.events, "news": self.found, "unusual": self._state}

    def restore(self, state: State) -> bool:
        """Takes a state in place of its own; False, and nothing else, where it is that of another rule."""
        if state["rule"] != repr(self.rule):
            return False
        self.events, self.found, self._state = state["events"], state["news"], state["unusual"]
        return True

    def __repr__(self) -> str:
        return repr(self.rule)

    @property
    def share(self) -> float:
        """The share of events that were news; 0 without events."""
        return self.found / self.events if self.events else 0.0
