"""Pipelines run by a real shell, with the program of this checkout first in the path."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from rarebird.config.stores import open_store

ROOT = Path(__file__).resolve().parent.parent.parent
PIPELINES = ROOT / "pipelines"
LONGEST_S = 60


class Job:
    """A script or a pipeline that runs, with all its stages in one session."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told: list[str] = []
        """The lines of standard error that `said` has read."""

    @property
    def pid(self) -> int:
        """The id of the process that leads its session."""
        return self._process.pid

    async def line(self) -> str:
        """Its next line of standard output."""
        assert self._process.stdout
        return (await asyncio.wait_for(self._process.stdout.readline(), LONGEST_S)).decode()

    async def said(self, text: str) -> str:
        """The first line of standard error that has a text."""
        assert self._process.stderr
        while True:
            line = (await asyncio.wait_for(self._process.stderr.readline(), LONGEST_S)).decode()
            assert line, f"it ended before it said {text!r}"
            self.told.append(line)
            if text in line:
                return line

    async def end(self, sign: int | None = None) -> tuple[int, str, str]:
        """Waits for its end, after a signal to all of its stages: exit code, standard output, standard error."""
        if sign is not None:
            os.killpg(self._process.pid, sign)
        out, err = await asyncio.wait_for(self._process.communicate(), LONGEST_S)
        return self._process.returncode or 0, out.decode(), err.decode()

    def strike(self) -> None:
        """Kills all of its stages, where it still runs."""
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    async def kill(self) -> None:
        """Ends all of it at once: what lived on would hold its pipes open, and with them this test."""
        for pid in (self._process.pid, *in_session(self._process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.wait_for(self._process.wait(), LONGEST_S)


def in_session(leader: int) -> list[int]:
    """The processes of a session, by the leader's id; none where the system has no /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # Behind the name, which may hold anything: state, parent, group, session.
            if int(stat.read_text().rpartition(")")[2].split()[3]) == leader:
                found.append(int(stat.parent.name))
    return found


def environment(**more: str) -> dict[str, str]:
    """That of the tests, without what a user may have set, and more."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("RAREBIRD_")}
    return {**plain, "PATH": f"{Path(sys.executable).parent}:{plain['PATH']}", **more}


@asynccontextmanager
async def job(*words: str, env: Mapping[str, str]) -> AsyncIterator[Job]:
    """Starts a program, or with `bash -c TEXT` a pipeline."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *words, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=env, start_new_session=True
    )
    running = Job(process)
    try:
        yield running
    finally:
        await running.kill()


async def script(name: str, *words: str, env: Mapping[str, str]) -> tuple[int, str, str]:
    """Runs one of the pipelines to its end."""
    async with job(str(PIPELINES / name), *words, env=env) as running:
        return await running.end()


async def shell(text: str, env: Mapping[str, str]) -> tuple[int, str, str]:
    """Runs a line of bash to its end."""
    async with job("bash", "-o", "pipefail", "-c", text, env=env) as running:
        return await running.end()


async def status(env: Mapping[str, str], watch: str) -> dict[str, Any]:
    """What the store holds of one watch of a stream, as JSON."""
    store = open_store(env["RAREBIRD_STORE"], watch)
    try:
        body = await store.status()
    finally:
        await store.close()
    assert body is not None
    return dict(json.loads(body))
