"""A G-test of the last 1,000 events against the mix that the season expects."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.rivals.contract import Scores
from benchmarks.detection.world import World
from rarebird.detect.counts import Counts

_EVENTS: Final = 1_000
_EACH: Final = 50
"""Events between scores."""
_CHUNK: Final = 20_000


class GTest:
    """G = 2 sum over k of n_k ln(n_k / (1000 p_k)), p the true mix at the time of the last event."""

    name = "G-test, 1,000 events"
    lead = 12 * 3_600
    fixed = None

    def scores(self, world: World, counts: Counts) -> Scores:
        """One after every 50 events."""
        tick = np.repeat(counts.tick, counts.events)
        category = np.repeat(counts.category, counts.events).astype(np.int64)
        blocks = len(tick) // _EACH
        cell = np.arange(blocks * _EACH) // _EACH * world.categories + category[: blocks * _EACH]
        each = np.bincount(cell, minlength=blocks * world.categories).reshape(blocks, world.categories)
        total = np.concatenate((np.zeros((1, world.categories), np.int64), each.cumsum(axis=0)))
        window = _EVENTS // _EACH
        last = tick[_EACH - 1 : blocks * _EACH : _EACH][window - 1 :]
        parts = [np.empty(0)]
        for at in range(0, len(last), _CHUNK):
            end = min(at + _CHUNK, len(last))
            events = total[at + window : end + window] - total[at:end]
            parts.append(self._g(world, events, last[at:end]))
        return Scores(last + 1, np.concatenate(parts))

    def _g(self, world: World, events: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float64]:
        minute, place = np.unique(last // 60, return_inverse=True)
        expected = _EVENTS * world.shares(minute)[place]
        return np.asarray(2 * (events * np.log(np.maximum(events, 1) / expected)).sum(axis=1))
