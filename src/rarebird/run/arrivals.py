"""What the latest messages of a watch say of its stream and of the clocks, in bounded memory."""

from __future__ import annotations

from collections import deque

import numpy as np

from rarebird.incident.health import OFF_S, RECENT
from rarebird.model.batch import Batch
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.snapshot import ArrivalReading
from rarebird.model.tally import Tally


class Arrivals:
    """Follows what becomes of messages batch by batch. Instants are µs UTC by the clock of the watch."""

    def __init__(self) -> None:
        self._recent: deque[tuple[int, int]] = deque()
        self._read = self._rejected = self._unkept = self._repeated = 0
        self._read_at: int | None = None
        self._moved_at: int | None = None
        self._watermark: int | None = None
        self._off_s, self._off_count = 0.0, 0
        self._off_since: int | None = None

    def begin(self, tally: Tally) -> None:
        """What became of all messages before; where none of them was kept, that goes on."""
        self._unkept = 0 if tally.kept else _unkept(tally)

    def take(self, batch: Batch, became: Tally, watermark: int | None, now: int) -> None:
        """A batch came in: what became of messages with it, and where the watermark stands after it."""
        if became.read > 0:
            self._note(became.read, became.malformed)
        if became.read > became.repeats:
            self._read_at = now
        self._repeated = 0 if became.kept > 0 else self._repeated + max(0, became.repeats)
        self._unkept = 0 if became.kept > 0 else self._unkept + _unkept(became)
        if watermark != self._watermark or (self._moved_at is None and became.read > 0):
            self._watermark, self._moved_at = watermark, now
        if batch.arrival != UNKNOWN and len(batch.time):
            self._compare(batch, now)

    def reading(self) -> ArrivalReading:
        """As they stand."""
        return ArrivalReading(
            recent=self._read,
            rejected=self._rejected,
            unkept=self._unkept,
            repeated=self._repeated,
            watermark=self._watermark,
            read_at=self._read_at,
            moved_at=self._moved_at,
            off_s=self._off_s,
            off_since=self._off_since,
            off_count=self._off_count,
        )

    def _note(self, read: int, malformed: int) -> None:
        self._recent.append((read, malformed))
        self._read, self._rejected = self._read + read, self._rejected + malformed
        while self._read - self._recent[0][0] >= RECENT:
            gone, rejected = self._recent.popleft()
            self._read, self._rejected = self._read - gone, self._rejected - rejected

    def _compare(self, batch: Batch, now: int) -> None:
        off = batch.time - batch.arrival
        nearest = float(off[np.argmin(np.abs(off))]) / SECOND
        if abs(nearest) <= OFF_S:
            self._off_since, self._off_count = None, 0
        elif self._off_since is None or (nearest > 0) != (self._off_s > 0):
            self._off_since, self._off_count = now, len(off)
        else:
            self._off_count += len(off)
        self._off_s = nearest


def _unkept(tally: Tally) -> int:
    return max(0, tally.late) + max(0, tally.future) + max(0, tally.malformed)
