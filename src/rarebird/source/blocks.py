"""Blocks: bytes as they come, in pieces of any size, cut into whole lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, Protocol

from rarebird.model.fields import Fields

LIMIT: Final = 16 << 20
"""Bytes of the longest line that is read; a longer one is skipped and counted as malformed."""
PIECE: Final = 1 << 20
"""Bytes of the largest block: decoding is fastest on 64 KB to 1 MB."""
LONGEST_ID: Final = 1 << 10
"""Bytes of the longest id of an event that is kept; those of Wikimedia have some 300. It goes back in a header."""
_SMALL: Final = 1 << 15
"""The same where messages stand for many events."""


class Block(NamedTuple):
    """Whole lines, or in place of one line that is longer than the limit nothing but its size."""

    data: bytes
    size: int
    """Bytes of the stream that it covers."""
    oversize: bool = False
    event_id: str = ""
    """The last id of a stream of server-sent events, up to here."""


def is_event_id(text: str) -> bool:
    r"""Whether an id of an event can be sent back in a header.

    >>> is_event_id("7"), is_event_id("a\r\nHost: b"), is_event_id("7" * 3_000_000)
    (True, False, False)
    """
    return len(text) <= LONGEST_ID and text.isprintable()


class Cutter(Protocol):
    """What turns the bytes of one connection or file into blocks."""

    @property
    def retry_s(self) -> float | None:
        """How long the stream asks to wait before connecting again, s."""
        ...

    def feed(self, chunk: bytes) -> list[Block]:
        """The blocks that the next bytes complete."""
        ...

    def finish(self) -> list[Block]:
        """What is left at the end of the stream."""
        ...


class Lines:
    r"""Cuts at newlines; where `quoted`, only at those outside of quotes (CSV, RFC 4180).

    A line whose end does not come within `limit` bytes is skipped up to the first newline after them. How the bytes
    are cut into chunks never changes which lines come out. Memory: one piece and one line.

    >>> lines = Lines()
    >>> [block.data for block in lines.feed(b'{"a":1}\n{"a"') + lines.feed(b':2}\n{') + lines.finish()]
    [b'{"a":1}\n', b'{"a":2}\n', b'{']
    """

    retry_s: float | None = None

    def __init__(self, *, quoted: bool = False, limit: int = LIMIT) -> None:
        self._quoted = quoted
        self._limit = limit
        self._piece = min(PIECE, limit)
        self._begun: list[bytes] = []
        self._size = 0
        self._odd = False
        self._skipping = False

    def feed(self, chunk: bytes) -> list[Block]:
        """The blocks that the next bytes complete, each at most about 1 MB or one line."""
        blocks: list[Block] = []
        for start in range(0, len(chunk), self._piece):
            self._take(chunk[start : start + self._piece], blocks)
        return blocks

    def finish(self) -> list[Block]:
        """The last line, where its newline never came."""
        data, size, skipped = b"".join(self._begun), self._size, self._skipping
        self._begin(b"")
        self._skipping = False
        return [Block(data, size, oversize=skipped)] if size else []

    def _take(self, piece: bytes, blocks: list[Block]) -> None:
        piece = self._continue(piece, blocks)
        if self._skipping or not piece:
            return
        if self._begun:
            self._begun.append(piece)
            self._size += len(piece)
            self._odd ^= self._quoted and piece.count(b'"') % 2 == 1
            return
        end = self._last_end(piece)
        if end:
            blocks.append(Block(piece[:end], end))
        self._begin(piece[end:])

    def _continue(self, piece: bytes, blocks: list[Block]) -> bytes:
        """Ends the line that was begun, where the piece holds its end; the rest of the piece."""
        if not self._size:
            return piece
        end = 0 if self._skipping else first_end(piece, quoted=self._quoted, odd=self._odd)
        too_long = self._size + (end or len(piece)) > self._limit
        if self._skipping or too_long:
            return self._skip(piece, blocks)
        if not end:
            return piece
        # The block is this line and all whole lines after it, joined in one copy.
        end += self._last_end(piece[end:]) if self._quoted else piece.rfind(b"\n") + 1 - end
        blocks.append(Block(b"".join((*self._begun, memoryview(piece)[:end])), self._size + end))
        self._begin(piece[end:])
        return b""

    def _skip(self, piece: bytes, blocks: list[Block]) -> bytes:
        """Passes over a line that is too long; what comes after it."""
        end = piece.find(b"\n", max(self._limit - self._size, 0)) + 1
        if not end:
            self._size += len(piece)
            self._begun, self._skipping = [], True
            return b""
        blocks.append(Block(b"", self._size + end, oversize=True))
        self._begin(b"")
        self._skipping = False
        return piece[end:]

    def _begin(self, start: bytes) -> None:
        self._begun = [start] if start else []
        self._size = len(start)
        self._odd = self._quoted and start.count(b'"') % 2 == 1

    def _last_end(self, piece: bytes) -> int:
        """Where the last whole line of a piece that starts with a line ends; 0 where none does."""
        if not self._quoted:
            return piece.rfind(b"\n") + 1
        odd = piece.count(b'"') % 2
        end = len(piece)
        while end > 0:
            newline = piece.rfind(b"\n", 0, end)
            odd ^= piece.count(b'"', max(newline, 0), end) % 2
            if newline < 0 or not odd:
                return newline + 1
            end = newline
        return 0


class _Counting(Protocol):
    @property
    def fields(self) -> Fields: ...


def suited(chunks: Iterable[bytes], decoder: _Counting) -> Iterable[bytes]:
    """Chunks as a decoder wants them: smaller where each of their messages stands for many events."""
    if not decoder.fields.count:
        return chunks
    return (chunk[at : at + _SMALL] for chunk in chunks for at in range(0, len(chunk), _SMALL))


def first_end(data: bytes, *, quoted: bool, odd: bool = False) -> int:
    r"""Where the first line of the data ends; 0 where it does not. `odd`: the data starts within quotes.

    >>> first_end(b'a\nb', quoted=True), first_end(b'a\nb"\nc', quoted=True, odd=True)
    (2, 5)
    """
    end = data.find(b"\n") + 1
    if not quoted:
        return end
    start = 0
    while end:
        odd ^= data.count(b'"', start, end) % 2 == 1
        if not odd:
            return end
        start, end = end, data.find(b"\n", end) + 1
    return 0


def merged(blocks: Iterable[Block]) -> Iterator[Block]:
    r"""The same lines in blocks of up to about 1 MB; each block must end with a newline or be oversize.

    >>> list(merged([Block(b"a\n", 2, event_id="1"), Block(b"b\n", 2, event_id="2")]))
    [Block(data=b'a\nb\n', size=4, oversize=False, event_id='2')]
    """
    run: list[Block] = []
    size = 0
    for block in blocks:
        if run and (block.oversize or run[-1].oversize or size + block.size > PIECE):
            yield _joined(run)
            run, size = [], 0
        run.append(block)
        size += block.size
    if run:
        yield _joined(run)


def _joined(run: list[Block]) -> Block:
    if len(run) == 1:
        return run[0]
    data = b"".join([block.data for block in run])
    return Block(data, sum([block.size for block in run]), event_id=run[-1].event_id)


def form_of(start: bytes) -> str:
    """What the first bytes of a stream are: "csv" where the first line has commas and no brace, else "json".

    >>> form_of(b'time,mag,net'), form_of(b'{"time":1,"net":"pr"}')
    ('csv', 'json')
    """
    line = start.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    return "csv" if b"," in line and not set(b"{}[]") & set(line) else "json"
