"""Ports: take one, or say who has it and which is free."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from pathlib import Path
from typing import Final

from rarebird.errors import ConfigError

_LISTENING: Final = "0A"
_LAST: Final = 65_535
_SHOWN: Final = 60
"""A longer command line is cut."""


def take(host: str, port: int) -> socket.socket:
    """A listening socket's place; port 0 takes any free one.

    Raises ConfigError where that cannot be; for a taken port it says by whom and names the next free one.
    """
    if not 0 <= port <= _LAST:
        raise ConfigError(f"--port: expected 0 to {_LAST}, got {port}; example: --port 8000")
    address = _address(host)
    try:
        return _bound(address, port)
    except PermissionError:
        raise ConfigError(f"port {port} needs more rights than this user has; use --port 8000 or above 1023") from None
    except OSError as fault:
        if fault.errno != errno.EADDRINUSE:
            raise ConfigError(f"cannot listen on {host} port {port}: {fault.strerror}; use --host 127.0.0.1") from None
    owner = holder(port)
    who = f" by {owner}" if owner else ""
    after = next_free(host, port)
    advice = f"; the next free one is {after}: use --port {after}" if after else "; use another --port"
    raise ConfigError(f"port {port} is taken{who}{advice}")


def next_free(host: str, port: int) -> int | None:
    """The first free port above `port`, or None."""
    address = _address(host)
    for candidate in range(port + 1, min(port + 1000, _LAST) + 1):
        with contextlib.suppress(OSError), _bound(address, candidate):
            return candidate
    return None


def holder(port: int, proc: Path = Path("/proc")) -> str | None:
    """The command and process id that listen on a local port, such as "python -m http.server (pid 1234)".

    Read from Linux' /proc; None where that does not tell, as for a process of another user.
    """
    wanted = {f"socket:[{inode}]" for inode in _inodes(port, proc)}
    if not wanted:
        return None
    for process in proc.iterdir():
        if process.name.isdigit() and _holds(process / "fd", wanted):
            return f"{_command(process)} (pid {process.name})"
    return None


def _address(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        text = f"--host: expected an address or a name of this machine, got {host!r} ({fault})"
        raise ConfigError(f"{text}; example: --host 127.0.0.1") from None
    family, _, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    return family, str(address[0])


def _bound(address: tuple[socket.AddressFamily, str], port: int) -> socket.socket:
    family, host = address
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen()
    except OSError:
        taken.close()
        raise
    return taken


def _inodes(port: int, proc: Path) -> set[str]:
    """The inodes of the sockets that listen on a port, from the tables of TCP."""
    found = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (proc / "net" / table).read_text().splitlines()[1:]:
                _, local, _, state, *_, inode = line.split()[:10]
                if state == _LISTENING and int(local.rpartition(":")[2], 16) == port:
                    found.add(inode)
    return found


def _holds(descriptors: Path, wanted: set[str]) -> bool:
    with contextlib.suppress(OSError):
        for one in descriptors.iterdir():
            with contextlib.suppress(OSError):
                if os.readlink(one) in wanted:
                    return True
    return False


def _command(process: Path) -> str:
    with contextlib.suppress(OSError):
        words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        program = Path(words[0]).name if words[0] else (process / "comm").read_text().strip()
        line = " ".join([program, *words[1:]]).strip()
        return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
    return "a process"
