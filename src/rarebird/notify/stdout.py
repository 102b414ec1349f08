"""Messages as lines of text, for a terminal or a log."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Sequence
from typing import Final

from rarebird.model import instant
from rarebird.notify.contract import ChannelClosed, Notice, Undelivered, linked
from rarebird.notify.secret import reason

_LONGEST: Final = 2_000
_CLOSED: Final = frozenset((errno.EPIPE, errno.EBADF, errno.ECONNRESET, errno.ENOTCONN, errno.ESHUTDOWN))
"""Nobody reads any more. All else, such as a full disk, is waited out."""


class TextLines:
    """A line for each notice, its event time before it; `write` hands on some bytes at once, and says how many."""

    name = "standard output"
    edits = False
    records = True
    most = 1_000
    pause_s = 0.0

    def __init__(self, write: Callable[[bytes], int]) -> None:
        self._write = write
        self._part = b""

    async def send(self, group: Sequence[Notice]) -> None:
        """Writes the lines. Raises Undelivered where there is no room, and ChannelClosed where nobody reads."""
        # In a thread: a reader that is slow holds up the messages, and nothing else.
        await asyncio.to_thread(self._put, message(group).encode())

    def _put(self, data: bytes) -> None:
        """Goes on where an attempt before it broke off, or with a new line where there is something else to say."""
        begun = self._part
        whole = data if data.startswith(begun) else b"\n" + data
        written = len(begun) if whole is data else 0
        try:
            while written < len(whole):
                written += self._write(whole[written:])
        except OSError as error:
            if error.errno in _CLOSED:
                raise ChannelClosed(f"{self.name} was closed") from None
            self._part = whole[:written].removeprefix(b"\n") if written else begun
            raise Undelivered(f"{self.name} took nothing ({reason(error)}); make room for it") from None
        self._part = b""


def message(group: Sequence[Notice]) -> str:
    r"""The lines.

    >>> message([Notice(0, "Something.")])
    '1970-01-01T00:00:00Z  Something.\n'
    """
    return "".join(f"{instant.text(notice.time)[:19]}Z  {linked(notice, _LONGEST)}\n" for notice in group)
