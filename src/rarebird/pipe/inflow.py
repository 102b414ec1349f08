"""The inflow of a stage: bytes as they come, as lines of the kind that it reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

import msgspec

from rarebird.decode.lines import one_each
from rarebird.errors import InputError
from rarebird.model.outside import UNREADABLE
from rarebird.model.plural import are, counted
from rarebird.pipe.line import Line
from rarebird.source.blocks import Block, Lines
from rarebird.source.pipe import Pipe

Kind = TypeVar("Kind", bound=Line)
Say = Callable[[str], None]
"""Takes a line for people, on standard error."""
Write = Callable[[bytes], None]
"""Takes whole lines and hands them on at once."""
_IDLE_S: Final = 0.2
_LONGEST: Final = 1 << 20
_TOLD: Final = 3


class Inflow(Generic[Kind]):
    """Lines of one kind, with marks among them. A line that is neither is counted, told and left out."""

    def __init__(self, chunks: AsyncIterator[bytes], kind: type[Kind], say: Say) -> None:
        self._chunks, self._say = chunks, say
        self._decoder = msgspec.json.Decoder(kind)
        self._kind = kind.__name__.removesuffix("Line").lower()
        self.read = 0
        self.malformed = 0
        self.marked = False
        """Whether a watermark came: then only the end mark says that the stream is over."""
        self.ended = False

    async def lines(self) -> AsyncIterator[list[Kind]]:
        """The lines as they come; none where nothing came for a while, so that a stage can look at its clock.

        Raises InputError at the end where not one of them could be read.
        """
        cutter = Lines(limit=_LONGEST)
        async for chunk in self._chunks:
            yield [line for block in cutter.feed(chunk) for line in self._of(block)]
        yield [line for block in cutter.finish() for line in self._of(block)]
        if self.malformed:
            lines = counted(self.read, "lines")
            self._say(f"{self.malformed:,} of {lines} {are(self.malformed)} no {self._kind}, and left out")
        if self.malformed and self.malformed == self.read:
            raise InputError(f"expected lines that `rarebird pipe` writes, each one {self._kind}, and found none")

    @property
    def over(self) -> bool:
        """Whether the stream is over, at the end of input: by its end mark, or as none of its lines was a mark."""
        return self.ended or (not self.marked and self.read > 0)

    def _of(self, block: Block) -> list[Kind]:
        sound = []
        for line in self._decoded(block):
            self.read += 1
            fault = line if isinstance(line, str) else self._fault(line)
            if fault:
                self._reject(fault)
            elif not isinstance(line, str):
                sound.append(line)
        return sound

    def _decoded(self, block: Block) -> Sequence[Kind | str]:
        """The lines of a block, and in place of those that cannot be read what is wrong with them."""
        if block.oversize:
            return [f"it is longer than {_LONGEST:,} bytes"]
        with suppress(*UNREADABLE):
            found = self._decoder.decode_lines(block.data)
            # What goes on in the next line is read as one here, and as two where the block ends between them.
            if one_each(memoryview(block.data), len(found)):
                return found
        return [self._one(text) for text in block.data.split(b"\n") if text.strip()]

    def _one(self, text: bytes) -> Kind | str:
        try:
            return self._decoder.decode(text)
        except UNREADABLE as error:
            return str(error)

    def _fault(self, line: Kind) -> str:
        """What is wrong with a line, nothing where it has all that its kind needs; notes the marks."""
        if line.end:
            self.ended = True
            return ""
        try:
            line.at  # noqa: B018 - it raises
        except (ValueError, OverflowError) as error:
            return str(error) if line.time or line.watermark else "expected the field time, got none"
        if line.watermark:
            self.marked = True
            return ""
        missing = [name for name in line.__struct_fields__ if getattr(line, name) is msgspec.UNSET]
        return f"expected the field {missing[0]}, got none" if missing else ""

    def _reject(self, reason: str) -> None:
        self.malformed += 1
        if self.malformed <= _TOLD:
            self._say(f"line {self.read:,}: expected one {self._kind} as JSON; {reason}")


async def of_pipe(target: int | str = 0) -> AsyncIterator[bytes]:
    """The bytes of a pipe as they come, none at all where nothing came for a while. Raises InputError."""
    pipe = Pipe(target)
    try:
        while (chunk := await pipe.take(_IDLE_S)) is not None:
            yield chunk
    except OSError as error:
        raise InputError(f"cannot read standard input: {error.strerror}") from error
    finally:
        pipe.close()
