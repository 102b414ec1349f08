"""How long a user waits before anything happens."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.section import Section, table
from benchmarks.spread import Spread

ABOUT = "time until `rarebird --help` has answered and `import rarebird` is done"
PROGRAM = str(Path(sys.executable).with_name("rarebird"))
_ROUNDS = 5
_COMMANDS = {
    "`python -c pass`": [sys.executable, "-c", "pass"],
    "`import rarebird`": [sys.executable, "-c", "import rarebird"],
    "`rarebird --help`": [PROGRAM, "--help"],
    "`rarebird watch --help`": [PROGRAM, "watch", "--help"],
}


def run() -> Section:
    rows = [
        [name, Spread.of([_seconds(command) for _ in range(_ROUNDS)]).text()] for name, command in _COMMANDS.items()
    ]
    return Section("start", f"Seconds by the wall, median and quartiles of {_ROUNDS}.\n\n" + table(["", "s"], rows))


def _seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin
