"""Seams: where the reading of a source broke off that does not send again what nobody read."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rarebird.model.batch import Batch
from rarebird.model.instant import UNKNOWN
from rarebird.model.position import Position
from rarebird.model.snapshot import Missed
from rarebird.source.contract import Source


class Seams:
    """Knows of each source how often it had connected when it last gave events.

    `behind` names the sources that gave events before this start: their first connection is a seam, too.
    """

    def __init__(self, behind: Iterable[str] = ()) -> None:
        self._connections = dict.fromkeys(behind, -1)

    def crossed(self, source: Source, batch: Batch, position: Position, watermark: int | None) -> Missed | None:
        """The gap before a batch where its source had broken off: from the watermark to the middle of the batch.

        A stream of server-sent events whose events have ids is taken to go on from the last one.
        """
        if not len(batch.time):
            return None
        reconnects = source.state.reconnects
        before = self._connections.get(source.name, reconnects)
        self._connections[source.name] = reconnects
        if before == reconnects or source.again or position.event_id or watermark is None:
            return None
        end = int(np.median(batch.time))
        # One wrong stamp must not make a gap of centuries.
        end = end if batch.arrival == UNKNOWN else min(end, batch.arrival)
        return Missed(source.name, watermark, end) if end > watermark else None
