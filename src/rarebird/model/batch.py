"""A batch: the events of one or more blocks of a stream as columns, with what was read but is no event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.model.handed import Handed
from rarebird.model.instant import UNKNOWN
from rarebird.model.lacking import Lacking


class Reject(NamedTuple):
    """A message that is no event: where it stood and what was wrong. Its text is not kept: it may hold names."""

    line: int
    """Counted from 1 in the order of reading."""
    reason: str


class Named(NamedTuple):
    """What a rare event is called."""

    time: int
    """Event time, µs UTC."""
    category: int
    title: str
    link: str
    """Empty, like the title, where the message has none."""


class Span(NamedTuple):
    """A span of event time, µs UTC, [start, end)."""

    start: int
    end: int


class Batch(NamedTuple):
    """Events in the order of their arrival, one row each; n rows."""

    time: NDArray[np.int64]
    """Event time, µs UTC, shape (n,)."""
    category: NDArray[np.int32]
    """Codes into the watch's `Categories`, shape (n,)."""
    identity: NDArray[np.uint64]
    """A hash of the identity, shape (n,); 0 where the event has none and so repeats nothing."""
    arrival: int = UNKNOWN
    """When the rows arrived, µs UTC by the clock of the reader; UNKNOWN for a recording."""
    read: int = 0
    """Messages read: the rows, the filtered and the malformed."""
    filtered: int = 0
    """Messages that --where left out."""
    malformed: int = 0
    """Messages that could not be read as an event."""
    rejects: tuple[Reject, ...] = ()
    """The first of the malformed, at most `KEPT_ASIDE` of them."""
    time_form: str = ""
    """How the stream writes its times, for people: "mtime, epoch in ms"; empty while no row has come."""
    idle: bool = False
    """The reader waited and nothing more was there, so time itself moves up to `arrival`."""
    extra: int = 0
    """Events that messages stand for beyond one each; below 0 where some stand for none."""
    handed: Handed | None = None
    """Closed ticks of parts that were counted elsewhere; then there are no rows."""
    named: tuple[Named, ...] = ()
    """Names of those events that are rare, where any are asked for."""
    lacking: tuple[Lacking, ...] | None = None
    """Fields that were named and that no message so far has, while the first come; None later."""
    steady: int = UNKNOWN
    """`arrival` by a clock that nobody sets; UNKNOWN where there is none. How much time went by is measured by it."""
    given: Span | None = None
    """What its source had given before it was connected, and may give again until an event comes that is behind it."""


KEPT_ASIDE = 20


def joined(batches: Sequence[Batch]) -> Batch:
    """One batch for several that follow one another and arrived at the same time."""
    last = batches[-1]
    if len(batches) == 1:
        return last
    return Batch(
        np.concatenate([batch.time for batch in batches]),
        np.concatenate([batch.category for batch in batches]),
        np.concatenate([batch.identity for batch in batches]),
        arrival=last.arrival,
        steady=last.steady,
        read=sum(batch.read for batch in batches),
        filtered=sum(batch.filtered for batch in batches),
        extra=sum(batch.extra for batch in batches),
        malformed=sum(batch.malformed for batch in batches),
        rejects=tuple(reject for batch in batches for reject in batch.rejects)[:KEPT_ASIDE],
        time_form=last.time_form,
        idle=last.idle,
        named=tuple(named for batch in batches for named in batch.named),
        lacking=next((batch.lacking for batch in reversed(batches) if batch.lacking is not None), None),
    )


def empty(arrival: int = UNKNOWN, *, idle: bool = False, steady: int = UNKNOWN) -> Batch:
    """A batch without rows, by which a source lets time move."""
    columns = np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.uint64)
    return Batch(*columns, arrival=arrival, idle=idle, steady=steady)
