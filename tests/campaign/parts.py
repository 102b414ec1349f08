"""Kills of the processes that follow the parts of a watch: python -m with the number of kills."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4
from zlib import crc32

import msgspec

from rarebird.config.stores import open_store
from rarebird.model.history import Spans, joined
from rarebird.run.running import Running
from rarebird.stats.spans import spans_of
from tests.campaign.kills import MESSAGES, ROOT, Outcome, crashed, killed, recording
from tests.campaign.parted import IN_ORDER
from tests.campaign.reader import source_of
from tests.store.places import serving

COUNT: Final = 3
Truth = tuple[dict[str, Any], list[Any]]


def split(path: Path, count: int) -> list[Path]:
    """The lines of a recording by the hash of their identity, in one file a part."""
    lines: list[list[bytes]] = [[] for _ in range(count)]
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            identity = str(json.loads(line)["rsvp_id"]).encode()
        except ValueError:
            identity = line
        lines[crc32(identity) % count].append(line)
    files = [path.with_suffix(f".part-{number}") for number in range(1, count + 1)]
    for file, some in zip(files, lines, strict=True):
        file.write_bytes(b"".join(some))
    return files


async def at_once(path: Path) -> Truth:
    """What one watch over all counts."""
    running = Running(IN_ORDER.watch(), IN_ORDER, ())
    spans: list[Spans] = []
    async for batch, _ in source_of(str(path), running).read(None):
        closed = running.take(batch)
        spans += [spans_of(closed.ticks.cells)] if closed.ticks else []
    closed = running.finish()
    spans += [spans_of(closed.ticks.cells)] if closed.ticks else []
    report = running.watch.report()
    return {**report, "histogram": dict(report["histogram"])}, _named(joined(spans), running.watch.categories.names)


async def kept(url: str, watch: str) -> Truth:
    """What the store holds of the whole."""
    store = open_store(url, watch)
    status, names, past = await store.status(), await store.names(), await store.history(0, 2**40, 10**6)
    await store.close()
    told = msgspec.json.decode(status or b"{}", type=dict[str, Any])
    told.pop("standing", None)
    return told, _named(past.spans, names)


def _named(spans: Spans, names: Any) -> list[Any]:
    return [
        (s.start, s.first, s.last, sorted(zip((names[k] for k in s.category), s.events.tolist(), strict=True)))
        for s in spans.each()
    ]


def reading(url: str, watch: str, path: Path, number: int, count: int) -> subprocess.Popen[str]:
    """A process that follows a part."""
    command = [sys.executable, "-m", "tests.campaign.parted", url, watch, str(path), str(number), str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def campaign(
    url: str, path: Path, kills: int, draws: random.Random, crash: Callable[[], None] | None = None
) -> Outcome:
    """Kills one of the processes after another, and now and then what `crash` ends, until that was often enough."""
    truth, files = asyncio.run(at_once(path)), split(path, COUNT)
    done, runs, faults = 0, 0, list[str]()
    while done < kills:
        watch, runs = f"parts {uuid4().hex}", runs + 1
        start = partial(reading, url, watch)
        done += _rounds(files, start, kills - done, draws, crash)
        if crash is not None:
            # Behind a crash the end of a part may be forgotten, too: another start finds that out.
            _rounds(files, start, 0, draws)
        found = asyncio.run(kept(url, watch))
        faults += [
            f"{watch}: {part} differs"
            for part, one, other in zip(("status", "history"), found, truth, strict=True)
            if one != other
        ]
    return Outcome(done, runs, faults)


def _rounds(
    files: list[Path],
    start: Callable[[Path, int, int], subprocess.Popen[str]],
    kills: int,
    draws: random.Random,
    crash: Callable[[], None] | None = None,
) -> int:
    """Follows all parts to their end; how often something was killed on the way, at most `kills` times."""
    done, count = 0, len(files)
    processes = {at: start(files[at], at + 1, count) for at in range(count)}
    while processes:
        at = draws.choice([*processes])
        if crash is not None and done < kills and draws.random() < 0.3:
            time.sleep(draws.uniform(0.2, 0.9))
            crash()
            done += 1
        process = processes[at]
        was_killed = killed(process, draws.uniform(0.2, 0.9) if done < kills else 60, may_fail=crash is not None)
        done += was_killed
        if was_killed or process.returncode:
            processes[at] = start(files[at], at + 1, count)
        else:
            del processes[at]
    return done


def main(wanted: str = "100", name: str = "redis") -> int:
    """The full campaign; 1 where anything was lost or doubled."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        begun = time.monotonic()
        draws = random.Random(time.time_ns())
        crash = partial(crashed, server, Path(folder), draws) if name == "crashing-redis" else None
        found = campaign(server.url, recording(Path(folder)), int(wanted), draws, crash)
        print(
            f"parts on {name}: {found.kills} kills in {found.runs} runs of {MESSAGES:,} messages in 3 parts, "
            f"{len(found.faults)} differ; {time.monotonic() - begun:.0f} s",
            *found.faults,
            sep="\n  ",
            flush=True,
        )
    return min(1, len(found.faults))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
