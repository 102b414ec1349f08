"""River's ADWIN on the count of ten seconds over its season."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Final

import numpy as np

from benchmarks.detection.counts import end_of, totals
from benchmarks.detection.rivals.contract import Scores
from benchmarks.detection.world import World, minutes
from rarebird.detect.counts import Counts

_BUCKET: Final = 10
_POWERS: Final = (0.1, 0.3, 0.6, 1, 2, 4, 8, 16, 32, 64, 128, 256)
"""ADWIN's delta as -log10: its rate of false alarms hangs on it."""


class Adwin:
    """-log10 of the smallest delta whose window was cut; Bifet, Gavaldà (2007). Values are (n - m) / sqrt(m)."""

    name = "River's ADWIN"
    lead = 12 * 3_600
    fixed = None

    @staticmethod
    def is_there() -> bool:
        """Whether River is installed."""
        return find_spec("river") is not None

    def scores(self, world: World, counts: Counts) -> Scores:
        """One after each bucket."""
        skip = -counts.start % 60
        counts = counts.within(counts.start + skip, end_of(counts) // 60 * 60)
        expected = _BUCKET * np.repeat(world.usual(minutes(counts.start, end_of(counts))), 60 // _BUCKET)
        values = (totals(counts, _BUCKET) - expected) / np.sqrt(expected)
        windows = [import_module("river.drift").ADWIN(delta=10.0**-power) for power in _POWERS]
        found = np.zeros(len(values))
        for power, window in zip(_POWERS, windows, strict=True):
            for at, value in enumerate(values.tolist()):
                window.update(value)
                if window.drift_detected:
                    found[at] = power
        return Scores(counts.start + (np.arange(len(found)) + 1) * _BUCKET, found)
