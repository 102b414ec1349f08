"""A recording through the bank: earthquakes of a month, by the network that reported them."""

from __future__ import annotations

import csv
import os
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.detection.contract import Maker, Setting
from benchmarks.detection.counts import count, pieces
from benchmarks.detection.told import Told, run
from rarebird.detect.counts import Counts

_HERE: Final = Path(__file__).resolve().parents[2]
RECORDINGS: Final = Path(os.environ.get("RAREBIRD_RECORDINGS") or _HERE.parent / "shared" / "data")
"""Where recordings lie; the same variable as for the tests."""
EARTHQUAKES: Final = "usgs-earthquakes-2020-01.csv"
_BLOCK: Final = 6 * 3_600
_AFTER: Final = 1_800


class Quake(NamedTuple):
    """A row of the feed."""

    second: int
    net: str
    place: str
    magnitude: float


class Recording(NamedTuple):
    """The rows in order of time, the names of their networks in order of first sight, and their counts."""

    rows: list[Quake]
    names: list[str]
    counts: Counts

    def about(self, told: Told) -> str:
        """What the recording has between the begin of an incident and half an hour after its detection.

        The number of earthquakes (of its network, if it is about one), the region named most, and the strongest.
        """
        own = [
            row
            for row in self.rows
            if told.began <= row.second < told.detected + _AFTER and told.category in ("", row.net)
        ]
        if not own:
            return "none"
        (region, number), *_ = Counter(row.place.rpartition(" of ")[2] for row in own).most_common(1)
        strongest = max(own, key=lambda row: row.magnitude)
        return (
            f"{len(own)} earthquakes, {number} of them {region}; strongest {strongest.magnitude:g}, {strongest.place}"
        )


def earthquakes(path: Path = RECORDINGS / EARTHQUAKES) -> Recording:
    """The feed, which has the newest first, in order of time."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(
            Quake(_second(row["time"]), row["net"], row["place"], float(row["mag"] or "nan"))
            for row in csv.DictReader(file)
        )
    names = list(dict.fromkeys(row.net for row in rows))
    code = {net: place for place, net in enumerate(names)}
    tick = np.array([row.second for row in rows], np.int64)
    category = np.array([code[row.net] for row in rows], np.int32)
    return Recording(rows, names, count(tick, category, int(tick[0]), int(tick[-1]) + 1))


def _second(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def incidents(make: Maker, recording: Recording) -> list[Told]:
    """What is told of a recording from a cold start."""
    detector = make(Setting(len(recording.names)))
    told = run(detector, detector.blank(), pieces(recording.counts, _BLOCK)).told
    return [one._replace(category=_name(one.category, recording.names)) for one in told]


def _name(category: str, names: list[str]) -> str:
    return names[int(category)] if category.isdigit() else category
