from __future__ import annotations

from typing import Any

import numpy as np

from rarebird.model.batch import Batch, Named, Reject, Span
from rarebird.model.handed import Handed
from rarebird.model.lacking import Lacking
from rarebird.model.snapshot import Missed
from rarebird.model.tally import Tally
from rarebird.model.ticks import NONE, Cells
from rarebird.run.journal import Entry, read, written

FULL = Batch(
    time=np.array([5, 7], np.int64),
    category=np.array([1, 2], np.int32),
    identity=np.array([2**64 - 1, 3], np.uint64),
    arrival=9,
    read=11,
    filtered=3,
    malformed=2,
    rejects=(Reject(4, "expected a time"),),
    time_form="t, epoch in s",
    idle=True,
    extra=-4,
    named=(Named(5, 1, "Yoga", "https://example.org/e/1"),),
    lacking=(Lacking("--by", "statsu", 7, ("t", "status"), "status", False),),
    steady=3,
    given=Span(3, 6),
    handed=Handed(
        Cells(*(np.array([value]) for value in (1, 2, 3, 4, 5))), 9, Tally(read=3, kept=3), missed=7, last=NONE
    ),
)


def plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return type(value).__name__, [plain(inner) for inner in value]
    return (value.dtype.str, value.tolist()) if isinstance(value, np.ndarray) else value


def test_every_field_of_a_batch_comes_back_from_the_journal() -> None:
    # A field that the journal does not know would come back as its default.
    defaults = Batch._field_defaults
    assert not [name for name in Batch._fields if name in defaults and getattr(FULL, name) == defaults[name]]
    entry = read(written(Entry(FULL, 6, Missed("feed", 1, 2))))
    assert plain(entry.batch) == plain(FULL)
    assert (entry.folded, entry.missed) == (6, Missed("feed", 1, 2))


def test_an_entry_costs_20_bytes_a_row_and_holds_no_text_of_a_message() -> None:
    rows = 10_000
    many = Batch(np.arange(rows), np.zeros(rows, np.int32), np.arange(rows).astype(np.uint64), read=rows)
    assert len(written(Entry(many, 0))) < 20 * rows + 200
