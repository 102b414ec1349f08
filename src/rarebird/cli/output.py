"""Output: lines for people on standard error, data on standard output."""

from __future__ import annotations

import errno
import os
import sys


def say(text: str) -> None:
    """A line for people, on standard error."""
    print(text, file=sys.stderr, flush=True)


def write(data: bytes) -> None:
    """Whole lines on standard output, at once. Raises BrokenPipeError where nobody reads any more."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def write_some(data: bytes) -> int:
    """Some bytes on standard output, at once and in no buffer; how many. Raises OSError."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return os.write(sys.stdout.fileno(), data)
