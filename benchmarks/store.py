"""Store: what keeping costs beside keeping nothing, and how long a start takes after a kill."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from benchmarks.messages import messages
from benchmarks.section import Section, table
from benchmarks.spread import Spread
from rarebird.config.chosen import Chosen
from rarebird.config.settings import settings
from rarebird.config.stores import open_store
from rarebird.decode import Decoder
from rarebird.run.keeping import Keeping
from rarebird.run.local import follow
from rarebird.run.running import Running
from rarebird.source.file import FileSource
from rarebird.source.presets import MEETUP
from rarebird.store import redis, sqlite

_WHY = (
    "Why it falls short on slow streams: such a file brings days of history a second, and with each commit the seconds "
    "of its last two hours are written, up to 7,200 of them, and dropped again by the next. A stream at its own pace "
    "writes one a second. The walls are those of a machine that others used, too."
)
ABOUT = "the cost of SQLite and Redis against no store, and a start after a kill with a week of state"
_COUNT = 600_000
_RATES = (1.5, 50, 2_000)
_ROUNDS = 5
_WEEK = 907_200
"""Messages of a week at 1.5 a second."""


class Run(msgspec.Struct):
    """Seconds that a run took, by the wall and by the processor of its process."""

    wall: float
    cpu: float


def run() -> Section:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url:
        stores = {"none": "", "SQLite": f"sqlite:///{folder}/cost.db", "Redis": url}
        rows = [row for rate in _RATES for row in _costs(Path(folder), rate, stores)]
        starts = [_start(Path(folder), name, url) for name, url in list(stores.items())[1:]]
    head = ["messages", "store", "messages a second", "longer, wall", "more processor time"]
    return Section(
        "store",
        f"A file of {_COUNT:,} simulated RSVPs with the preset `meetup`, read as fast as it goes into a watch as "
        f"`rarebird watch` makes it, each run in a process of its own; {_ROUNDS} rounds, in each the three ways one "
        "after another, medians of the rounds' own ratios with quartiles. So all that a live stream would bring in "
        "hours or days is journalled, and its history kept, within a second. Processor time is that of the watch "
        "alone, without Redis. Wanted: under 5 %.\n\n" + table(head, rows) + f"\n\n{_WHY}\n\n"
        "A start after a kill: the state of a week at 1.5 messages a second and the journal behind it, from opening "
        "the store to the watch as it was. Wanted: under 1 s."
        "\n\n" + table(["store", "checkpoint, MB", "journal, entries", "start, s"], starts),
    )


def _costs(folder: Path, rate: float, stores: dict[str, str]) -> Iterator[list[str]]:
    path = folder / "messages.jsonl"
    path.write_bytes(messages(rate, _COUNT))
    rounds = [{name: _measured(path, url) for name, url in stores.items()} for _ in range(_ROUNDS)]
    for name in stores:
        wall = Spread.of([each[name].wall / each["none"].wall - 1 for each in rounds])
        cpu = Spread.of([each[name].cpu / each["none"].cpu - 1 for each in rounds])
        speed = Spread.of([_COUNT / each[name].wall for each in rounds]).median
        shown = ["", ""] if name == "none" else [wall.text(".1%"), cpu.text(".1%")]
        yield [f"{rate:,} a second", name, f"{speed:,.0f}", *shown]


def _measured(path: Path, url: str) -> Run:
    command = [sys.executable, "-m", "benchmarks.store", str(path), url]
    return msgspec.json.decode(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout, type=Run)


def _watch(path: Path) -> Running:
    chosen = settings(Chosen(name="watch"), [str(path)], MEETUP)
    watch = chosen.watch()
    running = Running(watch, chosen, ())
    decoder = partial(Decoder, watch.fields, watch.categories)
    running.sources = [FileSource([path], decoder, clock=lambda: 0)]
    return running


async def _read(path: Path, url: str) -> None:
    running = _watch(path)
    await follow(running, Keeping(running, open_store(url, "watch"), fresh=True) if url else None)


def _start(folder: Path, name: str, url: str) -> list[str]:
    """A row of the table of starts."""
    path = folder / "week.jsonl"
    if not path.exists():
        path.write_bytes(messages(1.5, _WEEK))
    asyncio.run(_read(path, url))
    return asyncio.run(_started(name, url, path))


async def _started(name: str, url: str, path: Path) -> list[str]:
    took = []
    store = open_store(url, "watch")
    saved = await store.open(write=False)
    await store.close()
    for _ in range(_ROUNDS):
        running = _watch(path)
        intake = Keeping(running, open_store(url, "watch"))
        begun = time.perf_counter()
        await intake.open()
        took.append(time.perf_counter() - begun)
        await intake.close()
    size = len(saved.checkpoint or b"") / 1e6
    return [name, f"{size:.1f}", f"{len(saved.journal):,}", Spread.of(took).text()]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--port", str(port), "--dir", str(folder), "--save", "", "--appendonly", "yes", "--bind", "127.0.0.1")
    server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    # Their imports are no part of the path.
    del redis, sqlite
    begun, spent = time.perf_counter(), time.process_time()
    asyncio.run(_read(Path(sys.argv[1]), sys.argv[2]))
    taken = Run(time.perf_counter() - begun, time.process_time() - spent)
    print(msgspec.json.encode(taken).decode())
