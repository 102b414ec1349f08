"""Kills at random moments, and what must be there after them: python -m with the number of kills for each store."""

from __future__ import annotations

import asyncio
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4

import msgspec

from rarebird.config.stores import open_store
from rarebird.model.history import Spans, joined
from rarebird.model.instant import SECOND
from rarebird.model.state import unpack
from rarebird.run import journal
from rarebird.run.running import Running
from rarebird.simulate.world import World
from rarebird.stats.spans import spans_of
from tests.campaign.reader import SETTINGS, source_of
from tests.store.places import Server, serving
from tests.store.steps import plain as plain_spans
from tests.test_state import plain

ROOT = Path(__file__).resolve().parents[2]
START = 1_700_000_000 * SECOND
MESSAGES = 12_000
RATE = 20.0


class Truth(NamedTuple):
    """What an uninterrupted run leaves."""

    state: Any
    history: Any
    report: dict[str, Any]


class Outcome(NamedTuple):
    """What a campaign met."""

    kills: int
    runs: int
    """Runs from an empty store to the end of the input, each compared with the uninterrupted one."""
    faults: list[str]


def recording(folder: Path, messages: int = MESSAGES) -> Path:
    """A file of simulated RSVPs with a broken line here and there."""
    path, lines = folder / "rsvps.jsonl", list[bytes]()
    for chunk in World(RATE, 5, START).lines(START, START + 30 * 86_400 * SECOND):
        lines += chunk.lines
        if len(lines) >= messages:
            break
    lines[::997] = [line[:50] for line in lines[::997]]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


async def uninterrupted(path: Path) -> Truth:
    """The run that nobody kills, without a store."""
    running = Running(SETTINGS.watch(), SETTINGS, ())
    spans: list[Spans] = []
    source = source_of(str(path), running)
    async for batch, _ in source.read(None):
        closed = running.take(batch)
        spans += [spans_of(closed.ticks.cells)] if closed.ticks else []
    state = plain(running.watch.state())
    closed = running.finish()
    spans += [spans_of(closed.ticks.cells)] if closed.ticks else []
    report = running.watch.report()
    return Truth(state, plain_spans(joined(spans).each()), {**report, "histogram": dict(report["histogram"])})


async def kept(url: str, watch: str) -> Truth:
    """What a store holds, with its journal taken in."""
    store = open_store(url, watch)
    saved = await store.open(write=False)
    running = Running(SETTINGS.watch(), SETTINGS, ())
    assert saved.checkpoint is not None
    running.restore(unpack(saved.checkpoint), saved.names)
    for body in saved.journal:
        entry = journal.read(body)
        running.watch.categories.folded = entry.folded
        running.take(entry.batch, entry.missed)
    state = plain(running.watch.state())
    running.finish()
    report = running.watch.report()
    history = plain_spans((await store.history(0, 2**40, 10**6)).spans.each())
    status = await store.status()
    await store.close()
    told = {**report, "histogram": dict(report["histogram"])}
    assert status is not None
    written = msgspec.json.decode(status, type=dict)
    # When it was written, and how channels did then, differs from run to run.
    del written["standing"]
    return Truth(state, history, told if written == told else {"status differs": told})


def reading(url: str, watch: str, path: str) -> subprocess.Popen[str]:
    """A process that reads on."""
    command = [sys.executable, "-m", "tests.campaign.reader", url, watch, path]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def killed(process: subprocess.Popen[str], after_s: float, *, may_fail: bool = False) -> bool:
    """Kills a process after a time; False where it ended by itself before.

    `may_fail`: it may have found no store at its start, and has to be started again.
    """
    try:
        said, _ = process.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    if not (may_fail and process.returncode == 1) and (process.returncode or not said.endswith("ended\n")):
        raise AssertionError(f"the reader ended with {process.returncode}: {said[-500:]}")
    return False


def crashed(server: Server, folder: Path, draws: random.Random) -> None:
    """Kills Redis as a power cut would: the last transactions, up to 20 here, had not yet come to the disk.

    A log that breaks off within a transaction is not tried: Redis forgets that transaction, but leaves its first part
    in the log, and takes it in at the start after the next.
    """
    server.kill()
    (log,) = folder.glob("appendonlydir/*.incr.aof")
    begins = [found.start() for found in re.finditer(rb"\*1\r\n\$5\r\nMULTI\r\n", log.read_bytes())]
    if begins:
        with log.open("r+b") as file:
            file.truncate(begins[-min(draws.randint(1, 20), len(begins))])
    server.again()


def campaign(
    url: str, path: Path, kills: int, draws: random.Random, crash: Callable[[], None] | None = None
) -> Outcome:
    """Kills the reader, and now and then what `crash` ends, until that was often enough."""
    truth = asyncio.run(uninterrupted(path))
    done, runs, faults = 0, 0, list[str]()
    while done < kills:
        watch, runs = f"run {uuid4().hex}", runs + 1
        has_ended = False
        while not has_ended:
            process = reading(url, watch, str(path))
            has_crashed = crash is not None and done < kills and draws.random() < 0.7
            if has_crashed and crash is not None:
                time.sleep(draws.uniform(0.5, 1.5))
                crash()
            was_killed = killed(process, draws.uniform(0.3, 1.6) if done < kills else 60, may_fail=has_crashed)
            done += has_crashed + was_killed
            # Behind a crash the end may be forgotten, too: another start finds that out.
            has_ended = not (was_killed or has_crashed)
        found = asyncio.run(kept(url, watch))
        faults += [f"{watch}: {part} differs" for part in Truth._fields if getattr(found, part) != getattr(truth, part)]
    return Outcome(done, runs, faults)


CAMPAIGNS: Final = ("sqlite", "redis", "crashing-redis")


def main(wanted: str = "200", *names: str) -> int:
    """The full campaign over each store, and over a Redis that crashes, too; 1 where anything was lost or doubled."""
    kills, draws, faults = int(wanted), random.Random(time.time_ns()), 0
    for name in names or CAMPAIGNS:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            place, path = Path(folder), recording(Path(folder))
            url, crash = f"sqlite:///{place / 'all.db'}", None
            if name != "sqlite":
                server = stack.enter_context(serving(place))
                url = server.url
                crash = partial(crashed, server, place, draws) if name == "crashing-redis" else None
            begun = time.monotonic()
            found = campaign(url, path, kills, draws, crash)
            faults += len(found.faults)
            print(
                f"{name}: {found.kills} kills in {found.runs} runs of {MESSAGES:,} messages, "
                f"{len(found.faults)} differ; {time.monotonic() - begun:.0f} s",
                *found.faults,
                sep="\n  ",
                flush=True,
            )
    return min(1, faults)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
