"""What a detector told over a stretch of time: each incident once, and the time with one open."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.detection.contract import Detector, Incident, category, identity, name
from rarebird.detect.counts import Counts


class Told(NamedTuple):
    """An incident as it was last told. Instants are in seconds since 1970."""

    name: str
    category: str
    began: float
    detected: float
    ended: float | None

    def line(self) -> str:
        """For people.

        >>> Told("rate up", "", 60, 90, 190).line()
        '1970-01-01T00:01:30 rate up, began 30 s before, open for 100 s'
        """
        lasted = "still open" if self.ended is None else f"open for {self.ended - self.detected:,.0f} s"
        what = f"{self.name} {self.category}".strip()
        before = self.detected - self.began
        return f"{np.datetime64(int(self.detected), 's')} {what}, began {before:,.0f} s before, {lasted}"


class Run(NamedTuple):
    """What stepping over a stretch brought."""

    state: Any
    told: list[Told]
    seconds: float
    """What the steps took of the processor."""


def run(detector: Detector, state: Any, blocks: Iterable[Counts]) -> Run:
    """Steps over all blocks."""
    incidents: list[Incident] = []
    took = 0.0
    for counts in blocks:
        begin = time.process_time()
        state, found = detector.step(state, counts)
        took += time.process_time() - begin
        incidents.extend(found)
    return Run(state, once(incidents), took)


def once(incidents: Iterable[Incident]) -> list[Told]:
    """Each incident once, in the order of detection, from when it was first told to how it ended."""
    told: dict[Any, Told] = {}
    for one in incidents:
        new = Told(name(one), category(one), one.began, one.detected, None)
        told[identity(one)] = told.get(identity(one), new)._replace(ended=one.ended)
    return sorted(told.values(), key=lambda one: one.detected)


def open_seconds(told: Iterable[Told], start: float, end: float) -> float:
    """Seconds of [start, end) in which at least one incident was open, from its detection to its end.

    >>> open_seconds([Told("a", "", 0, 1, 4), Told("b", "", 0, 3, 6), Told("c", "", 0, 9, None)], 0, 10)
    6.0
    """
    total, reached = 0.0, start
    for one in sorted(told, key=lambda one: one.detected):
        first, last = max(one.detected, reached), min(end if one.ended is None else one.ended, end)
        total += max(last - first, 0.0)
        reached = max(reached, last)
    return float(total)
