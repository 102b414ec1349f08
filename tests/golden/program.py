"""The real program at a time that is given: FILE with µs UTC, `hold` or `end`, and the words of its command line.

With `hold` a file has no end: what reads it waits there for more, until it is killed.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence

from rarebird.model.batch import Batch
from rarebird.model.position import Position
from rarebird.source.file import FileSource


def main(start: int, end: str, words: Sequence[str]) -> int:
    """Runs one command; its clock begins at `start`, µs UTC."""
    begun = time.monotonic_ns()
    time.time_ns = lambda: start * 1_000 + time.monotonic_ns() - begun
    if end == "hold":
        _hold()
    from rarebird.cli.main import main as program

    return program(words)


def _hold() -> None:
    read = FileSource.read

    async def held(self: FileSource, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
        async for found in read(self, since):
            yield found
        await asyncio.Event().wait()

    FileSource.read = held  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
