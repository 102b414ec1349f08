"""Small recordings of our own, in the shape of the real ones that the project does not hold."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.simulate.world import World
from rarebird.simulate.write import write

START: Final = instant.parse("2017-03-19T12:11:10Z")
HOURS: Final = 0.32
RATE: Final = 1.2
"""With which the seed gives 1,401 messages and a mean gap of 2.10 s; the recording has 1,541 and 2.16 s."""
HEADER: Final = (
    "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type,horizontalError,depthError,"
    "magError,magNst,status,locationSource,magSource"
).split(",")
FIRST_QUAKE: Final = instant.parse("2019-12-29T00:00:00Z")
SWARM: Final = instant.parse("2020-01-06T10:32:00Z")
LAST_QUAKE: Final = instant.parse("2020-01-06T12:00:00Z")
PER_HOUR: Final = 17
"""The mean of the recording: 12,397 in 30 days."""
NETS: Final = {"ak": 0.22, "nc": 0.2, "ci": 0.17, "nn": 0.1, "us": 0.1, "pr": 0.08, "hv": 0.06, "uw": 0.03, "uu": 0.02}
"""What is left of the whole is of `mb`."""


def rsvps(path: Path) -> Path:
    """Nineteen minutes of RSVPs; the last line ends without a newline, as where a connection was cut between two."""
    write(World(RATE, 5, START), HOURS, str(path))
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    return path


def earthquakes(path: Path) -> Path:
    """Eight days of earthquakes, the newest first, with a swarm near Puerto Rico in the last hour and a half."""
    rows = sorted(_quakes(np.random.default_rng(3)), key=lambda row: str(row["time"]), reverse=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def _quakes(draws: np.random.Generator) -> Iterator[dict[str, Any]]:
    hours = (LAST_QUAKE - FIRST_QUAKE) / (3_600 * SECOND)
    names, shares = [*NETS, "mb"], [*NETS.values(), 1 - sum(NETS.values())]
    times = draws.integers(FIRST_QUAKE, LAST_QUAKE, draws.poisson(hours * PER_HOUR))
    nets = draws.choice(names, len(times), p=shares)
    for at, (time, net) in enumerate(zip(times, nets, strict=True)):
        yield _row(time, net, at, round(draws.exponential(0.9), 1))
    after = draws.integers(SWARM, LAST_QUAKE, 20)
    yield _row(SWARM, "pr", 10_000, 5.8)
    yield from (_row(time, "pr", 10_001 + at, 2.5) for at, time in enumerate(after))


def _row(time: int, net: str, number: int, magnitude: float) -> dict[str, Any]:
    said = instant.text(int(time) // 1_000 * 1_000).replace("000Z", "Z")
    place = "13km SSE of Indios, Puerto Rico" if net == "pr" else f"{number % 90}km N of Somewhere, {net.upper()}"
    return {
        "time": said,
        "mag": magnitude,
        "magType": "ml",
        "net": net,
        "id": f"{net}{number:08d}",
        "updated": said,
        "place": place,
        "type": "earthquake",
        "status": "automatic",
    }
