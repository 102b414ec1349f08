"""Memory: flat over a long stream, and small for a million categories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from benchmarks.section import Section, table
from benchmarks.start import PROGRAM

ABOUT = "peak memory over 10 million events, and with a million categories"
_MILLION = 1_000_000
_MARKS = tuple(_MILLION * count for count in (1, 2, 5, 10))
_PIECE = 10_000
_START = 1_600_000_000_000
_FIELDS = ["--time", "t", "--by", "c", "--json"]


def run() -> Section:
    """Measured in a process of its own: the peak of a child is at least the size of the parent that began it."""
    command = [sys.executable, "-m", "benchmarks.memory"]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    head = ["", *(f"{mark // _MILLION} M" for mark in _MARKS), "at the end"]
    flat = [["peak, MB", *(f"{peak:.0f}" for peak in found["flat"])]]
    return Section(
        "memory",
        "Peak resident memory of `rarebird summary`, another process writes the stream. Small messages with a time, "
        "one of 50 categories and an id that is never used twice, 1,000 a second of event time, so that the memory of "
        "identities is full from the first million on; wanted: flat, under 150 MB.\n\n"
        + table(head, flat)
        + f"\n\nA file with {_MILLION:,} categories, one event each, printed as `--json`: peak "
        f"{found['many']:.0f} MB; wanted: 250 MB. {found['bare']:.0f} MB of both are Python with the program loaded "
        "(a file of one event).",
    )


def _events(first: int, count: int) -> bytes:
    rows = range(first, first + count)
    return b"".join([b'{"t":%d,"c":"c%d","id":%d}\n' % (_START + row, row % 50, row) for row in rows])


def _flat() -> Iterator[float]:
    """The peak at each mark, and at the end."""
    command = [PROGRAM, "summary", "-", *_FIELDS, "--id", "id"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    into = child.stdin
    if into is None:
        raise RuntimeError("no pipe")
    for first in range(0, _MARKS[-1], _PIECE):
        into.write(_events(first, _PIECE))
        if first + _PIECE in _MARKS:
            into.flush()
            yield _peak(child.pid)
    yield _ended(child, into)


def _peak(process: int) -> float:
    """The largest size that a process has had until now, MB."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def _ended(child: subprocess.Popen[bytes], into: IO[bytes] | None = None) -> float:
    """The peak of a process that comes to its end, MB."""
    if into is not None:
        into.close()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"rarebird summary ended with exit code {child.returncode}")
    return used.ru_maxrss * 1024 / 1e6


def _many(categories: int) -> float:
    """The peak with so many categories."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.jsonl"
        with path.open("wb") as file:
            for first in range(0, categories, _PIECE):
                rows = range(first, min(first + _PIECE, categories))
                file.write(b"".join([b'{"t":%d,"c":"category-%07d"}\n' % (_START + row, row) for row in rows]))
        command = [PROGRAM, "summary", str(path), *_FIELDS]
        return _ended(subprocess.Popen(command, stdout=subprocess.DEVNULL))


if __name__ == "__main__":
    print(json.dumps({"bare": _many(1), "flat": list(_flat()), "many": _many(_MILLION)}))
