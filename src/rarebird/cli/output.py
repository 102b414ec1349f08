"""Output: lines for people on standard error, data and text on standard output; a full disk ends neither."""

from __future__ import annotations

import errno
import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from rarebird.errors import RarebirdError
from rarebird.model.outside import visible

_STANDARD: Final = range(3)


class OutputError(RarebirdError):
    """What was asked for could not be written to standard output."""


def say(text: str) -> None:
    """A line for people, on standard error. A full disk or a closed descriptor there ends nothing."""
    with suppress(OSError, ValueError):
        print(visible(text), file=sys.stderr, flush=True)


def show(text: str) -> None:
    """A line for people, on standard output. Raises BrokenPipeError where nobody reads any more, and OutputError."""
    put(f"{text}\n")


def put(text: str) -> None:
    """The same without an end of the line."""
    with _faults():
        _out().write(visible(text))
        _out().flush()


def write(data: bytes) -> None:
    """Whole lines on standard output, at once. Raises BrokenPipeError where nobody reads any more, and OutputError."""
    with _faults():
        _out().buffer.write(data)
        _out().buffer.flush()


def write_some(data: bytes) -> int:
    """Some bytes on standard output, at once and in no buffer; how many. Raises OSError."""
    return os.write(_out().fileno(), data)


def prepare() -> None:
    """Keeps the numbers of the standard streams from files that are opened later, and makes their errors harmless."""
    for number in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is this one. Writing to it fails, as it would have.
            os.open(os.devnull, os.O_RDONLY)
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        # What could not be written is not kept for later, when Python would complain of it at its end.
        raw = io.FileIO(2, "w", closefd=False)
        sys.stderr = io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True)
    logging.lastResort = _Said(logging.WARNING)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


class _Said(logging.Handler):
    """What libraries log where nobody listens: said like all else, for it may hold what a server sent."""

    def emit(self, record: logging.LogRecord) -> None:
        """One record."""
        say(self.format(record))


def let_go() -> None:
    """Lets standard output lead nowhere, so that Python's flush at its end complains of nothing."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _out().fileno())
        os.close(nowhere)


def _out() -> io.TextIOWrapper:
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return sys.stdout  # type: ignore[return-value]


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        why = "it is closed" if error.errno == errno.EBADF else f"{error.strerror}; make room, or write elsewhere"
        raise OutputError(f"standard output cannot be written to: {why}") from None
