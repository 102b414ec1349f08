"""CSV to batches: the first line names the columns."""

from __future__ import annotations

import csv
from typing import Any

from rarebird.decode.rows import Rows
from rarebird.errors import InputError
from rarebird.model.batch import Batch, Reject


class CsvLines:
    """Decodes blocks of CSV (RFC 4180, comma, UTF-8) that hold whole records; the first begins with the header.

    An empty field is a missing value. Cost: about 5 µs a record.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._width = 0
        self._places: list[int] = []

    def batch(self, block: bytes, arrival: int, lines: int) -> Batch:
        """The batch of a block, behind `lines` records that were read before."""
        text = block.decode("utf-8-sig", errors="surrogateescape")
        rows: list[tuple[int, list[Any]]] = []
        rejects: list[Reject] = []
        number = lines
        for record in filter(None, csv.reader(text.splitlines(keepends=True))):
            if not self._width:
                self._read_header(record)
                continue
            number += 1
            fault = self._fault(record)
            if fault:
                rejects.append(Reject(number, fault))
            else:
                rows.append((number, [record[at] or None for at in self._places]))
        return self._rows.judged(rows, rejects, arrival)

    def _read_header(self, header: list[str]) -> None:
        for name in self._rows.paths:
            if name not in header:
                raise InputError(f"expected a column {name!r} in the CSV header, found: {', '.join(header[:40])}")
        self._width = len(header)
        self._places = [header.index(name) for name in self._rows.paths]

    def _fault(self, record: list[str]) -> str:
        if len(record) != self._width:
            return f"expected {self._width} fields as in the header, got {len(record)}"
        if any("\udc80" <= letter <= "\udcff" for at in self._places for letter in record[at]):
            return "expected UTF-8"
        return ""
