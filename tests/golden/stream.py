"""The stream of the golden stores: what a simulated world sends, with as few fields as a watch needs."""

from __future__ import annotations

import json
from typing import Final

from rarebird.model.instant import SECOND
from rarebird.simulate.change import parse_all
from rarebird.simulate.world import World

START: Final = 1_772_409_600 * SECOND
"""2026-03-02T00:00:00Z, a Monday."""
DAY: Final = 86_400 * SECOND
FIRST: Final = 2
HISTORY: Final = 10
"""Days after which what is kept of the stream begins, and its history ends; then the next day comes."""
RATE: Final = 0.04
SEED: Final = 14
STATES: Final = frozenset("CA NY TX FL IL WA".split())
"""A store of all states would be larger than a golden file may be."""
CHANGES: Final = (
    "silence@60h+2h",
    "rate@108h+2h:4",
    "surge@156h+2h:CA:7",
    "rate@180h+2h:3",
    "surge@206h+2h:TX:9",
    "surge@221h+3h:NY:14",
    # Goes on over the last midnight of the history.
    "rate@238h+210m:4",
    "silence@250h+2h",
    "surge@256h+2h:WA:60",
)
"""Of these the last two happen on the next day."""


def lines(begin: int, end: int) -> bytes:
    """What comes from one instant to another, µs UTC: JSON lines with time (s), state and id."""
    world = World(RATE, SEED, START, parse_all(CHANGES))
    found = []
    for chunk in world.lines(begin, end):
        for line in map(json.loads, chunk.lines):
            group = line["group"]
            if group["group_country"] == "us" and group["group_state"] in STATES:
                event = {
                    "time": line["mtime"] / 1000,
                    "state": group["group_state"],
                    "id": f"{line['rsvp_id']}{line['response'][0]}",
                }
                found.append(json.dumps(event, separators=(",", ":")).encode() + b"\n")
    return b"".join(found)
