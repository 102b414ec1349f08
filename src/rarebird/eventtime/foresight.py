"""Foresight: which events of a recording are stamped in the future, judged by what comes after them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.model.instant import SECOND, UNKNOWN

_SEGMENT: Final = 4096
_LOOK: Final = 256
"""Rows behind a leap that may confirm or contradict it."""
_CONFIRMED: Final = 2
_CONTRADICTED: Final = 32
_CLIMBED: Final = 3
_PLAUSIBLE_GAPS: Final = 20
"""A last leap that nothing follows is believed up to so many mean gaps: chance exceeds it once in exp(20) gaps."""


class Level(NamedTuple):
    """Where a stream stands: its high mark, the first event time believed, and the rows judged since."""

    high: int = UNKNOWN
    first: int = UNKNOWN
    rows: int = 0

    @property
    def plausible(self) -> float:
        """The longest leap at the very end that is believed without confirmation, µs."""
        return max(60.0 * SECOND, _PLAUSIBLE_GAPS * (self.high - self.first) / max(1, self.rows))


class Judged(NamedTuple):
    """What foresight says of the first `decided` rows; the others wait for more rows behind them."""

    decided: int
    future: NDArray[np.bool_]
    """Shape (decided,)."""
    high: NDArray[np.int64]
    """The high mark before each row, and behind the last: shape (decided + 1,)."""
    level: Level
    """Where the stream stands behind them."""


def judge(time: NDArray[np.int64], identity: NDArray[np.uint64], level: Level, lateness: int, *, final: bool) -> Judged:
    """Which of the rows of a recording are stamped in the future.

    A row that leaps ahead of the high mark by more than `lateness` moves it only when later rows confirm it: two with
    other identities no earlier than the leap less `lateness`, and more of them than rows at the old level. It is
    judged to be in the future after 32 rows at the old level, or 3 that have climbed more than half way up to it: so
    a slow stream that gets there in its own time does not confirm it. The same at the end of the input (`final`) where
    nothing follows it and it is too far to be the next event. Rows without enough behind them are left undecided, so
    where the rows are cut makes no difference.
    """
    future = np.zeros(len(time), np.bool_)
    high = np.empty(len(time) + 1, np.int64)
    high[0] = level.high
    first, start = level.first, 0
    while start < len(time):
        stop = min(start + _SEGMENT, len(time))
        marks = np.maximum.accumulate(np.concatenate((high[start : start + 1], time[start:stop])))
        doubtful = _first_doubtful(time, identity, marks, start, lateness)
        if doubtful is None:
            high[start : stop + 1] = marks
            first = int(time[start]) if first == UNKNOWN else first
            start = stop
            continue
        if first == UNKNOWN and doubtful > start:
            first = int(time[start])
        high[start : doubtful + 1] = marks[: doubtful - start + 1]
        here = Level(int(high[doubtful]), first, level.rows + doubtful)
        verdict = _weigh(time, identity, here, doubtful, lateness, final=final)
        if verdict is None:
            return Judged(doubtful, future[:doubtful], high[: doubtful + 1], here)
        future[doubtful] = not verdict
        high[doubtful + 1] = max(here.high, int(time[doubtful])) if verdict else here.high
        first = int(time[doubtful]) if verdict and first == UNKNOWN else first
        start = doubtful + 1
    return Judged(len(time), future, high, Level(int(high[-1]), first, level.rows + len(time)))


def _first_doubtful(
    time: NDArray[np.int64], identity: NDArray[np.uint64], marks: NDArray[np.int64], start: int, lateness: int
) -> int | None:
    """The first row that leaps and is not confirmed by the next two."""
    leaps = (time[start : start + len(marks) - 1] - lateness > marks[:-1]).nonzero()[0] + start
    if not len(leaps):
        return None
    followed = leaps[leaps + 2 < len(time)]
    floor = time[followed] - lateness
    sure = (time[followed + 1] >= floor) & (time[followed + 2] >= floor)
    one, two, three = identity[followed], identity[followed + 1], identity[followed + 2]
    sure &= ((one == 0) | ((one != two) & (one != three))) & ((two == 0) | (two != three))
    doubtful = leaps[np.concatenate((~sure, np.ones(len(leaps) - len(followed), np.bool_)))]
    return int(doubtful[0]) if len(doubtful) else None


def _weigh(  # noqa: PLR0913 - the columns and where to look
    time: NDArray[np.int64], identity: NDArray[np.uint64], level: Level, row: int, lateness: int, *, final: bool
) -> bool | None:
    """Whether the leap of a row is believed; None where what follows does not yet say."""
    after = time[row + 1 : row + 1 + _LOOK]
    known = identity[row : row + 1 + _LOOK]
    distinct = np.zeros(len(known), np.bool_)
    distinct[np.unique(known, return_index=True)[1]] = True
    counted = (distinct | (known == 0))[1:]
    ahead = after >= time[row] - lateness
    behind = ~ahead if level.high == UNKNOWN else ~ahead & (after >= level.high - lateness)
    confirming, contradicting = np.cumsum(ahead & counted), np.cumsum(behind & counted)
    believed = ((confirming >= _CONFIRMED) & (confirming > contradicting)).nonzero()[0]
    low = level.high if level.high != UNKNOWN or not behind.any() else int(after[behind][0])
    climbed = np.cumsum(behind & counted & (after > low + (int(time[row]) - low) // 2))
    doubted = ((contradicting >= _CONTRADICTED) | (climbed >= _CLIMBED)).nonzero()[0]
    if len(believed) and not (len(doubted) and doubted[0] < believed[0]):
        return True
    if len(doubted) or len(after) == _LOOK:
        return False
    if not final:
        return None
    if len(after) and (confirming[-1] or contradicting[-1]):
        return bool(confirming[-1] > contradicting[-1])
    return level.high == UNKNOWN or bool(time[row] - level.high <= level.plausible)
