"""Messages as lines of text, for a terminal or a log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from rarebird.model import instant
from rarebird.notify.contract import Notice, linked

_LONGEST: Final = 2_000


class TextLines:
    """A line for each notice, its event time before it; `write` takes bytes and hands them on at once."""

    name = "standard output"
    edits = False
    records = True
    most = 1_000
    pause_s = 0.0

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write

    async def send(self, group: Sequence[Notice]) -> None:
        """Writes the lines. Raises what `write` raises where nobody reads any more."""
        # In a thread: a reader that is slow holds up the messages, and nothing else.
        await asyncio.to_thread(self._write, message(group).encode())


def message(group: Sequence[Notice]) -> str:
    r"""The lines.

    >>> message([Notice(0, "Something.")])
    '1970-01-01T00:00:00Z  Something.\n'
    """
    return "".join(f"{instant.text(notice.time)[:19]}Z  {linked(notice, _LONGEST)}\n" for notice in group)
