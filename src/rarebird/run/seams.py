"""Seams: where the reading of a source broke off, and what happened meanwhile is not known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from rarebird.model.batch import Batch
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.position import Position
from rarebird.model.snapshot import Missed
from rarebird.source.contract import Source

PROMISED: Final = 60 * SECOND
"""Where a source that gives again what was missed gave nothing of so long a time, that is not known to be all."""
AHEAD: Final = 10 * SECOND
"""What is missed while one of several sources is lost is told so far ahead: nothing to be kept with every batch."""


class Seams:
    """Knows of each source how often it had connected when time last moved by it.

    `behind` names the sources that gave events before this start: their first connection is a seam, too. `sources` are
    all of a watch: while one of them is lost, what the others give is not the whole.
    """

    def __init__(self, behind: Iterable[str] = (), sources: Sequence[Source] = ()) -> None:
        self._connections = dict.fromkeys(behind, -1)
        self._sources = sources
        self._lost_until = UNKNOWN

    def crossed(self, source: Source, batch: Batch, position: Position, watermark: int | None) -> Missed | None:
        """The gap that a batch leaves: before it where its source had broken off, or of another that is lost now.

        A stream of server-sent events whose events have ids is taken to go on from the last one, as others are that
        give again what was missed. Where they do not within a run, what came meanwhile is missed after all.
        """
        if not len(batch.time) and not batch.idle:
            return None
        reconnects = source.state.reconnects
        before = self._connections.get(source.name, reconnects)
        self._connections[source.name] = reconnects
        if watermark is None:
            return None
        if before == reconnects:
            return self._lost(batch)
        gives_again = source.again or bool(position.event_id)
        if gives_again and before < 0:
            return None
        end = _first(batch, watermark) if gives_again else _middle(batch)
        least = PROMISED if gives_again else 0
        return Missed(source.name, watermark, end) if end > watermark + least else None

    def _lost(self, batch: Batch) -> Missed | None:
        """What another source that is lost does not give while this one goes on."""
        lost = next((each for each in self._sources if each.live and each.state.kind == "failing"), None)
        if lost is None or batch.arrival == UNKNOWN or batch.arrival < self._lost_until:
            return None
        self._lost_until = batch.arrival + AHEAD
        return Missed(lost.name, lost.state.since, self._lost_until)


def _middle(batch: Batch) -> int:
    """When the events of a batch happened; one wrong stamp must not make a gap of centuries."""
    if not len(batch.time):
        return batch.arrival
    middle = int(np.median(batch.time))
    return middle if batch.arrival == UNKNOWN else min(middle, batch.arrival)


def _first(batch: Batch, watermark: int) -> int:
    """When the first event of a batch happened that is not late; its arrival where none came."""
    later = batch.time[batch.time > watermark]
    if not len(later):
        return UNKNOWN if len(batch.time) else batch.arrival
    return int(later.min())
