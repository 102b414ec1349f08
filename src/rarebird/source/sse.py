"""Server-sent events (WHATWG HTML, 9.2), parsed from bytes that may be cut anywhere. Pure."""

from __future__ import annotations

import re
from typing import Final

from rarebird.source.blocks import LIMIT, Block

_ENDS: Final = re.compile(rb"\r\n|\n|\r")
_BOM: Final = b"\xef\xbb\xbf"


class EventStream:
    r"""Each event's data becomes one line; several `data` fields are joined with a blank, which JSON ignores.

    The kind of an event (`event`) is not looked at. An event whose data or one of whose lines is longer than `limit`
    comes as an oversize block. Memory: the limit.

    >>> [block.data for block in EventStream().feed(b': hello\nid: 7\ndata: {"a":\ndata: 1}\n\n')]
    [b'{"a": 1}\n']
    """

    def __init__(self, *, limit: int = LIMIT) -> None:
        self._limit = limit
        self.retry_s: float | None = None
        self.last_id = ""
        self._data: list[bytes] = []
        self._size = 0
        self._oversize = False
        self._begun = bytearray()
        self._long = False
        self._after_cr = False
        self._started = False

    def feed(self, chunk: bytes) -> list[Block]:
        """The events that the next bytes complete."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if not chunk:
            return []
        self._after_cr = chunk.endswith(b"\r")
        blocks: list[Block] = []
        *lines, rest = _ENDS.split(chunk)
        for line in lines:
            self._grow(line)
            self._line(bytes(self._begun), blocks)
            self._begun.clear()
        self._grow(rest)
        return blocks

    def finish(self) -> list[Block]:
        """Nothing: the standard drops an event whose blank line never came."""
        return []

    def _grow(self, part: bytes) -> None:
        """Adds to the line that was begun; a line over the limit keeps only the name of its field."""
        if self._long:
            return
        self._begun += part
        if len(self._begun) > self._limit:
            self._long = True
            del self._begun[64:]

    def _line(self, line: bytes, blocks: list[Block]) -> None:
        if not self._started:
            line = line.removeprefix(_BOM)
            self._started = True
        if not line:
            self._dispatch(blocks)
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._add(value)
        elif name == b"id" and b"\0" not in value and not self._long:
            self.last_id = value.decode("utf-8", errors="replace")
        elif name == b"retry" and value.isdigit() and not self._long:
            self.retry_s = int(value) / 1000
        self._long = False

    def _add(self, value: bytes) -> None:
        self._size += len(value) + 1
        self._oversize = self._oversize or self._long or self._size > self._limit
        if self._oversize:
            self._data = []
        else:
            self._data.append(value)

    def _dispatch(self, blocks: list[Block]) -> None:
        if self._oversize:
            blocks.append(Block(b"", self._size, oversize=True, event_id=self.last_id))
        elif any(self._data):
            blocks.append(Block(b" ".join(self._data) + b"\n", self._size, event_id=self.last_id))
        self._data, self._size, self._oversize = [], 0, False
