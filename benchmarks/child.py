"""A child process that is measured from outside: its lines, its processor time, its end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_STOP_S = 10


class Child:
    """A running program whose standard error is read line by line; what it learns is kept in a folder."""

    def __init__(self, command: list[str], folder: str) -> None:
        env = {**os.environ, "XDG_STATE_HOME": folder}
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env)

    def told(self, pattern: str) -> str:
        """The first group of the pattern, in the first line that has it; RuntimeError where none comes."""
        lines = []
        for line in self._process.stderr or ():
            lines.append(line)
            if found := re.search(pattern, line):
                return found[1]
        raise RuntimeError(f"expected a line with {pattern!r}, got: {''.join(lines)}")

    def spent(self) -> float:
        """User and system time until now, s."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def stop(self) -> None:
        """Ends it as Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=_STOP_S)


@contextmanager
def child(*command: str) -> Iterator[Child]:
    """A child that is stopped at the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        started = Child([*command], folder)
        try:
            yield started
        finally:
            started.stop()
