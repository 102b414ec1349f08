"""Write a world to a file or to standard output, as JSON lines in the order of arrival."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from rarebird.errors import ConfigError, StoreError
from rarebird.model.instant import SECOND
from rarebird.simulate.truth import json_lines, truth
from rarebird.simulate.world import World

STDOUT: Final = "-"
_STEP: Final = 600 * SECOND
_HOUR: Final = 3_600 * SECOND
_LONGEST: Final = 8_784


def write(world: World, hours: float, out: str) -> int:
    """Write the first `hours` of a world to the file `out`, or to standard output where it is "-".

    Returns how many messages were written. A reader of standard output that closes the pipe ends it in silence.
    Raises StoreError where the file cannot be written: no such folder, no right, disk full.
    """
    if not 0 <= hours <= _LONGEST:
        raise ConfigError(f"--hours: expected 0 to {_LONGEST:,}, which is a year, got {hours:g}; for example 24")
    end = world.start + round(hours * _HOUR)
    try:
        with _opened(out) as file:
            return sum(_put(world, begin, min(begin + _STEP, end), file) for begin in range(world.start, end, _STEP))
    except BrokenPipeError:
        _mute()
        return 0
    except OSError as error:
        where = "standard output" if out == STDOUT else out
        text = f"--out: expected a place to write to, got {where}: {error.strerror}; check the folder and its space"
        raise StoreError(text) from error


def write_truth(world: World, out: str) -> None:
    """Write what was changed in a world to a file: see `truth`. Raises StoreError where it cannot be written."""
    try:
        Path(out).write_bytes(json_lines(truth(world.changes, world.start)))
    except OSError as error:
        text = f"--truth: expected a file to write to, got {out}: {error.strerror}; check the folder and its space"
        raise StoreError(text) from error


def _put(world: World, begin: int, end: int, file: BinaryIO) -> int:
    count = 0
    for chunk in world.lines(begin, end):
        file.write(b"\n".join(chunk.lines) + b"\n")
        count += len(chunk.lines)
    return count


@contextmanager
def _opened(out: str) -> Iterator[BinaryIO]:
    if out == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with Path(out).open("wb") as file:
            yield file


def _mute() -> None:
    """Let standard output lead nowhere, so that Python's flush at exit does not complain of the closed pipe."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
