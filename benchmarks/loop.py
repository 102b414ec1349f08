"""The same answer by other ways: a plain loop, and the pipes around Redis that rarebird grew from."""

from __future__ import annotations

import math
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.messages import blocks, messages
from benchmarks.path import BLOCK, Message, seconds, whole
from benchmarks.section import Section, table
from benchmarks.spread import Spread
from rarebird.source.memory import keep_memory

ABOUT = "messages per CPU second beside a plain loop and beside pipes with a Redis write per event"
_RATE = 50
_PIPED = 40_000
_ROUNDS = 5
_HOPED = 75
_PIPES = "three processes and Redis, joined by pipes"
_STAGES = ("ingest", "gaps", "insert")


def plain(lines: list[bytes], decode: Callable[[bytes], Any], values: Callable[[Any], tuple[Any, ...]]) -> float:
    """One event after another: filter, drop repeats, count, and the sum of each event's surprisal in bits."""
    seen: set[tuple[Any, ...]] = set()
    counts: dict[str, int] = {}
    total, bits = 0, 0.0
    for line in lines:
        country, state, number, response = values(decode(line))
        if country != "us" or (number, response) in seen:
            continue
        seen.add((number, response))
        count = counts.get(state, 0)
        bits -= math.log2((count + 0.5) / (total + 0.5 * (len(counts) + 1)))
        counts[state] = count + 1
        total += 1
    return bits


def _of_dict(message: dict[str, Any]) -> tuple[Any, ...]:
    group = message["group"]
    return group.get("group_country"), group.get("group_state"), message["rsvp_id"], message["response"]


def _of_struct(message: Message) -> tuple[Any, ...]:
    return message.group.group_country, message.group.group_state, message.rsvp_id, message.response


def run() -> Section:
    keep_memory()
    data = messages(_RATE)
    lines, large = data.splitlines(), blocks(data, BLOCK)
    ways: dict[str, Callable[[], object]] = {
        "rarebird, the whole path": partial(whole, large),
        "plain loop, msgspec typed, line by line": partial(
            plain, lines, msgspec.json.Decoder(Message).decode, _of_struct
        ),
        "plain loop, msgspec to dicts, line by line": partial(plain, lines, msgspec.json.decode, _of_dict),
    }
    took: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(_ROUNDS):
        for way, call in ways.items():
            took[way].append(len(lines) / seconds(call)[1])
    speeds = {way: Spread.of(each).median for way, each in took.items()}
    speeds |= _pipes(lines[:_PIPED])
    ours = next(iter(speeds.values()))
    rows = [[way, f"{speed:,.0f}", f"{ours / speed:.1f}"] for way, speed in speeds.items()]
    told = (
        f"{len(lines):,} messages (the pipes: {_PIPED:,}), medians of {_ROUNDS} rounds but for the pipes, which ran "
        "once. CPU is user and system time of all processes together, redis-server included. The loop neither orders "
        "nor forgets nor keeps rates. The pipes are the homework's three stages, one process each, a JSON line and a "
        "flush per event between them, one `SETEX` for its gap and one for its state, each awaited; only events of the "
        "US get that far. They speak to Redis by bytes on a socket, which costs less than a client library. Hoped "
        f"for: {_HOPED}."
    )
    if len(speeds) == len(ways):
        told += " redis-server was not there, so the pipes did not run."
    else:
        least = 1e6 / speeds[_PIPES] / _HOPED
        told += (
            f" At that the pipes' speed allows {least:.2f} µs a message, less than the decoding alone (section path)."
        )
    return Section("loop", told + "\n\n" + table(["way", "messages per CPU second", "rarebird is faster by"], rows))


def _pipes(lines: list[bytes]) -> dict[str, float]:
    """The speed of the pipes, where there is a Redis."""
    server = shutil.which("redis-server")
    if server is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "messages.jsonl"
        path.write_bytes(b"\n".join(lines) + b"\n")
        before = _spent()
        _through(server, Path(folder), path)
        return {_PIPES: len(lines) / (_spent() - before)}


def _through(server: str, folder: Path, path: Path) -> None:
    """Runs the stages one behind another, and ends Redis so that its time is known."""
    address = str(folder / "redis.sock")
    redis = subprocess.Popen(
        [server, "--port", "0", "--unixsocket", address, "--save", "", "--appendonly", "no", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        _answered(address)
        with path.open("rb") as file:
            running: list[subprocess.Popen[bytes]] = []
            for stage in _STAGES:
                command = [sys.executable, "-m", "benchmarks.pipe", stage, address]
                last = stage == _STAGES[-1]
                source = running[-1].stdout if running else file
                running.append(
                    subprocess.Popen(command, stdin=source, stdout=subprocess.DEVNULL if last else subprocess.PIPE)
                )
            ended = [stage.wait() for stage in running]
            if any(ended):
                raise RuntimeError("a stage of the pipes failed")
    finally:
        redis.terminate()
        redis.wait()


def _answered(address: str) -> None:
    """Waits until Redis listens."""
    for _ in range(100):
        with socket.socket(socket.AF_UNIX) as link:
            if os.path.exists(address) and link.connect_ex(address) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"redis-server did not listen at {address} within 5 s")


def _spent() -> float:
    """User and system time of all children that have ended, s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
