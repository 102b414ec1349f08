"""Redelivery: a source that begins with what it gave before, such as a pipe that is replayed from its start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rarebird.model.batch import Batch, Span
from rarebird.model.instant import UNKNOWN
from rarebird.model.position import Position
from rarebird.source.contract import Source
from rarebird.watch import Watch


class Redelivery:
    """Marks in batches which span of event time their source had given before it was connected.

    Each connection of a source that is not read on byte by byte may begin with it: the whole of a pipe or of a list
    that answers each request, the overlap of a resume by time. That ends with the first event behind the span; from
    there on what is late is late. `positions` are those of an earlier run, which had taken in a single source up to
    where the watch stands; of several each may have stood further back.
    """

    def __init__(
        self, watch: Watch, sources: Sequence[Source] = (), positions: Mapping[str, Position] | None = None
    ) -> None:
        self._watch, self._is_alone = watch, len(sources) == 1
        self._positions = dict(positions or {})
        self._connections: dict[str, int] = {}
        self._given: dict[str, int] = {}
        """The latest event time that a source gave in this run."""
        self._open: dict[str, Span] = {}

    def marked(self, source: Source, batch: Batch) -> Batch:
        """The batch, with the span that its source had given before where it may still be giving that again."""
        if not len(batch.time) or (source.again and not source.live):
            return batch
        reconnects = source.state.reconnects
        if self._connections.get(source.name) != reconnects:
            self._connections[source.name] = reconnects
            self._begin(source)
        newest = int(batch.time.max())
        latest = newest if batch.arrival == UNKNOWN else min(newest, batch.arrival)
        self._given[source.name] = max(latest, self._given.get(source.name, UNKNOWN))
        span = self._open.get(source.name)
        if span is None:
            return batch
        if newest >= span.end:
            del self._open[source.name]
        return batch._replace(given=span)

    def _begin(self, source: Source) -> None:
        """A connection begins: how far the source had come before."""
        self._open.pop(source.name, None)
        given = self._given.get(source.name)
        end = self._reached(self._positions.pop(source.name, None)) if given is None else given + 1
        first = self._watch.gaps.first
        if UNKNOWN < first < end:
            self._open[source.name] = Span(first, end)

    def _reached(self, position: Position | None) -> int:
        if position is None or self._watch.watermark is None:
            return UNKNOWN
        is_known = position.since != UNKNOWN and not self._is_alone
        return position.since if is_known else self._watch.watermark + self._watch.order.lateness + 1
