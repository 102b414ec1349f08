"""Order: from batches as they arrive to closed ticks, with a count of all that falls by the way."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.eventtime.foresight import Level, judge
from rarebird.eventtime.repeats import Repeats
from rarebird.eventtime.ticks import gather, of_cells
from rarebird.model.batch import Batch, Span
from rarebird.model.handed import Handed
from rarebird.model.instant import EARLIEST, SECOND, UNKNOWN
from rarebird.model.state import State
from rarebird.model.tally import Tally
from rarebird.model.ticks import NONE, Cells, Ticks

_Open = list[tuple[NDArray[np.int64], NDArray[np.int32]]]

AHEAD: Final = 60 * SECOND
"""How far ahead of the arrival clock an event may be stamped: the clocks of senders differ."""
REMEMBER: Final = 3600 * SECOND
REMEMBERED: Final = 1 << 20


class _Rows(NamedTuple):
    """Columns of events that wait: for later rows to judge them, or for their tick to close."""

    time: NDArray[np.int64]
    category: NDArray[np.int32]
    identity: NDArray[np.uint64]

    def rows(self, wanted: slice | NDArray[np.bool_]) -> _Rows:
        return _Rows(self.time[wanted], self.category[wanted], self.identity[wanted])

    def behind(self, earlier: _Rows) -> _Rows:
        return _Rows(
            np.concatenate((earlier.time, self.time)),
            np.concatenate((earlier.category, self.category)),
            np.concatenate((earlier.identity, self.identity)),
        )


class Order:
    """Drops repeats, judges what is in the future or late, and closes ticks behind the watermark.

    The watermark is the high mark of event time less the allowed lateness. Live, the high mark never passes the
    arrival clock, moves with it while the stream is idle, and what is stamped more than `AHEAD` of it is in the
    future. In a recording `foresight` judges leaps. An event is late when it is older than the watermark.
    Every message falls under exactly one counter, asked in the order: repeats, future, late, kept.
    What a source gives again from before it was connected (`Batch.given`) is a repeat even where it would be late.
    Where parts of a stream are counted elsewhere it joins what they hand over, and does none of this itself.
    """

    def __init__(self, lateness: int, tick: int, remember: int = REMEMBER, remembered: int = REMEMBERED) -> None:
        self.lateness, self.tick = lateness, tick
        self.repeats = Repeats(remember, remembered)
        self.watermark = UNKNOWN
        self._level = Level()
        self._high_at = UNKNOWN
        self._waiting = _Rows(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.uint64))
        self._open: _Open = [(np.empty(0, np.int64), np.empty(0, np.int32))]
        self._arrival = UNKNOWN
        self._closed = UNKNOWN
        self._parts = Tally()
        self._last = NONE

    @property
    def open(self) -> int:
        """Events kept whose tick is not yet closed."""
        return sum(len(time) for time, _ in self._open)

    def take(self, batch: Batch) -> tuple[Ticks | None, Tally]:
        """The ticks that a batch closes, or None, and what became of its messages."""
        if batch.handed is not None:
            return self._join(batch.handed)
        tally = Tally(read=batch.read + batch.extra, filtered=batch.filtered, malformed=batch.malformed)
        rows = _Rows(batch.time, batch.category, batch.identity)
        if batch.given is not None:
            again = self._given_again(rows, batch.given)
            tally += Tally(repeats=int(np.count_nonzero(again)))
            rows = rows.rows(~again)
        if batch.arrival == UNKNOWN:
            tally += self._recorded(rows, final=False)
        else:
            if len(self._waiting.time):
                tally += self._recorded(None, final=True)
            tally += self._live(rows, batch)
        return self._close(self.watermark), tally

    def finish(self) -> tuple[Ticks | None, Tally]:
        """The last ticks, at the end of the input: all that was kept is closed."""
        if len(self._last.tick):
            cells, tally = self._in_time(self._last)
            return (of_cells(cells, (int(cells.tick.max()) + 1) * self.tick) if len(cells.tick) else None), tally
        tally = self._recorded(None, final=True)
        if not self.open:
            return None, tally
        newest = max(int(time.max()) for time, _ in self._open if len(time))
        return self._close(newest + self.tick), tally

    def state(self) -> State:
        """Where the stream stands, what waits to be judged, what is open, and which identities are known."""
        return {
            "repeats": self.repeats.state(),
            "watermark": self.watermark,
            "level": list(self._level),
            "high_at": self._high_at,
            "waiting": list(self._waiting),
            "open": [np.concatenate(column) for column in zip(*self._open, strict=True)],
            "arrival": self._arrival,
            "closed": self._closed,
            "parts": list(self._parts),
        }

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        self.repeats.restore(state["repeats"])
        self.watermark, self._high_at = state["watermark"], state["high_at"]
        self._level, self._waiting = Level(*state["level"]), _Rows(*state["waiting"])
        time, category = state["open"]
        self._open = [(time, category)]
        self._arrival, self._closed, self._parts = state["arrival"], state["closed"], Tally(*state["parts"])

    def _join(self, handed: Handed) -> tuple[Ticks | None, Tally]:
        """Takes in what parts have put in order themselves; an event of theirs is late when its tick is closed."""
        cells, late = self._in_time(handed.cells)
        tally = handed.tally.less(self._parts) + late
        self._parts, self._last = handed.tally, handed.last
        if handed.until <= self._closed:
            return None, tally
        self.watermark = self._closed = handed.until
        return of_cells(cells, handed.until), tally

    def _in_time(self, cells: Cells) -> tuple[Cells, Tally]:
        """The cells of ticks that are still open, and what is late of the others."""
        late = (cells.tick + 1) * self.tick <= self._closed
        events = int(cells.events[late].sum())
        return cells.rows(~late), Tally(kept=-events, late=events)

    def _recorded(self, rows: _Rows | None, *, final: bool) -> Tally:
        """Judges more rows of a recording, behind those that wait."""
        if rows is None:
            rows = self._waiting
        elif len(self._waiting.time):
            rows = rows.behind(self._waiting)
        judged = judge(rows.time, rows.identity, self._level, self.lateness, final=final)
        self._waiting = rows.rows(slice(judged.decided, None))
        if not judged.decided:
            return Tally()
        rows = rows.rows(slice(judged.decided))
        # Before the first time that is believed the high mark is no clock yet.
        clock = np.maximum(judged.high[1:], EARLIEST)
        tally = self._sort_out(rows, judged.future, judged.high[:-1], clock)
        self._rise(judged.level)
        return tally

    def _given_again(self, rows: _Rows, given: Span) -> NDArray[np.bool_]:
        """Which rows are there because their source gives again what it gave before.

        Those whose identity is known and, up to the first that is new, those that are late and in the span where they
        have no identity, or one that may be forgotten.
        """
        time, identity = rows.time, rows.identity
        known: NDArray[np.bool_] = self.repeats.knows(identity) | (
            (identity != 0) & np.isin(identity, self._waiting.identity)
        )
        is_remembered = (identity != 0) & (time > self.repeats.complete_since + AHEAD)
        again = (time < self.watermark) & (time >= given.start) & ~is_remembered
        reached = (time >= given.end).nonzero()[0]
        again[int(reached[0]) if len(reached) else len(time) :] = False
        known |= again
        return known

    def _live(self, rows: _Rows, batch: Batch) -> Tally:
        arrival = self._arrival = max(self._arrival, batch.arrival)
        # A clock that is set moves the arrival, and must not move the time of the stream.
        steady = arrival if batch.steady == UNKNOWN else batch.steady
        if batch.idle and self._high_at != UNKNOWN:
            self._high_at = min(self._high_at, steady)
            self._move(self._level.high + steady - self._high_at)
        if not len(rows.time):
            return Tally()
        future = rows.time > arrival + AHEAD
        reached = np.where(future, UNKNOWN, np.minimum(rows.time, arrival))
        marks = np.maximum.accumulate(np.concatenate(([self._level.high], reached)))
        tally = self._sort_out(rows, future, marks[:-1], np.full(len(reached), arrival))
        if marks[-1] > self._level.high:
            self._high_at = steady
        high, (_, first, rows_before) = int(marks[-1]), self._level
        self._rise(Level(high, high if first == UNKNOWN else first, rows_before + len(reached)))
        return tally

    def _sort_out(
        self, rows: _Rows, future: NDArray[np.bool_], high: NDArray[np.int64], clock: NDArray[np.int64]
    ) -> Tally:
        """Puts every row under its counter, and those kept among the open; `high` is the mark before each row."""
        repeated = self.repeats.mark(rows.identity, clock)
        floor = np.where(high == UNKNOWN, UNKNOWN, high - self.lateness)
        late = (rows.time < np.maximum(floor, self.watermark)) & ~(repeated | future)
        kept = ~(repeated | future | late)
        self._open.append((rows.time[kept], rows.category[kept]))
        return Tally(
            kept=int(np.count_nonzero(kept)),
            repeats=int(np.count_nonzero(repeated)),
            future=int(np.count_nonzero(future & ~repeated)),
            late=int(np.count_nonzero(late)),
        )

    def _rise(self, level: Level) -> None:
        """The level after more rows, and the watermark behind it."""
        self._level = level
        if level.high != UNKNOWN:
            self._move(level.high)

    def _move(self, high: int) -> None:
        self.watermark = max(self.watermark, high - self.lateness)

    def _close(self, until: int) -> Ticks | None:
        """All ticks that end at `until` or before, where there are more than before."""
        until = until // self.tick * self.tick
        if until <= max(self._closed, UNKNOWN + self.tick):
            return None
        self._closed = until
        time = np.concatenate([times for times, _ in self._open])
        category = np.concatenate([codes for _, codes in self._open])
        ready = time < until
        self._open = [(time[~ready], category[~ready])]
        return gather(time[ready], category[ready], self.tick, until)
