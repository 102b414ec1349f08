"""EARS C2 of outbreak detection: a bucket against the seven before the last two."""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.detection.counts import totals
from benchmarks.detection.rivals.contract import Scores
from benchmarks.detection.world import World
from rarebird.detect.counts import Counts

_BUCKET: Final = 60
_BASE: Final = 7
_GUARD: Final = 2


class Ears:
    """|y - mean| / sd, mean and standard deviation of seven buckets of 60 s, two buckets in between left out.

    Hutwagner, Thompson, Seeman, Treadwell (2003). Taken both ways, so that it can see a fall. The standard deviation is
    at least that of a mean of one event a bucket, so that seven equal buckets do not make it 0.
    """

    name = "EARS C2, 60 s"
    lead = 20 * _BUCKET
    fixed = None

    def scores(self, world: World, counts: Counts) -> Scores:  # noqa: ARG002
        """One after each bucket that has enough before it."""
        buckets = totals(counts, _BUCKET).astype(float)
        base = np.lib.stride_tricks.sliding_window_view(buckets, _BASE)[: -_GUARD - 1]
        spread = np.maximum(base.std(axis=1, ddof=1), 1.0)
        value = np.abs(buckets[_BASE + _GUARD :] - base.mean(axis=1)) / spread
        return Scores(counts.start + (np.arange(len(value)) + _BASE + _GUARD + 1) * _BUCKET, value)
