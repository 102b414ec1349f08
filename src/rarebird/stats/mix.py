"""The mix: shares of the categories that forget with a half-life, and how likely each event was under them."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.model.state import State
from rarebird.model.ticks import Cells, Ticks
from rarebird.stats.columns import edges, grown, ranked, trimmed

SMOOTHING: Final = 0.5
"""Events that every category is given beforehand, and so is the one that stands for all unseen (Krichevsky and
Trofimov 1981). docs/decisions/0003 compares it with others on recordings."""
_SCALE: Final = 24
FIXED: Final = 1 << 30
"""Surprisal is summed in units of 2**-30 bits, as integers: a sum that no order of adding changes."""


class Scored(NamedTuple):
    """How hard the events of some ticks were to expect."""

    bits: NDArray[np.float64]
    """Surprisal of each event, in the order of `Ticks.time`, shape (n,)."""
    total: int
    """Their sum in units of 1 / `FIXED` bits."""


class Mix:
    """Weights per category that halve every `half_life` ticks, as exact integers.

    An event of tick t weighs 2**(24 + (t mod h) / h), rounded; all weights are halved when t // h moves on, so that
    weights are 2**-24 exact and sums do not depend on how ticks are cut into steps. Read at the close of tick t,
    a weight divided by that of one event in tick t is the number of events with each one's age discounted.

    Memory: 9 bytes a category. Holds for up to 2**38 events within a half-life.
    """

    def __init__(self, half_life: int) -> None:
        self.half_life = half_life
        self.weights = np.zeros(0, np.int64)
        self.total = 0
        self.seen = np.zeros(0, np.bool_)
        self.known = 0
        self.tick: int | None = None

    def state(self) -> State:
        """The weights, and the tick as of which they are."""
        seen = trimmed(self.seen)
        return {
            "weights": self.weights[: len(seen)],
            "seen": seen,
            "total": self.total,
            "known": self.known,
            "tick": self.tick,
        }

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        self.weights, self.seen = state["weights"], state["seen"]
        self.total, self.known, self.tick = state["total"], state["known"], state["tick"]

    def step(self, ticks: Ticks) -> Scored:
        """Takes closed ticks in; the surprisal of each of their events under the mix at the close of the tick before.

        p(k) = (n_k + a) / (N + a (K + 1)) with n_k the discounted events of category k, N those of all, K the
        categories seen so far, a = 1/2; a category never seen has n_k = 0, so its p is small but never 0. Surprisal is
        -log2 p, in bits. Cost: about 50 ns an event.
        """
        cells = ticks.cells
        bits = np.empty(len(cells.tick))
        if len(cells.tick):
            top = int(cells.category[-1]) + 1
            self.weights, self.seen = grown(self.weights, top), grown(self.seen, top)
            epochs = cells.tick // self.half_life
            first, last = int(epochs.min()), int(epochs.max())
            for epoch in np.unique(epochs).tolist() if first != last else (first,):
                rows = (epochs == epoch).nonzero()[0] if first != last else slice(None)
                bits[rows] = self._epoch(epoch, cells.rows(rows))
        each = np.empty(len(ticks.time))
        each[ticks.order] = np.repeat(bits, cells.events)
        return Scored(each, int((np.rint(bits * FIXED).astype(np.int64) * cells.events).sum()))

    def _epoch(self, epoch: int, cells: Cells) -> NDArray[np.float64]:
        """The surprisal of the events of each cell, all within one half-life, whose weights are taken in."""
        self._age_to(epoch)
        ticks, of_tick = ranked(cells.tick)
        phase = (ticks - epoch * self.half_life) / self.half_life
        weight = np.rint(np.exp2(_SCALE + phase)).astype(np.int64)[of_tick] * cells.events
        bounds = edges(cells.category)
        first = bounds[:-1]
        upto = np.cumsum(weight) - weight
        own = self.weights[cells.category] + upto - np.repeat(upto[first], bounds[1:] - first)
        by_tick = np.zeros(len(ticks), np.int64)
        np.add.at(by_tick, of_tick, weight)
        total = self.total + np.cumsum(by_tick) - by_tick
        new = first[~self.seen[cells.category[first]]]
        known = self.known + np.searchsorted(np.sort(cells.tick[new]), ticks)
        unit = np.exp2(_SCALE + (ticks - 1 - epoch * self.half_life) / self.half_life)
        mass = total / unit + SMOOTHING * (known + 1)
        p = (own / unit[of_tick] + SMOOTHING) / mass[of_tick]
        self.weights[cells.category[first]] += np.add.reduceat(weight, first)
        self.total += int(by_tick.sum())
        self.seen[cells.category[new]] = True
        self.known += len(new)
        self.tick = int(ticks[-1])
        # Not -log2: that of 1 would be -0.
        bits: NDArray[np.float64] = 0.0 - np.log2(p)
        return bits

    def _age_to(self, epoch: int) -> None:
        """Halves the weights once for each half-life that has passed."""
        if self.tick is None:
            return
        passed = epoch - self.tick // self.half_life
        if passed > 0:
            self.weights >>= min(passed, 63)
            self.total = int(self.weights.sum())

    def probabilities(self, categories: NDArray[np.int32], tick: int) -> NDArray[np.float64]:
        """The probability of each of these categories for an event of the tick behind `tick`, as `step` defines it."""
        own = np.zeros(len(categories), np.int64)
        inside = categories < len(self.weights)
        own[inside] = self.weights[categories[inside]]
        return (own / self._unit(tick) + SMOOTHING) / (self.events(tick) + SMOOTHING * (self.known + 1))

    def events(self, tick: int) -> float:
        """How many events the mix rests on at the close of a tick, each discounted by its age."""
        return self.total / self._unit(tick)

    def _unit(self, tick: int) -> float:
        """The weight of an event of a tick, beside the weights as they are."""
        last = tick if self.tick is None else self.tick
        return math.exp2(_SCALE + tick / self.half_life - last // self.half_life)
