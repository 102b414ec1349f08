"""The summary: all that was counted of a stream, as a value that adds up with others."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rarebird.model import instant
from rarebird.model.tally import Tally
from rarebird.stats.entropy import entropy
from rarebird.stats.gaps import Gaps
from rarebird.stats.mix import FIXED


class Summary(NamedTuple):
    """Counters, events per category by name, gaps, and the sum of surprisal in units of 1 / `FIXED` bits.

    `merge` is associative and commutative and `Summary()` its identity.
    """

    tally: Tally = Tally()
    counts: dict[str, int] = {}  # noqa: RUF012 - a NamedTuple's default, never changed
    gaps: Gaps = Gaps()
    surprisal: int = 0

    def merge(self, other: Summary) -> Summary:
        """The summary of both; surprisal is that of each under its own mix."""
        counts = dict(self.counts)
        for name, count in other.counts.items():
            counts[name] = counts.get(name, 0) + count
        gaps = self.gaps.merge(other.gaps)
        return Summary(self.tally + other.tally, counts, gaps, self.surprisal + other.surprisal)

    def as_object(self) -> dict[str, Any]:
        """What `rarebird summary --json` prints.

        The counters, shares by category (largest first), entropy of these in bits and nats, the mean gap in seconds,
        the first and last event in ISO 8601, and the sum of surprisal.
        """
        total = self.gaps.events
        found = entropy(np.fromiter(self.counts.values(), np.int64, len(self.counts)))
        # Two passes over names alone, and one float for each size: a million categories need no million tuples.
        ordered = sorted(self.counts)
        ordered.sort(key=self.counts.__getitem__, reverse=True)
        shares = {count: count / total for count in set(self.counts.values())}
        return {
            **self.tally._asdict(),
            "categories": len(self.counts),
            "histogram": {name: shares[self.counts[name]] for name in ordered},
            "entropy_bits": None if found is None else found.bits,
            "entropy_nats": None if found is None else found.nats,
            "mean_gap_s": self.gaps.mean_s,
            "first": instant.text(self.gaps.first) if total else None,
            "last": instant.text(self.gaps.last) if total else None,
            "surprisal_bits_total": self.surprisal / FIXED,
        }
