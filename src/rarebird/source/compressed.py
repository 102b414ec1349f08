"""Compressed bytes: gzip and Zstandard, told by their first bytes, expanded in bounded steps. Pure."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol

GZIP: Final = b"\x1f\x8b"
ZSTD: Final = b"\x28\xb5\x2f\xfd"
_TOO_LARGE: Final = "too much memory"
"""Says the library of a frame whose window is larger than 128 MB: as much memory would be needed to expand it."""
STEP: Final = 1 << 20
"""Bytes that one step expands to at most: a small file may hold a large one."""


class Damaged(Exception):
    """The data ends early or is broken; all that came before was handed on."""


class Expander(Protocol):
    """What turns compressed bytes into the data that they hold."""

    @property
    def eof(self) -> bool:
        """Whether its member of the file is complete."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What came after the member."""
        ...

    def expand(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes hold, in steps. Raises Damaged."""
        ...


class _Gzip:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        # Zeros may fill up the end of an archive (RFC 1952 leaves them to the reader).
        return self._inner.unused_data.lstrip(b"\0")

    def expand(self, data: bytes) -> Iterator[bytes]:
        try:
            while data and not self._inner.eof:
                yield self._inner.decompress(data, STEP)
                data = self._inner.unconsumed_tail
        except zlib.error as error:
            raise Damaged("its gzip data is broken") from error


class _Zstd:
    def __init__(self) -> None:
        zstd = _zstd()
        self._inner = zstd.ZstdDecompressor()
        self._error = zstd.ZstdError

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data)

    def expand(self, data: bytes) -> Iterator[bytes]:
        try:
            yield self._inner.decompress(data, STEP)
            while not self._inner.eof and not self._inner.needs_input:
                yield self._inner.decompress(b"", STEP)
        except self._error as error:
            if _TOO_LARGE in str(error):
                text = (
                    "it was compressed with a larger window than is expanded here, 128 MB; compress it without --long"
                )
                raise Damaged(text) from error
            raise Damaged("its zstd data is broken") from error


def _zstd() -> Any:
    """The module for Zstandard: in the standard library since Python 3.14, a backport before."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


def kind(start: bytes) -> Callable[[], Expander] | None:
    """What expands data that starts like this; None where it is not compressed.

    >>> kind(b'{"a": 1}') is None
    True
    """
    if start.startswith(GZIP):
        return _Gzip
    return _Zstd if start.startswith(ZSTD) else None


def head(start: bytes) -> bytes:
    """The first bytes of what data holds that starts like this, whether it is compressed or not."""
    try:
        return next(Expansion(kind(start)).feed(start), b"")
    except Damaged:
        return b""


class Expansion:
    """The data that chunks hold, several members one after another included; the chunks themselves without expander."""

    def __init__(self, expander: Callable[[], Expander] | None) -> None:
        self._expander = expander
        self._current: Expander | None = None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What the next chunk holds, in steps. Raises Damaged at the point where the data is broken."""
        if self._expander is None:
            yield chunk
            return
        while chunk:
            self._current = self._current or self._expander()
            yield from self._current.expand(chunk)
            if not self._current.eof:
                return
            chunk, self._current = self._current.unused_data, None

    def finish(self) -> None:
        """The end of the chunks. Raises Damaged where the data should go on."""
        if self._current is not None:
            raise Damaged("it ends before its compressed data does")


def expanded(chunks: Iterable[bytes], expander: Callable[[], Expander]) -> Iterator[bytes]:
    """The data that all chunks hold. Raises Damaged where it is broken or ends before it should."""
    expansion = Expansion(expander)
    for chunk in chunks:
        yield from expansion.feed(chunk)
    expansion.finish()
