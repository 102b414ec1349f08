"""Server-sent events (WHATWG HTML, 9.2), parsed from bytes that may be cut anywhere. Pure."""

from __future__ import annotations

import re
from typing import Final

from rarebird.source.blocks import LIMIT, Block, is_event_id

_ENDS: Final = re.compile(rb"\r\n|\n|\r")
_BOM: Final = b"\xef\xbb\xbf"
_LONGEST_RETRY_S: Final = 600.0
"""The longest wait that a server can ask for: that after a refusal, for a wrong number must not mean years."""
_RETRY_DIGITS: Final = 12


class EventStream:
    r"""Each event's data becomes one line; several `data` fields are joined with a blank, which JSON ignores.

    The kind of an event (`event`) is not looked at. An event whose data or one of whose lines is longer than `limit`
    comes as an oversize block. An id that could not be sent back is ignored, as the standard has it for one with NUL.
    Memory: the limit.

    >>> [block.data for block in EventStream().feed(b': hello\nid: 7\ndata: {"a":\ndata: 1}\n\n')]
    [b'{"a": 1}\n']
    """

    def __init__(self, *, limit: int = LIMIT) -> None:
        self._limit = limit
        self.retry_s: float | None = None
        self.last_id = ""
        self._data = bytearray()
        self._has_data = False
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
        elif name == b"id" and not self._long:
            self._mark(value.decode("utf-8", errors="replace"))
        elif name == b"retry" and value.isdigit() and not self._long:
            short = len(value) <= _RETRY_DIGITS
            self.retry_s = min(int(value) / 1000, _LONGEST_RETRY_S) if short else _LONGEST_RETRY_S
        self._long = False

    def _mark(self, text: str) -> None:
        if is_event_id(text):
            self.last_id = text

    def _add(self, value: bytes) -> None:
        self._size += len(value) + 1
        self._oversize = self._oversize or self._long or self._size > self._limit
        if self._oversize:
            self._data.clear()
        elif self._size == len(value) + 1:
            self._data += value
        else:
            self._data += b" " + value
        self._has_data = self._has_data or bool(value)

    def _dispatch(self, blocks: list[Block]) -> None:
        if self._oversize:
            blocks.append(Block(b"", self._size, oversize=True, event_id=self.last_id))
        elif self._has_data:
            blocks.append(Block(bytes(self._data) + b"\n", self._size, event_id=self.last_id))
        self._data, self._size, self._oversize, self._has_data = bytearray(), 0, False, False
