"""A recording through the bank: earthquakes of a month, by the network that reported them."""

from __future__ import annotations

import csv
import os
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.detection.contract import Maker, Setting
from benchmarks.detection.counts import Counts, count
from benchmarks.detection.told import Told, run

_HERE: Final = Path(__file__).resolve().parents[2]
RECORDINGS: Final = Path(os.environ.get("RAREBIRD_RECORDINGS") or _HERE.parent / "shared" / "data")
"""Where recordings lie; the same variable as for the tests."""
EARTHQUAKES: Final = "usgs-earthquakes-2020-01.csv"
_BLOCK: Final = 6 * 3_600


class Recording(NamedTuple):
    """Counts of a recording and the names of its categories."""

    counts: Counts
    names: list[str]


def earthquakes(path: Path = RECORDINGS / EARTHQUAKES) -> Recording:
    """The rows of the feed in order of time, from the second of the first to the second of the last."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(
            (int(datetime.fromisoformat(row["time"]).timestamp()), row["net"]) for row in csv.DictReader(file)
        )
    names = list(dict.fromkeys(net for _, net in rows))
    code = {net: place for place, net in enumerate(names)}
    tick = np.array([second for second, _ in rows], np.int64)
    category = np.array([code[net] for _, net in rows], np.int32)
    return Recording(count(tick, category, int(tick[0]), int(tick[-1]) + 1), names)


def _second(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def incidents(make: Maker, recording: Recording) -> list[Told]:
    """What is told of a recording from a cold start."""
    counts = recording.counts
    detector = make(Setting(len(recording.names)))
    blocks = (
        counts.within(first, min(first + _BLOCK, counts.end)) for first in range(counts.start, counts.end, _BLOCK)
    )
    told = run(detector, detector.blank(), blocks).told
    return [one._replace(category=_name(one.category, recording.names)) for one in told]


def _name(category: str, names: list[str]) -> str:
    return names[int(category)] if category.isdigit() else category
