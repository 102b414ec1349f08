"""The decoder: blocks of whole lines in, batches out."""

from __future__ import annotations

from itertools import chain, islice, repeat
from typing import Any

import msgspec

from rarebird.decode.csv_lines import CsvLines, records
from rarebird.decode.field_check import FieldCheck
from rarebird.decode.guess import time_field
from rarebird.decode.json_lines import BOM, FAULTS, JsonLines
from rarebird.decode.lines import whole_lines
from rarebird.decode.naming import Naming
from rarebird.decode.presence import Presence
from rarebird.decode.rows import Rows
from rarebird.model.batch import KEPT_ASIDE, Batch, Reject, empty
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields
from rarebird.model.instant import UNKNOWN
from rarebird.model.position import Position
from rarebird.model.state import State


class Decoder:
    r"""Makes columns out of the lines of one stream, with the codes of a table of categories.

    `form` is "json" (an object a line) or "csv". One decoder serves one stream: it keeps the CSV header, and the
    time field where `fields.time` is empty and the first message that can be read decides.

    >>> decoder = Decoder(Fields(time="t", by="city"), Categories())
    >>> batch = decoder.decode(b'{"t": 1489925470}\n{"t": 1489925471, "city": "Oslo"}\nnonsense\n')
    >>> batch.time.tolist(), batch.read, batch.malformed
    ([1489925471000000], 3, 2)
    """

    def __init__(self, fields: Fields, categories: Categories, form: str = "json") -> None:
        self.fields = fields
        self.categories = categories
        self._form = form
        self._held = b""
        self._naming: Naming | None = None
        self._presence = Presence(categories)
        self._check: FieldCheck | None = None
        self._lines: JsonLines | CsvLines | None = self._reader() if fields.time else None

    def decode(self, block: bytes, *, arrival: int = UNKNOWN, lines: int = 0) -> Batch:
        """The batch of a block of whole lines; the last may lack its newline. `lines` were read before it.

        Raises InputError where no field can be found that holds the time, or a CSV header lacks a column.
        """
        if self._lines is None:
            if self._held:
                block, self._held = self._held + block, b""
            first = self._first(block)
            if first is None:
                return self._unread(block, arrival, lines)
            self._assume(time_field(first))
        assert self._lines is not None
        batch = self._lines.batch(block, arrival, lines)
        if self._check is not None:
            batch = batch._replace(lacking=self._check.take(block))
            self._check = None if self._check.is_over else self._check
        return batch if self._naming is None else batch._replace(named=self._naming.named(block, batch))

    def state(self) -> State:
        """The field that holds the time, what was held back of a CSV, and what its header said."""
        header = self._lines.state() if isinstance(self._lines, CsvLines) else None
        presence = {"absent": self._presence.absent, "present": self._presence.present}
        return {"time": self.fields.time, "held": self._held, "header": header, **presence}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        # A state of before the field was looked for holds nothing of it.
        self.resume(Position(time=state["time"], absent=state.get("absent", 0), present=state.get("present", False)))
        self._held = state["held"]
        if isinstance(self._lines, CsvLines):
            self._lines.restore(state["header"])

    def resume(self, position: Position) -> None:
        """Takes what was learned of the messages up to a position: the field of the time, and that of the category."""
        self._presence.absent, self._presence.present = position.absent, position.present
        if self._check is not None:
            self._check = FieldCheck(self.fields, known=position.present)
        self._assume(position.time)

    def learned(self, position: Position) -> Position:
        """A position behind all that was decoded, with what `resume` needs there."""
        absent, present = self._presence.absent, self._presence.present
        return msgspec.structs.replace(position, time=self.fields.time, absent=absent, present=present)

    def _assume(self, time: str) -> None:
        """Takes a field as that which holds the time, where none is named and none was found yet."""
        if time and self._lines is None:
            self.fields = msgspec.structs.replace(self.fields, time=time)
            self._lines = self._reader()

    def oversize(self, *, arrival: int = UNKNOWN, lines: int = 0) -> Batch:
        """The batch of one line that was too long to be read."""
        reject = Reject(lines + 1, "expected a line of a message, got one longer than the limit")
        return empty(arrival)._replace(read=1, malformed=1, rejects=(reject,))

    def _reader(self) -> JsonLines | CsvLines:
        rows = Rows(self.fields, self.categories, self._presence)
        if self._form == "json":
            self._check = FieldCheck(self.fields, known=self._presence.present)
        if self._form == "json" and self.fields.by and (self.fields.title or self.fields.link):
            self._naming = Naming(self.fields, self.categories)
        return CsvLines(rows) if self._form == "csv" else JsonLines(self.fields, rows)

    def _first(self, block: bytes) -> dict[str, Any] | None:
        """The first message of the block that can be read, or None."""
        if self._form == "csv":
            header, record = islice(chain(records(block, start=True), repeat(None)), 2)
            return None if header is None or record is None else dict(zip(header, record, strict=False))
        for line in whole_lines(block):
            try:
                message = msgspec.json.decode(line.removeprefix(BOM))
            except FAULTS:
                continue
            if isinstance(message, dict):
                return message
        return None

    def _unread(self, block: bytes, arrival: int, lines: int) -> Batch:
        """The batch of a block in which no line is a JSON object, or a CSV header stands alone, which is held."""
        if self._form == "csv":
            self._held = block if block.endswith(b"\n") else block + b"\n"
            return empty(arrival)
        count = len(whole_lines(block.removeprefix(BOM) if lines == 0 else block))
        rejects = tuple(Reject(lines + at, "expected a JSON object") for at in range(1, min(count, KEPT_ASIDE) + 1))
        return empty(arrival)._replace(read=count, malformed=count, rejects=rejects)
