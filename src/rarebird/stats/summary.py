"""The summary: all that was counted of a stream, as a value that adds up with others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
        """What `rarebird summary --json` prints, as `report` makes it, with the histogram as an object."""
        events = np.fromiter(self.counts.values(), np.int64, len(self.counts))
        told = report(self.tally, list(self.counts), events, self.gaps, self.surprisal)
        return {**told, "histogram": dict(told["histogram"])}


def report(tally: Tally, names: Sequence[str], events: NDArray[np.int64], gaps: Gaps, surprisal: int) -> dict[str, Any]:
    """The counters and statistics of a stream by name; `events` are those of each category.

    `histogram` is an iterator over names and shares of all, largest first and then as the names come; entropy is that
    of these shares in bits and nats, the mean gap is in seconds, the first and last event are in ISO 8601.
    """
    found = entropy(events)
    return {
        **tally._asdict(),
        "categories": int(np.count_nonzero(events)),
        "histogram": _shares(names, events),
        "entropy_bits": None if found is None else found.bits,
        "entropy_nats": None if found is None else found.nats,
        "mean_gap_s": gaps.mean_s,
        "first": instant.text(gaps.first) if gaps.events else None,
        "last": instant.text(gaps.last) if gaps.events else None,
        "surprisal_bits_total": surprisal / FIXED,
    }


def _shares(names: Sequence[str], events: NDArray[np.int64]) -> Iterator[tuple[str, float]]:
    total = int(events.sum())
    # Sorted backwards, so that those with as many events stay as they come, without a negated copy.
    places = np.argsort(events[::-1], kind="stable")
    for place in places[::-1]:
        code = len(events) - 1 - place
        if not events[code]:
            return
        yield names[code], int(events[code]) / total
