"""The homework's rule: the mean gap against a fixed 20 s."""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.detection.counts import totals
from benchmarks.detection.rivals.contract import Scores
from benchmarks.detection.world import World
from rarebird.detect.counts import Counts

_WINDOW: Final = 120


class Gap:
    """Seconds per event over the last two minutes; an alarm above 20, whatever that means for the stream."""

    name = "mean gap over 20 s"
    lead = _WINDOW
    fixed = 20.0

    def scores(self, world: World, counts: Counts) -> Scores:  # noqa: ARG002
        """One after each tick from the second minute on."""
        total = np.concatenate(([0], np.cumsum(totals(counts))))
        events = total[_WINDOW:] - total[:-_WINDOW]
        time = counts.start + np.arange(_WINDOW, counts.length + 1)
        return Scores(time, _WINDOW / np.maximum(events, 0.5))
