"""CSV to batches: the first line names the columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from rarebird.decode.nearest import nearest
from rarebird.decode.rows import Rows
from rarebird.errors import InputError
from rarebird.model.batch import Batch, Reject
from rarebird.model.state import State

csv.field_size_limit(2**31 - 1)
"""Of the whole process; at Python's 128 KiB a longer field raises. Sources limit how long a record may be."""


def records(block: bytes, *, start: bool) -> Iterator[list[str]]:
    """The records of a block that are not blank, what is not UTF-8 as surrogates; at the `start` a BOM is dropped."""
    text = block.decode("utf-8-sig" if start else "utf-8", errors="surrogateescape")
    return filter(None, csv.reader(StringIO(text, newline="")))


class CsvLines:
    """Decodes blocks of CSV (RFC 4180, comma, UTF-8) that hold whole records; the first begins with the header.

    An empty field is a missing value. Cost: about 5 µs a record.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._width = 0
        self._places: list[int] = []

    def state(self) -> State:
        """What the header said."""
        return {"width": self._width, "places": self._places}

    def restore(self, state: State) -> None:
        """Takes a header as read."""
        self._width, self._places = state["width"], state["places"]

    def batch(self, block: bytes, arrival: int, lines: int) -> Batch:
        """The batch of a block, behind `lines` records that were read before."""
        rows: list[tuple[int, list[Any]]] = []
        rejects: list[Reject] = []
        number = lines
        found = records(block, start=not self._width)
        if not self._width:
            self._read_header(next(found, []))
        for record in found:
            number += 1
            fault = self._fault(record)
            if fault:
                rejects.append(Reject(number, fault))
            else:
                rows.append((number, [record[at] or None for at in self._places]))
        return self._rows.judged(rows, rejects, arrival)

    def _read_header(self, header: list[str]) -> None:
        if not header:
            return
        for name in self._rows.paths:
            if name not in header:
                near = nearest(name, header)
                raise InputError(
                    f"expected a column {name!r} in the CSV header{f'; did you mean {near}?' if near else ','} "
                    f"found: {', '.join(header[:40])}"
                )
        self._width = len(header)
        self._places = [header.index(name) for name in self._rows.paths]

    def _fault(self, record: list[str]) -> str:
        if len(record) != self._width:
            return f"expected {self._width} fields as in the header, got {len(record)}"
        if any("\udc80" <= letter <= "\udcff" for at in self._places for letter in record[at]):
            return "expected UTF-8"
        return ""
