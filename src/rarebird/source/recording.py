"""A recording: one file on disk as the bytes that it holds, whether compressed or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from rarebird.errors import SourceError
from rarebird.source.compressed import Damaged, Expander, expanded, head, kind
from rarebird.source.memory import keep_memory

CHUNK: Final = 1 << 20
"""Bytes of one read."""


class Recording:
    """An open file. Compression is told by its first bytes, not by its name.

    Raises SourceError, permanent, where the file cannot be opened or read. Broken compressed data ends `chunks`
    without an error and is told in `damage`.
    """

    def __init__(self, path: Path) -> None:
        keep_memory()
        self._path = path
        self._file = _opened(path)
        self._start = self._read(CHUNK)
        self._expander: Callable[[], Expander] | None = kind(self._start)
        self.taken = 0
        """Bytes read of the file as it lies on the disk."""
        self.damage = ""

    def __enter__(self) -> Self:
        """The open file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the file."""
        self._file.close()

    def start(self) -> bytes:
        """The first bytes that it holds, some 1 MB or all."""
        return head(self._start)

    def chunks(self, offset: int) -> Iterator[bytes]:
        """What it holds from an offset on; plain files are sought, compressed ones expanded up to it."""
        if self._expander is None:
            self._check_length(offset)
            self._file.seek(offset)
            self.taken = offset
            yield from self._raw()
            return
        self._file.seek(0)
        self.taken = 0
        try:
            yield from _skipped(expanded(self._raw(), self._expander), offset)
        except Damaged as damage:
            self.damage = f"{self._path}: {damage}; what came before was read"

    def _raw(self) -> Iterator[bytes]:
        while chunk := self._read(CHUNK):
            self.taken += len(chunk)
            yield chunk

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            raise SourceError(f"cannot read {self._path}: {error.strerror}", permanent=True) from error

    def _check_length(self, offset: int) -> None:
        length = size_of(self._path)
        if offset > length:
            raise SourceError(
                f"expected {self._path} to have at least the {offset} bytes that were read before, found {length}: it "
                "is another file now; start with --fresh to read it from the start",
                permanent=True,
            )


def size_of(path: Path) -> int:
    """The bytes of a file; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        text = f"no such file: {path}; check the path"
    except IsADirectoryError:
        text = f"expected a file, found a folder: {path}; name the files in it"
    except PermissionError:
        text = f"no permission to read {path}; ask its owner, or run as a user who may read it"
    except OSError as error:
        text = f"cannot open {path}: {error.strerror}"
    raise SourceError(text, permanent=True)


def _skipped(chunks: Iterator[bytes], offset: int) -> Iterator[bytes]:
    for chunk in chunks:
        if offset < len(chunk):
            yield chunk[offset:] if offset else chunk
        offset = max(offset - len(chunk), 0)
