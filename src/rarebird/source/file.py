"""Files: JSON lines and CSV, plain or compressed, one after another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import xxhash
from msgspec.structs import replace

from rarebird.decode import Decoder
from rarebird.errors import SourceError
from rarebird.model.batch import Batch, Reject, empty, joined
from rarebird.model.position import Position
from rarebird.source.blocks import LIMIT, Block, Lines, first_end, form_of, suited
from rarebird.source.contract import SourceState
from rarebird.source.recording import Recording, size_of

_BOM: Final = b"\xef\xbb\xbf"
ROWS: Final = 8192
"""Rows of a batch, where a file has as many: what follows costs as much a batch as a thousand of its rows."""
_MARKED: Final = 4096
"""Bytes by whose hash a file is known again."""
_FORMS: Final = {".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json"}


class FileSource:
    """Recordings, read from the first to the last byte, then ended.

    `decoder` makes a decoder for a form, "json" or "csv"; `form` "auto" takes it from the file's name or its first
    line. A position is the file and the bytes of it, after decompression, that were read. A compressed file that ends
    too early or is broken is used up to there, and `state` and a reject say so. Batches hold at least `rows` events.
    """

    live = False
    again = True

    def __init__(  # noqa: PLR0913 - what to read and how, each by name
        self,
        paths: Sequence[str | Path],
        decoder: Callable[[str], Decoder],
        *,
        clock: Callable[[], int],
        form: str = "auto",
        limit: int = LIMIT,
        rows: int = ROWS,
    ) -> None:
        self._rows = rows
        self._paths = [Path(path) for path in paths]
        self._decoder, self._form, self._limit = decoder, form, limit
        self._clock = clock
        self._state = SourceState("starting", clock())
        self._sizes = [size_of(path) for path in self._paths]
        self._taken = 0
        self._json: Decoder | None = None
        self._learned = Position()
        self._start = b""

    @property
    def name(self) -> str:
        """The path of the first file, and how many more there are."""
        more = len(self._paths) - 1
        return f"{self._paths[0]} and {more} more" if more else str(self._paths[0])

    @property
    def state(self) -> SourceState:
        """How it is doing now."""
        return self._state

    @property
    def progress(self) -> tuple[int, int]:
        """Bytes read and bytes in all, of the files as they lie on the disk."""
        return self._taken, sum(self._sizes)

    def settle(self, watermark: int) -> None:
        """Nothing: a file is resumed by its bytes."""

    async def read(self, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
        """The batches after a position. Raises SourceError where a file cannot be read."""
        position = self._learned = since or Position()
        self._state = SourceState("connected", self._clock())
        for index in range(position.file, len(self._paths)):
            offset = position.offset if index == position.file else 0
            for batch, size in _gathered(self._file(index, offset, position), self._rows):
                offset += size
                lines = position.lines + batch.read
                mark = _mark(self._start, offset)
                position = replace(self._learned, offset=offset, file=index, mark=mark, lines=lines)
                yield batch, position
                await asyncio.sleep(0)
        self._state = SourceState("ended", self._clock(), self._state.detail)

    def _file(self, index: int, offset: int, since: Position) -> Iterator[tuple[Batch, int]]:
        """The batches of one file from an offset on, each with the bytes that it covers."""
        before, lines = sum(self._sizes[:index]), since.lines
        with Recording(self._paths[index]) as recording:
            start = recording.start()
            self._start = start[:_MARKED]
            if offset and since.mark not in ("", _mark(start, offset)):
                raise _replaced(self._paths[index])
            form = self._form_of(self._paths[index], start)
            cutter = Lines(quoted=form == "csv", limit=self._limit)
            decoder = self._decoder_for(form, since.time if offset else "")
            # A CSV that is read from its middle needs the names of its columns all the same.
            head = start[: first_end(start, quoted=True)] if offset and form == "csv" else b""
            for block in _blocks(suited(recording.chunks(offset), decoder), cutter):
                batch = self._decoded(decoder, block, head, lines)
                learned = decoder.learned(self._learned)
                self._learned = learned if form == "json" else replace(self._learned, time=learned.time)
                if not block.oversize:
                    head = b""
                lines += batch.read
                self._taken = before + recording.taken
                yield batch, block.size
            if recording.damage:
                self._state = SourceState("connected", self._clock(), recording.damage)
                yield empty()._replace(rejects=(Reject(lines + 1, recording.damage),)), 0
        self._taken = before + recording.taken

    def _decoded(self, decoder: Decoder, block: Block, head: bytes, lines: int) -> Batch:
        if block.oversize:
            return decoder.oversize(lines=lines)
        return decoder.decode(head + block.data if head else block.data, lines=lines)

    def _form_of(self, path: Path, start: bytes) -> str:
        if self._form != "auto":
            return self._form
        names = [suffix.lower() for suffix in path.suffixes]
        return next((_FORMS[name] for name in reversed(names) if name in _FORMS), None) or form_of(start)

    def _decoder_for(self, form: str, time: str) -> Decoder:
        """Each CSV has a header of its own; JSON lines are one stream over all files."""
        if form == "json" and self._json is not None:
            return self._json
        decoder = self._decoder(form)
        decoder.resume(replace(self._learned, time=time))
        if form == "json":
            self._json = decoder
        return decoder


def _mark(start: bytes, offset: int) -> str:
    return xxhash.xxh3_64_hexdigest(start[: min(offset, _MARKED)])


def _replaced(path: Path) -> SourceError:
    return SourceError(
        f"expected {path} to begin with what was read of it before, found something else: it is another file now; "
        "start with --fresh to read it from the start",
        permanent=True,
    )


def _gathered(batches: Iterator[tuple[Batch, int]], enough: int) -> Iterator[tuple[Batch, int]]:
    """The same batches, joined until they hold enough rows."""
    waiting: list[Batch] = []
    rows = covered = 0
    for batch, size in batches:
        waiting.append(batch)
        rows += len(batch.time)
        covered += size
        if rows >= enough:
            yield joined(waiting), covered
            waiting, rows, covered = [], 0, 0
    if waiting:
        yield joined(waiting), covered


def _blocks(chunks: Iterable[bytes], cutter: Lines) -> Iterator[Block]:
    first = True
    for chunk in chunks:
        for block in cutter.feed(chunk):
            yield _without_bom(block) if first else block
            first = False
    for block in cutter.finish():
        yield _without_bom(block) if first else block


def _without_bom(block: Block) -> Block:
    return block._replace(data=block.data.removeprefix(_BOM))
