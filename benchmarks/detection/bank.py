"""The bank of rarebird as a detector that can be measured here."""

from __future__ import annotations

import numpy as np

from benchmarks.detection.contract import Setting
from benchmarks.detection.regimes import START, WEEK
from benchmarks.detection.rhythm import ahead
from rarebird.detect.bank import Bank
from rarebird.model.clock import Zone

_WEEKS = 80


def bank(setting: Setting) -> Bank:
    """A new bank with one false alarm a week."""
    return Bank(budget=1.0, zone=_zone(setting.zone), watched=setting.watched)


def _zone(name: str) -> Zone:
    """The offsets of a time zone over the time of the worlds and some weeks before."""
    hours = np.arange(START - 10 * WEEK, START + _WEEKS * WEEK, 3_600)
    offset = np.array([60 * ahead(name, int(hour) // 3_600) for hour in hours], np.int64)
    first = np.flatnonzero(np.diff(offset, prepend=offset[0] - 1))
    return Zone(hours[first], offset[first])
