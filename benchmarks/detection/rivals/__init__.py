"""Rivals: what others would use, each with a limit of its own for one alarm a week."""

from __future__ import annotations

from benchmarks.detection.rivals.adwin import Adwin
from benchmarks.detection.rivals.contract import Rival
from benchmarks.detection.rivals.ears import Ears
from benchmarks.detection.rivals.ewma import Ewma
from benchmarks.detection.rivals.farrington import Farrington
from benchmarks.detection.rivals.gap import Gap
from benchmarks.detection.rivals.gtest import GTest


def rivals() -> list[Rival]:
    """All that can run here; ADWIN needs River."""
    return [Ewma(), Ears(), Farrington(), Gap(), GTest(), *([Adwin()] if Adwin.is_there() else [])]
