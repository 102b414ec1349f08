"""Live: 20,000 messages a second over a WebSocket for a minute."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any, NamedTuple
from urllib.request import urlopen

import numpy as np

from benchmarks.child import Child, child
from benchmarks.section import Section, table
from benchmarks.start import PROGRAM
from rarebird.simulate import rhythm
from rarebird.source.presets import MEETUP

ABOUT = "20,000 messages a second over a loopback WebSocket for a minute"
_WANTED = 20_000
_MINUTE_S = 60
_SETTLING_S = 5
_EVERY_S = 1.0
_LAST = 10


class Look(NamedTuple):
    """What was seen at one moment."""

    clock: float
    read: int
    behind_s: float
    """Arrival clock less watermark, and less the allowed lateness."""
    watching: float
    """Processor time, s."""
    serving: float


def run() -> Section:
    looks = _looks()
    first, last = looks[0], looks[-1]
    took = last.clock - first.clock
    behind = [look.behind_s for look in looks]
    rows = [
        ["messages read", f"{last.read - first.read:,} in {took:.1f} s"],
        ["messages a second", f"{(last.read - first.read) / took:,.0f}"],
        [f"behind, s, first {_LAST} looks, median", f"{statistics.median(behind[:_LAST]):.2f}"],
        [f"behind, s, last {_LAST} looks, median", f"{statistics.median(behind[-_LAST:]):.2f}"],
        ["behind, s, most", f"{max(behind):.2f}"],
        ["processor of the watch", f"{(last.watching - first.watching) / took:.0%} of a core"],
        ["processor of the server", f"{(last.serving - first.serving) / took:.0%} of a core"],
    ]
    return Section(
        "live",
        f"`rarebird simulate --serve` and `rarebird watch ws://… --preset meetup` with its page, a process each, "
        f"{_MINUTE_S} s after {_SETTLING_S} s to settle, looked at once a second through `/healthz`. Behind is the "
        "arrival clock less the watermark less the allowed lateness of 5 s. Wanted: 20,000 a second without falling "
        "behind.\n\n" + table(["", ""], rows),
    )


def _looks() -> list[Look]:
    swing = float(np.sum(rhythm.rates(time.time_ns() // 1000)))
    serve = (PROGRAM, "simulate", "--rate", f"{1.02 * _WANTED / swing:.0f}", "--serve", "127.0.0.1:0")
    with child(*serve) as server:
        url = server.told(r"(http://\S+)")
        watch = (PROGRAM, "watch", url.replace("http", "ws", 1), "--preset", "meetup", "--port", "0")
        with child(*watch) as watching:
            page = watching.told(r"(http://\S+)/vis")
            time.sleep(_SETTLING_S)
            looks = [_look(page, watching, server)]
            while looks[-1].clock - looks[0].clock < _MINUTE_S:
                time.sleep(_EVERY_S)
                looks.append(_look(page, watching, server))
            return looks


def _look(page: str, watching: Child, server: Child) -> Look:
    with urlopen(f"{page}/healthz", timeout=_SETTLING_S) as answer:
        health: dict[str, Any] = json.load(answer)
    behind = health["behind_s"] - MEETUP.lateness / 1e6
    return Look(time.monotonic(), health["counters"]["read"], behind, watching.spent(), server.spent())
