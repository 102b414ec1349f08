"""The journal: what a watch took in, as bytes, so that a restart can take it in again."""

from __future__ import annotations

from typing import Final, NamedTuple

from rarebird.model.batch import Batch, Named, Reject, Span
from rarebird.model.handed import Handed
from rarebird.model.instant import UNKNOWN
from rarebird.model.lacking import Lacking
from rarebird.model.snapshot import Missed
from rarebird.model.state import State, pack, unpack
from rarebird.model.tally import Tally
from rarebird.model.ticks import Cells

_PLAIN: Final = ("arrival", "read", "filtered", "malformed", "time_form", "idle", "extra")


class Heard(NamedTuple):
    """What somebody said to the watch, by its number in the store."""

    number: int
    body: bytes


class Entry(NamedTuple):
    """A batch and what else changed with it.

    Of messages only the needed fields are kept: no text but what rare events are called, no member's name.
    """

    batch: Batch
    folded: int
    """Events that fell into "other" because of the cap on categories, up to and with this batch."""
    missed: Missed | None = None
    """What a source did not send again before this batch."""
    heard: Heard | None = None
    """What somebody said; then the batch is empty and counts for nothing."""


def written(entry: Entry) -> bytes:
    """The bytes of an entry: 20 for each row and some 100."""
    batch = entry.batch
    return pack(
        {
            "rows": [batch.time, batch.category, batch.identity],
            "plain": [getattr(batch, name) for name in _PLAIN],
            "rejects": [list(reject) for reject in batch.rejects],
            "folded": entry.folded,
            "handed": _plain(batch.handed),
            "named": [list(named) for named in batch.named],
            "missed": entry.missed and [entry.missed.source, entry.missed.start, entry.missed.end],
            "heard": entry.heard and list(entry.heard),
        }
        | ({} if batch.lacking is None else {"lacking": [list(each) for each in batch.lacking]})
        | ({} if batch.steady == UNKNOWN else {"steady": batch.steady})
        | ({} if batch.given is None else {"given": list(batch.given)})
    )


def read(body: bytes) -> Entry:
    """The entry of bytes that `written` made."""
    found = unpack(body)
    batch = Batch(*found["rows"], **dict(zip(_PLAIN, found["plain"], strict=True)))
    batch = batch._replace(rejects=tuple(Reject(*reject) for reject in found["rejects"]))
    batch = batch._replace(handed=_handed(found["handed"]), named=tuple(Named(*named) for named in found["named"]))
    if (lacking := found.get("lacking")) is not None:
        batch = batch._replace(lacking=tuple(Lacking(*each)._replace(fields=tuple(each[3])) for each in lacking))
    batch = batch._replace(steady=found.get("steady", UNKNOWN))
    if (given := found.get("given")) is not None:
        batch = batch._replace(given=Span(*given))
    heard = found["heard"] and Heard(*found["heard"])
    return Entry(batch, found["folded"], found["missed"] and Missed(*found["missed"]), heard)


def _plain(handed: Handed | None) -> State | None:
    if handed is None:
        return None
    columns = {"cells": list(handed.cells), "last": list(handed.last), "tally": list(handed.tally)}
    return columns | {"until": handed.until, "missed": handed.missed}


def _handed(plain: State | None) -> Handed | None:
    if plain is None:
        return None
    cells, last, tally = Cells(*plain["cells"]), Cells(*plain["last"]), Tally(*plain["tally"])
    return Handed(cells, plain["until"], tally, plain["missed"], last)
