"""The real program, run as a user runs it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

PROGRAM = str(Path(sys.executable).with_name("rarebird"))


async def run(*tokens: str, stdin: bytes = b"", state: Path | None = None, shell: str = "") -> tuple[int, str, str]:
    """Runs the program to its end: exit code, standard output, standard error. What it learns is kept in `state`.

    `shell` is what a shell does before it becomes the program, such as `ulimit -n 100` or `exec 2>/dev/full`.
    """
    pipe = asyncio.subprocess.PIPE
    with _state(state) as env:
        command = (*_within(shell), PROGRAM, *tokens)
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe, env=env)
        out, err = await asyncio.wait_for(process.communicate(stdin), 60)
    return process.returncode or 0, out.decode(), err.decode()


def _within(shell: str) -> tuple[str, ...]:
    return ("sh", "-c", f'{shell}; exec "$0" "$@"') if shell else ()


@contextmanager
def _state(folder: Path | None) -> Iterator[dict[str, str]]:
    """An environment in which the program keeps what it learns in a folder, a new one unless given."""
    with tempfile.TemporaryDirectory() as new:
        plain = {name: value for name, value in os.environ.items() if name != "RAREBIRD_STORE"}
        yield {**plain, "XDG_STATE_HOME": str(folder or new)}


class Running:
    """A program that runs, and the site that it said it serves."""

    def __init__(self, process: asyncio.subprocess.Process, site: str, said: list[str]) -> None:
        self.process, self.site, self.said = process, site, said

    async def get(self, path: str) -> Any:
        """The JSON answer at a path."""
        async with aiohttp.ClientSession() as session, session.get(self.site + path) as answer:
            return await answer.json()

    async def snapshots(self) -> AsyncGenerator[dict[str, Any], None]:
        """The snapshots of the live feed."""
        async with aiohttp.ClientSession() as session, session.get(self.site + "/feed") as answer:
            async for line in answer.content:
                if line.startswith(b"data: "):
                    yield msgspec.json.decode(line[6:])["snapshot"]

    async def end(self, sign: int = signal.SIGINT) -> tuple[int, str]:
        """Sends a signal and waits for the end: exit code, and what was said."""
        self.process.send_signal(sign)
        _, err = await asyncio.wait_for(self.process.communicate(), 10)
        return self.process.returncode or 0, "".join(self.said) + err.decode()


@asynccontextmanager
async def running(*tokens: str, state: Path | None = None, shell: str = "") -> AsyncIterator[Running]:
    """Starts the program, which must say where its page is; `shell` as for `run`."""
    pipe = asyncio.subprocess.PIPE
    stack = ExitStack()
    env = stack.enter_context(_state(state))
    process = await asyncio.create_subprocess_exec(*_within(shell), PROGRAM, *tokens, stderr=pipe, env=env)
    assert process.stderr is not None
    said: list[str] = []
    site = ""
    try:
        while not site:
            line = (await asyncio.wait_for(process.stderr.readline(), 30)).decode()
            assert line, f"it ended: {''.join(said)}"
            said.append(line)
            site = line.partition("the page is at ")[2].strip().removesuffix("/vis")
        yield Running(process, site, said)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        stack.close()
