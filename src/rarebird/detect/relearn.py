"""Relearning: what is usual, learned anew from a history, without the stretches in which it was not usual.

Level and shares are learned minute by minute and period by period, as they were when the events came; what was counted
by the hour is spread evenly over it. Where all is by the minute and nothing is left out, the same comes out to the bit.
Cost: 15 µs a minute, and 60 µs a period of five minutes over 50 categories; a year of days takes 12 s. Limits: a level
that was taken over at once after a lasting change is followed as trackers follow it; what habits held back is learned
along; how much evidence grows by chance, and how much the level of windows varies, stays as it was learned: what rang
is cut out of that anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import level, shares
from rarebird.detect.level import MINUTE
from rarebird.detect.shares import PERIOD
from rarebird.model.clock import Zone
from rarebird.model.history import Past


class LeftOut(NamedTuple):
    """A stretch [start, end), s since 1970, of which nothing is learned: of the level, of the mix, or of both."""

    start: int
    end: int
    of_level: bool = True
    of_mix: bool = True


class Counted(NamedTuple):
    """What came in a period: of all by minute, shape (5,), and by category."""

    minutes: NDArray[np.float64]
    events: NDArray[np.float64]


def relearned(
    past: Sequence[Past], left_out: Sequence[LeftOut], zone: Zone, seconds: range, categories: int
) -> tuple[level.Level, shares.Shares]:
    """What is known behind whole minutes and periods of some seconds. `past`: each from where the one before ends."""
    since, until = seconds.start, seconds.stop
    known, mix = level.blank(), shares.wide(shares.blank(), categories)
    begins = [int(each.spans.start[0]) if len(each.spans.start) else until for each in past]
    for period in range(since // PERIOD * PERIOD, until, PERIOD):
        at = max((place for place, begin in enumerate(begins) if begin < period + PERIOD), default=-1)
        counted = _counted(past[at] if at >= 0 else None, period, categories)
        for place, events in enumerate(counted.minutes.tolist()):
            minute = period + place * MINUTE
            is_whole = since <= minute <= until - MINUTE
            if is_whole and not any(one.of_level and _touches(one, minute, MINUTE) for one in left_out):
                known = level.learn(known, zone, minute, events, level.expected(known, zone, minute))
        is_over = period <= until - PERIOD
        if is_over and not any(one.of_mix and _touches(one, period, PERIOD) for one in left_out):
            mix = shares.learn(mix, zone, period, counted.events, shares.expect(mix, zone, period))
    return known, mix


def _touches(one: LeftOut, start: int, length: int) -> bool:
    return one.start < start + length and start < one.end


def _counted(past: Past | None, period: int, categories: int) -> Counted:
    minutes: NDArray[np.float64] = np.zeros(PERIOD // MINUTE)
    if past is None:
        return Counted(minutes, np.zeros(categories))
    spans, length = past.spans, max(PERIOD, past.seconds)
    part = PERIOD / length
    start = period // length * length
    first, last = np.searchsorted(spans.start, (start, start + length)).tolist()
    low, high = (int(spans.ends[row - 1]) if row else 0 for row in (first, last))
    counts = spans.events[low:high].astype(np.float64)
    events = np.bincount(spans.category[low:high], counts * part, categories)[:categories].astype(np.float64)
    if part < 1:
        return Counted(minutes + float(events.sum()) / len(minutes), events)
    each = np.repeat((spans.start[first:last] - period) // MINUTE, np.diff(spans.ends[first:last], prepend=low))
    np.add.at(minutes, each, counts)
    return Counted(minutes, events)
