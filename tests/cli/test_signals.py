"""Signals to a command that was started with some of them ignored, as by nohup or in the background of a script."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import running

pytestmark = pytest.mark.anyio
WHICH = "import signal; print([signal.getsignal(getattr(signal, n)) is signal.SIG_IGN for n in ('SIGINT', 'SIGHUP')])"


async def test_a_watch_that_ignores_sigint_and_sighup_from_its_start_goes_on_until_sigterm() -> None:
    async with running("demo", "--port", "0", shell="trap '' INT HUP") as watch:
        read: set[int] = set()
        async for snapshot in watch.snapshots():
            read.add(snapshot["counters"]["read"])
            # By the second it handles its signals.
            if len(read) == 2:
                watch.process.send_signal(signal.SIGHUP)
                watch.process.send_signal(signal.SIGINT)
            if len(read) == 6:
                break
        assert len(read) == 6, "it has ended"
        code, said = await watch.end(signal.SIGTERM)
    assert (code, "messages read" in said, "Traceback" in said) == (0, True, False)


def test_what_tests_start_ends_by_signals_however_they_were_started(root: Path) -> None:
    test = f"import subprocess, sys\ndef test_it(): print(subprocess.check_output([sys.executable, '-c', {WHICH!r}]))"
    path = root / "tests" / "cli" / "test_started_by_test_signals.py"
    path.write_text(test)
    try:
        command = f"trap '' INT HUP; exec {sys.executable} -m pytest -q -s -p no:cacheprovider {path}"
        told = subprocess.run(["sh", "-c", command], cwd=root, capture_output=True, text=True, check=True, timeout=60)
    finally:
        path.unlink()
    assert "[False, False]" in told.stdout


def test_a_shell_hands_on_what_it_ignores() -> None:
    told = subprocess.check_output(["sh", "-c", f'trap "" INT HUP; exec {sys.executable} -c "$0"', WHICH], text=True)
    assert told.strip() == "[True, True]"
