"""A detector that is simple enough to know what it must tell."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from benchmarks.detection.contract import Setting
from benchmarks.detection.counts import end_of
from rarebird.detect.counts import Counts


class Alarm(NamedTuple):
    began: float
    detected: float
    ended: float | None
    kind: str = "silence"
    category: int | None = None


class Quietness:
    """Tells of `limit` ticks without events in a row, and when there is one again."""

    def __init__(self, setting: Setting, limit: int = 12) -> None:
        self.categories, self.limit = setting.categories, limit

    def blank(self) -> list[float]:
        return [math.inf, 0.0]  # the last tick with an event, and when the open incident was detected

    def step(self, state: list[float], ticks: Counts) -> tuple[list[float], list[Alarm]]:
        told = []
        for tick in [*ticks.tick[np.diff(ticks.tick, prepend=-1) > 0].tolist(), None]:
            last, detected = state
            until = end_of(ticks) if tick is None else tick
            if not detected and until - last > self.limit:
                state[1] = detected = last + 1 + self.limit
                told.append(Alarm(last + 1, detected, None))
            if tick is not None:
                if detected:
                    told.append(Alarm(last + 1, detected, tick + 1))
                state[:] = [tick, 0.0]
        return state, told
