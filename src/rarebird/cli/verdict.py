"""The verdict on an input that has come to its end: whether anything of it counts, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rarebird.cli.output import say
from rarebird.decode.complaint import fault, nothing
from rarebird.errors import InputError
from rarebird.model.tally import Tally
from rarebird.source.contract import Source
from rarebird.watch import Watch


class Verdict(NamedTuple):
    """Empty where something counts."""

    fault: str
    """Why nothing could be read."""
    note: str
    """Why nothing counts though nothing is wrong."""

    def give(self) -> None:
        """Says it. Raises InputError for a fault."""
        if self.fault:
            raise InputError(self.fault)
        if self.note:
            say(f"rarebird: {self.note}")


def verdict(watch: Watch, sources: Sequence[Source], before: Tally | None = None, *, ended: bool = True) -> Verdict:
    """On what was read since `before`; unless `ended` it was stopped, and nothing need have come yet."""
    known = before or Tally()
    tally = watch.tally.less(known)
    wrong = fault(tally, watch.first_rejects, watch.lacking)
    if wrong or not ended:
        return Verdict(wrong, "")
    damage = [source.state.detail for source in sources if source.state.detail and not source.live]
    if damage and not tally.read and not known.read:
        return Verdict("; ".join(damage), "")
    return Verdict("", nothing(tally, known.read, watch.lacking))
