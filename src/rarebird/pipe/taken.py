"""What an inserting stage has taken in over its life: the checkpoint that it resumes from, and the status of it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from rarebird.model import instant
from rarebird.model.categories import Categories
from rarebird.model.instant import UNKNOWN
from rarebird.model.state import PIPE, pack, reading, unpack
from rarebird.model.tally import Tally
from rarebird.model.ticks import Ticks
from rarebird.stats.counts import Counts
from rarebird.stats.gaps import Gaps
from rarebird.stats.summary import Summary
from rarebird.store.contract import Saved


class Status(Struct, frozen=True):
    """What those who only look need to know."""

    watermark: str | None
    """Event time up to which all is in the history; None before the first event."""
    ended: bool
    """Nothing follows any more."""
    first: str | None
    """Event time of the first event."""

    @property
    def until(self) -> int | None:
        """The watermark, µs UTC."""
        return None if self.watermark is None else instant.parse(self.watermark)


def is_taken(saved: Saved) -> bool:
    """Whether what a store holds was taken in by an inserting stage."""
    return saved.checkpoint is not None and PIPE in unpack(saved.checkpoint)


class Taken:
    """Counts over the life of a watch, and up to where they go."""

    def __init__(self) -> None:
        self.categories = Categories()
        self.until = UNKNOWN
        self.counts = Counts()
        self.gaps = Gaps()
        self.late = 0
        self.malformed = 0

    @classmethod
    def of(cls, saved: Saved) -> Taken:
        """What a store holds of it."""
        taken = cls()
        taken.categories.restore(saved.names, 0)
        if saved.checkpoint is not None:
            with reading():
                held = unpack(saved.checkpoint)[PIPE]
                taken.until, taken.late, taken.malformed = held["until"], held["late"], held["malformed"]
                taken.counts, taken.gaps = Counts(held["counts"]), Gaps(*held["gaps"])
        return taken

    def add(self, ticks: Ticks) -> None:
        """Takes closed ticks in."""
        self.until = ticks.until
        self.counts = self.counts.add(ticks.cells)
        self.gaps = self.gaps.merge(Gaps.of(ticks.cells))

    def checkpoint(self) -> bytes:
        """All of it, as `of` reads it."""
        counts, gaps = self.counts.events, list(self.gaps)
        own = {"until": self.until, "counts": counts, "gaps": gaps, "late": self.late, "malformed": self.malformed}
        return pack({PIPE: own})

    def status(self, *, ended: bool) -> bytes:
        """The object that `rarebird summary` prints, without surprisal, with watermark and end."""
        names = self.categories.names
        counts = {name: count for name, count in zip(names, self.counts.events.tolist(), strict=False) if count}
        kept = self.gaps.events
        tally = Tally(read=kept + self.late + self.malformed, kept=kept, late=self.late, malformed=self.malformed)
        report: dict[str, Any] = Summary(tally, counts, self.gaps).as_object()
        del report["surprisal_bits_total"]
        watermark = None if self.until == UNKNOWN else instant.text(self.until)
        return msgspec.json.encode({**report, "watermark": watermark, "ended": ended})
