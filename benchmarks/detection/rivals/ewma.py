"""EWMA of the rate: events of the last 60 s, weighted exponentially, against the season."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.signal import lfilter

from benchmarks.detection.counts import end_of, totals
from benchmarks.detection.rivals.contract import Scores
from benchmarks.detection.world import World, minutes
from rarebird.detect.counts import Counts

_SPAN: Final = 60
"""Ticks over which a weight falls to 1/e."""


class Ewma:
    """|E - M| / sqrt(M / 120), E the smoothed count of a tick and M the smoothed expectation.

    The variance of a smoothed Poisson count is that of a tick times a / (2 - a), with a = 1 - e^(-1/60).
    """

    name = "EWMA of the rate, 60 s"
    lead = 3_600
    fixed = None

    def scores(self, world: World, counts: Counts) -> Scores:
        """One after each tick."""
        kept = float(np.exp(-1 / _SPAN))
        expected = np.repeat(world.usual(minutes(counts.start, end_of(counts))), 60)[counts.start % 60 :][
            : counts.length
        ]
        over = totals(counts) - expected
        smooth = lfilter([1 - kept], [1, -kept], over)
        spread = np.sqrt(expected * (1 - kept) / (1 + kept))
        return Scores(np.arange(counts.start, end_of(counts)) + 1, np.abs(smooth) / spread)
