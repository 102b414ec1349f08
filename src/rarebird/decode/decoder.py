"""The decoder: blocks of whole lines in, batches out."""

from __future__ import annotations

from itertools import chain, islice, repeat
from typing import Any

import msgspec

from rarebird.decode.csv_lines import CsvLines, records
from rarebird.decode.guess import time_field
from rarebird.decode.json_lines import BOM, FAULTS, JsonLines
from rarebird.decode.lines import whole_lines
from rarebird.decode.naming import Naming
from rarebird.decode.rows import Rows
from rarebird.model.batch import KEPT_ASIDE, Batch, Reject, empty
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields
from rarebird.model.instant import UNKNOWN
from rarebird.model.state import State


class Decoder:
    r"""Makes columns out of the lines of one stream, with the codes of a table of categories.

    `form` is "json" (an object a line) or "csv". One decoder serves one stream: it keeps the CSV header, and the
    time field where `fields.time` is empty and the first message that can be read decides.

    >>> decoder = Decoder(Fields(time="t", by="city"), Categories())
    >>> batch = decoder.decode(b'{"t": 1489925470, "city": "Oslo"}\n{"t": 1489925471}\nnonsense\n')
    >>> batch.time.tolist(), batch.read, batch.malformed
    ([1489925470000000], 3, 2)
    """

    def __init__(self, fields: Fields, categories: Categories, form: str = "json") -> None:
        self.fields = fields
        self.categories = categories
        self._form = form
        self._held = b""
        self._naming: Naming | None = None
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
            self.assume(time_field(first))
        assert self._lines is not None
        batch = self._lines.batch(block, arrival, lines)
        return batch if self._naming is None else batch._replace(named=self._naming.named(block, batch))

    def state(self) -> State:
        """The field that holds the time, what was held back of a CSV, and what its header said."""
        header = self._lines.state() if isinstance(self._lines, CsvLines) else None
        return {"time": self.fields.time, "held": self._held, "header": header}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        self.assume(state["time"])
        self._held = state["held"]
        if isinstance(self._lines, CsvLines):
            self._lines.restore(state["header"])

    def assume(self, time: str) -> None:
        """Takes a field as that which holds the time, where none is named and none was found yet."""
        if time and self._lines is None:
            self.fields = msgspec.structs.replace(self.fields, time=time)
            self._lines = self._reader()

    def oversize(self, *, arrival: int = UNKNOWN, lines: int = 0) -> Batch:
        """The batch of one line that was too long to be read."""
        reject = Reject(lines + 1, "expected a line of a message, got one longer than the limit")
        return empty(arrival)._replace(read=1, malformed=1, rejects=(reject,))

    def _reader(self) -> JsonLines | CsvLines:
        rows = Rows(self.fields, self.categories)
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
