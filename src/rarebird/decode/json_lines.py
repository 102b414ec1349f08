"""JSON lines to batches: a whole block at once, and line by line where that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rarebird.decode import times
from rarebird.decode.lines import one_each, whole_lines
from rarebird.decode.rows import Rows
from rarebird.decode.shape import Scalar, Shape, time_types
from rarebird.model.batch import Batch, Reject, joined
from rarebird.model.fields import Fields
from rarebird.model.instant import UNITS

FAULTS = (msgspec.DecodeError, ValueError, OverflowError, RecursionError)
"""What decoding raises; UnicodeDecodeError is a ValueError."""
BOM = b"\xef\xbb\xbf"
_SHOWN = 10
_KINDS = {dict: "an object", list: "an array"}
_MESSAGES = 3_000
"""Decoded at a time, by the length of the first. What is done once a piece takes some 50 µs, 50 ns a message of a
thousand; in pieces of 8,000 the messages have left the processor's cache before their columns are taken."""
_AFTER_FAULT, _LEAST = 128 * 1024, 4 * 1024
"""Bytes of the largest pieces that a block with a fault, and the one after it, is read in, and of the smallest, behind
which lines are read one by one: smaller ones take more time each than they save (benchmarks/results.md)."""
_SHORTEST, _LONGEST = 256 * 1024, 3 * 1024 * 1024
"""Bytes of a piece."""


class Part(NamedTuple):
    """What was read of a piece of a block."""

    read: int
    time: NDArray[np.int64] | NDArray[np.float64]
    """Epoch times in the stream's unit, or µs where the stream writes texts."""
    category: NDArray[np.int32]
    ids: list[NDArray[np.uint64]]
    """A 64-bit value for each part of the identity."""


class JsonLines:
    """Decodes blocks of JSON lines. A message must be one line, a JSON object, and hold its time.

    Fields that are not needed are skipped: they must be well-formed JSON, but their text is not looked at. Cost: the
    typed decoding of `msgspec` and about 30 % more; some 5 µs a line in the 4 KB around one that is wanting.
    """

    def __init__(self, fields: Fields, rows: Rows) -> None:
        self._fields, self._rows = fields, rows
        # What is counted already has few rows, which are judged one by one.
        self._mixed = fields.time in rows.paths[1:] or bool(fields.count)
        self._types = (Scalar,) if self._mixed else time_types(fields.time_unit)
        self._columns = (_integers, _numbers, _texts)[-len(self._types) :]
        self._type = 0
        self._nested = any("." in path for path in rows.paths)
        self._made: dict[tuple[str, bool], list[Shape]] = {}
        self._accesses = self._shapes()[0].accesses
        self._decoders = self._suited()
        self._is_dirty = False
        """The last block had a fault: the next one is likely to have one, too."""

    def batch(self, block: bytes, arrival: int, lines: int) -> Batch:
        """The batch of a block of whole lines, behind `lines` lines that were read before."""
        if lines == 0:
            block = block.removeprefix(BOM)
        self._decoders = self._suited()
        if self._mixed:
            return self._line_by_line(block, arrival, lines)
        batch = None if self._is_dirty else self._sound(block, arrival)
        self._is_dirty = False
        return batch or self._in_pieces(block, arrival, lines)

    def _sound(self, block: bytes, arrival: int) -> Batch | None:
        """The batch of a block in which no line is wanting; None where one is."""
        folded, form = self._rows.categories.folded, self._rows.time_form
        self._decoders = self._suited()
        try:
            return self._at_once(block, arrival)
        except FAULTS:
            self._rows.categories.folded, self._rows.time_form = folded, form
            self._is_dirty = True
            return None

    def _in_pieces(self, block: bytes, arrival: int, lines: int) -> Batch:
        """The batch of a block in which a line may be wanting: only what is near to that is read line by line."""
        size = min(_AFTER_FAULT, len(block) // 2)
        if size < _LEAST:
            return self._line_by_line(block, arrival, lines)
        batches = []
        for piece in cut(block, size):
            batch = self._sound(piece, arrival)
            if batch is None:
                again = self._in_pieces if len(piece) < len(block) else self._line_by_line
                batch = again(piece, arrival, lines)
            lines += batch.read
            batches.append(batch)
        return joined(batches)

    def _suited(self) -> list[msgspec.json.Decoder[Any]]:
        """Decoders for each type of time, which mark a missing category where that has to be judged."""
        return [shape.decoder for shape in self._shapes()]

    def _shapes(self, *, nullable: bool = False) -> list[Shape]:
        marked = self._fields.by if self._rows.presence.marks else ""
        if (marked, nullable) not in self._made:
            self._made[marked, nullable] = [
                Shape(self._rows.paths, kind, marked, nullable=nullable) for kind in self._types
            ]
        return self._made[marked, nullable]

    def _at_once(self, block: bytes, arrival: int) -> Batch:
        """The batch of a block in which no line is wanting; raises one of `FAULTS` where one is."""
        parts = [self._part(piece) for piece in _pieces(block)]
        read, time, names, ids = zip(*parts, strict=True) if parts else ((), (), (), ())
        found = np.concatenate([np.empty(0, np.int64), *time])
        if self._columns[self._type] is not _texts:
            found = times.epochs(found, self._fields.time_unit)
        if len(found):
            self._rows.presence.came()
        return self._rows.columns(found, names, ids, sum(read), arrival)

    def _part(self, piece: memoryview) -> Part:
        """How many messages a piece holds, and the columns of those that count.

        The columns are taken while the messages are still in the processor's cache.
        """
        rows = self._decoders[self._type].decode_lines(piece)
        read = len(rows)
        if not one_each(piece, read):
            raise ValueError("expected one message a line")
        column = self._columns[self._type]
        if column is _texts and self._rows.conditions:
            column(self._accesses[0].column(rows), self._fields.time_unit)
        for at, wanted in self._rows.conditions:
            rows = self._accesses[at].matching(rows, wanted)
        taken = self._accesses[0].column(rows)
        if rows:
            self._rows.learn_form(taken[0])
        time = column(taken, self._fields.time_unit)
        names = self._rows.codes(self._accesses[1], rows) if self._fields.by else self._rows.one(len(rows))
        return Part(read, time, names, [self._rows.values(self._accesses[at], rows) for at in self._rows.ids])

    def _line_by_line(self, block: bytes, arrival: int, lines: int) -> Batch:
        rows: list[tuple[int, list[Any]]] = []
        rejects: list[Reject] = []
        for number, line in enumerate(whole_lines(block), lines + 1):
            try:
                rows.append((number, self._values(line)))
            except FAULTS as error:
                rejects.append(Reject(number, self._reason(line, error)))
        return self._rows.judged(rows, rejects, arrival)

    def _values(self, line: bytes) -> list[Any]:
        """The values at the paths of one line, by the first type of time that fits; the next block is tried with it."""
        types = range(len(self._types))
        for self._type in types:
            with suppress(msgspec.ValidationError):
                return self._taken(line)
        if self._nested and self._rows.presence.takes_none:
            shapes = self._shapes(nullable=True)
            for self._type in types:
                with suppress(msgspec.ValidationError):
                    return shapes[self._type].reach(shapes[self._type].decoder.decode(line))
        return self._taken(line)

    def _taken(self, line: bytes) -> list[Any]:
        message = self._decoders[self._type].decode(line)
        return [access.column([message])[0] for access in self._accesses]

    def _reason(self, line: bytes, error: Exception) -> str:
        """Why a line is no event, in the words of the stream's own fields."""
        if isinstance(error, UnicodeDecodeError):
            return f"expected UTF-8, got byte 0x{error.object[error.start]:02x}"
        if not isinstance(error, msgspec.ValidationError):
            return str(error)
        try:
            message = msgspec.json.decode(line)
            times.one(value_at(message, self._fields.time), self._fields.time_unit)
        except FAULTS as fault:
            return f"{self._fields.time}: {fault}"
        for path in self._rows.paths:
            value = value_at(message, path)
            if isinstance(value, dict | list):
                within = f" with the fields {', '.join([*value][:_SHOWN])}" if isinstance(value, dict) and value else ""
                return f"{path}: expected a text or a number, got {_KINDS[type(value)]}{within}"
        return str(error)


def value_at(message: Any, path: str) -> Any:
    """The value at a path of a message; None where it has none. Raises ValueError where it is no JSON object.

    >>> value_at({"group": {"state": "CA"}}, "group.state"), value_at({}, "group.state")
    ('CA', None)
    """
    if not isinstance(message, dict):
        raise ValueError(f"expected a JSON object, got {type(message).__name__}")
    value: Any = message
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _integers(values: list[Any], _unit: str) -> NDArray[np.int64]:
    return np.fromiter(values, np.int64, len(values))


def _numbers(values: list[Any], _unit: str) -> NDArray[np.float64]:
    return np.fromiter(values, np.float64, len(values))


def _texts(values: list[Any], unit: str) -> NDArray[np.int64]:
    if unit in UNITS:
        raise ValueError(f"expected epoch times in {unit}")
    return times.texts(values)


def _pieces(block: bytes) -> Iterator[memoryview]:
    """The block cut behind newlines into pieces of about `_MESSAGES`."""
    start, whole = 0, memoryview(block)
    size = min(max(_MESSAGES * block.find(b"\n"), _SHORTEST), _LONGEST)
    while start < len(block):
        end = block.find(b"\n", start + size) + 1 or len(block)
        yield whole[start:end]
        start = end


def cut(block: bytes, size: int) -> Iterator[bytes]:
    r"""A block of lines in parts of whole lines of about so many bytes.

    >>> list(cut(b"a\nbc\nd", 2))
    [b'a\n', b'bc\n', b'd']
    """
    start = 0
    while start < len(block):
        end = block.find(b"\n", start + size - 1) + 1 or len(block)
        yield block[start:end]
        start = end
