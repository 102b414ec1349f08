"""Real incidents of a simulated stream, one of each kind, and a message in Slack as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Final

import numpy as np

from rarebird.config.chosen import Chosen
from rarebird.config.settings import settings
from rarebird.model.batch import Batch
from rarebird.model.instant import SECOND
from rarebird.notify.contract import Notice
from rarebird.notify.slack_blocks import blocks
from rarebird.run.running import Running
from rarebird.simulate.change import parse_all
from rarebird.simulate.world import World
from rarebird.source.presets import MEETUP

START: Final = 1_772_452_800 * SECOND
HOUR: Final = 3600 * SECOND
CHANGES: Final = {
    "rate": "rate@3h+20m:2",
    "mix": "surge@3h+20m:ME:9",
    "silence": "silence@3h+15m",
}
COUNTRIES: Final = ["France", "Germany", "Italy", "Spain"]
SHARES: Final = [0.4, 0.3, 0.2, 0.1]


class Queue(list[Notice]):
    """Keeps what is told."""

    def put(self, notices: Sequence[Notice]) -> None:
        """Takes more in."""
        self += notices


@cache
def told(kind: str) -> tuple[Notice, ...]:
    """What people are told of a world with one change after three hours; of an event, of one order from Tuvalu."""
    if kind == "event":
        return _told(_orders())
    chosen = settings(Chosen(false_alarms="1 per week", zone="America/New_York"), ["x"], MEETUP)
    running = Running(chosen.watch(), chosen, ())
    world = World(4.0, 3, START, parse_all([CHANGES[kind]]))
    lines = (b"".join(line + b"\n" for line in chunk.lines) for chunk in world.lines(START, START + 4 * HOUR))
    return _told((running, running.watch.decode(block)) for block in lines)


def _orders() -> Iterator[tuple[Running, Batch]]:
    """Two days of orders from four countries, and one from a fifth."""
    chosen = settings(Chosen(false_alarms="3 per day", time="at", by="country"), ["orders"], None)
    running = Running(chosen.watch(), chosen, ())
    draws = np.random.default_rng(5)
    for day in range(2):
        times = START + day * 24 * HOUR + np.sort(draws.integers(0, 24 * HOUR, 86_400))
        yield running, running.watch.columns(times, draws.choice(COUNTRIES, 86_400, p=SHARES).tolist())
    times = START + 48 * HOUR + np.arange(600) * SECOND
    names = draws.choice(COUNTRIES, 600, p=SHARES).tolist()
    yield running, running.watch.columns(times, [*names[:300], "Tuvalu", *names[301:]])


def _told(steps: Iterable[tuple[Running, Batch]]) -> tuple[Notice, ...]:
    queue = Queue()
    for running, batch in steps:
        if not running.queues:
            running.attach([queue])
        running.take(batch)
    running.finish()
    return tuple(notice for notice in queue if notice.incident is not None)


def as_text(blocks: Sequence[dict[str, Any]]) -> str:
    """The texts of blocks, from top to bottom; fields and elements side by side."""
    lines: list[str] = []
    for block in blocks:
        beside = block.get("fields", block.get("elements", []))
        lines += [block["text"]["text"]] if "text" in block else []
        lines += [" | ".join(each["text"].replace("\n", ": ") for each in beside)] if beside else []
    return "\n".join(lines)


def first(kind: str) -> Notice:
    """The first that people are told of an incident of a kind."""
    return next(notice for notice in told(kind) if notice.incident is not None and notice.incident.kind == kind)


def written(kind: str) -> str:
    """The message of it as it arrives, with its times as they stand where the reader's clock is not known."""
    text = as_text(blocks(first(kind), "rsvps" if kind != "event" else "orders"))
    return re.sub(r"<!date\^[^|]+\|([^>]+)>", r"\1", text).replace("*", "")
