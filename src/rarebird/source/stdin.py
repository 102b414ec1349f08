"""Standard input, or any other stream that somebody else writes to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final

import numpy as np
from msgspec.structs import replace

from rarebird.decode import Decoder
from rarebird.errors import SourceError
from rarebird.model.batch import Batch, Reject, empty
from rarebird.model.position import Position
from rarebird.source.blocks import LIMIT, Block, Lines, form_of, suited
from rarebird.source.compressed import Damaged, Expansion, head, kind
from rarebird.source.contract import SourceState
from rarebird.source.live import is_fresh
from rarebird.source.pipe import Pipe

IDLE_S: Final = 0.2
_SNIFF: Final = 64 << 10
"""Bytes within which the first line tells the form."""


class StdinSource:
    """A file descriptor or a named pipe up to its end. It may be a recording or happen now: its event times tell.

    Compression is told by the first bytes. Broken compressed data ends it, and `state` and a reject say so.

    From the first batch on whose median event time lies within an hour of the clock it is live: batches carry their
    arrival, and idle ones follow while nothing comes. Before, they are those of a recording. What was read cannot be
    read again, so a position only counts lines. `decoder` makes a decoder for a form, "json" or "csv"; `form` "auto"
    takes it from the first line.
    """

    live = False
    again = False

    def __init__(  # noqa: PLR0913 - what to read and how, each by name
        self,
        target: int | str,
        decoder: Callable[[str], Decoder],
        *,
        clock: Callable[[], int],
        steady: Callable[[], int] | None = None,
        form: str = "auto",
        limit: int = LIMIT,
    ) -> None:
        self.name = target if isinstance(target, str) else "standard input"
        self._target, self._decoder = target, decoder
        self._steady = steady or clock
        self._clock, self._form, self._limit = clock, form, limit
        self._state = SourceState("starting", clock())
        self._is_live = False

    @property
    def state(self) -> SourceState:
        """How it is doing now."""
        return self._state

    def settle(self, watermark: int) -> None:
        """Nothing: what was read cannot be read again."""

    async def read(self, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
        """The batches up to the end of input. Raises SourceError where reading fails."""
        self._state = SourceState("connected", self._clock())
        pipe = Pipe(self._target)
        try:
            async for batch, position in self._batches(pipe, since or Position()):
                yield batch, position
        except OSError as error:
            raise SourceError(f"cannot read {self.name}: {error.strerror}", permanent=True) from error
        finally:
            pipe.close()
        self._state = SourceState("ended", self._clock(), self._state.detail)

    async def _batches(self, pipe: Pipe, position: Position) -> AsyncIterator[tuple[Batch, Position]]:
        chunk: bytes | None = await _start(pipe)
        start, damage = chunk or b"", ""
        form = form_of(head(start)) if self._form == "auto" else self._form
        decoder, cutter = self._decoder(form), Lines(quoted=form == "csv", limit=self._limit)
        # The field of the time is guessed again, as other input may come.
        decoder.resume(replace(position, time=""))
        expansion = Expansion(kind(start))
        try:
            while chunk is not None:
                for block in (block for data in suited(expansion.feed(chunk), decoder) for block in cutter.feed(data)):
                    batch = self._decoded(decoder, block, position.lines)
                    position = self._behind(decoder, position, batch)
                    yield batch, position
                chunk = await pipe.take(IDLE_S)
                if chunk == b"" and self._is_live:
                    yield empty(self._clock(), idle=True, steady=self._steady()), position
            expansion.finish()
        except Damaged as fault:
            damage = f"{self.name}: {fault}; what came before was read"
            self._state = SourceState("connected", self._clock(), damage)
        for block in cutter.finish():
            batch = self._decoded(decoder, block, position.lines)
            position = self._behind(decoder, position, batch)
            yield batch, position
        if damage:
            yield empty()._replace(rejects=(Reject(position.lines + 1, damage),)), position

    def _behind(self, decoder: Decoder, position: Position, batch: Batch) -> Position:
        return replace(decoder.learned(position), lines=position.lines + batch.read)

    def _decoded(self, decoder: Decoder, block: Block, lines: int) -> Batch:
        batch = decoder.oversize(lines=lines) if block.oversize else decoder.decode(block.data, lines=lines)
        now = self._clock()
        if len(batch.time):
            self._is_live = self._is_live or is_fresh(int(np.median(batch.time)), now)
        return batch._replace(arrival=now, steady=self._steady()) if self._is_live else batch


async def _start(pipe: Pipe) -> bytes:
    """The first bytes up to at least the first newline, or `_SNIFF` of them."""
    start = b""
    while b"\n" not in start and len(start) < _SNIFF:
        chunk = await pipe.take(IDLE_S)
        if chunk is None:
            break
        start += chunk
    return start
