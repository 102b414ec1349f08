"""The rate of the whole stream: every window that ends now, against what was expected when it began.

For each window the count N is held against the mean M that level, profile and weekday gave at its beginning: so a
change is not learned away while it is looked for, whatever its length. The windows stand close enough together that
the best of them loses little against all, as Poisson-FOCuS would try them (Ward, Dilillo, Fearnhead and Eckley 2023);
in exchange each window may have its own trust in the level, which is learned from how it has failed before.

The evidence of a window is `evidence.changed`, with 1/a the relative variance of windows of its length plus one over
the events that the level rests on. Of silence it is that of no event since the last, a ln(1 + M/a), to the second.

Memory: 90 KB. Cost: 3 µs a tick. Limits: a change slower than the longest window, 83 minutes, is followed by the
level and not told; a silence is counted up to 85 minutes; a change within a tick counts from its beginning.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.evidence import changed

WINDOWS: Final = np.array(
    [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 27, 33, 40, 50, 60, 75, 90, 110, 135, 165, 200, 245, 300, 370, 450, 550,
     670, 820, 1000, 1230, 1500, 1830, 2240, 2730, 3330, 4060, 4950]
)  # fmt: skip
"""Seconds."""
LENGTHS: Final = np.array([1000])
"""Windows are told apart where they are longer than these, s: a level that wanders fools the long ones alone."""
_PARTS: Final = list(pairwise([0, *np.searchsorted(WINDOWS, LENGTHS, side="right").tolist(), len(WINDOWS)]))
REACH: Final = 5400
"""Seconds that are looked back at most."""
QUIET: Final = REACH - 300
"""Seconds of silence that are counted at most: of all ticks of a period so much is remembered."""
MINUTES: Final = REACH // 60 + 1
UNIT: Final = float(1 << 20)
"""Expected events are summed in units of 2**-20, as integers: no cut into steps changes a sum."""
_MEMORY: Final = 7 * 288.0
"""Periods over which the variance of the level is learned."""
_GUESS: Final = 0.01
"""Relative variance before any was seen, which counts for `_TRUST` periods."""
_TRUST: Final = 6.0
_BURST: Final = int(np.searchsorted(WINDOWS, 60))
"""In a window of this place in `WINDOWS` the level hardly wanders, and a burst is over."""
_OUTLIER: Final = 16.0


class Rate(NamedTuple):
    """Counts and expectations of the last seconds, and how well windows were foreseen."""

    events: NDArray[np.int64]
    """Events before each of the last `REACH` seconds and before now, shape (REACH + 1,)."""
    base: NDArray[np.int64]
    """What profile and weekday expected, in the same places."""
    ratio: NDArray[np.float64]
    """The level over that, as known at the beginning of each of the last `MINUTES` minutes."""
    support: NDArray[np.float64]
    """Events that it rested on."""
    floor: int
    """No window begins before this second."""
    excess: NDArray[np.float64]
    """Variance of the count of each window beyond that of a Poisson one, events squared, shape (len(WINDOWS),)."""
    mean: NDArray[np.float64]
    """Mean of M."""
    square: NDArray[np.float64]
    """Mean of M squared."""
    seen: float


class Seen(NamedTuple):
    """The evidence of some ticks, nats."""

    windows: NDArray[np.float64]
    """Of each window, of the sign of the change, shape (len(WINDOWS), ticks)."""
    up: NDArray[np.float64]
    """The most that windows say by their length, shape (len(LENGTHS) + 1, ticks)."""
    down: NDArray[np.float64]
    silent: NDArray[np.float64]
    """Shape (ticks,)."""
    quiet: NDArray[np.int64]
    """Seconds since the last event."""

    def longest(self, part: int, at: int, *, up: bool) -> int:
        """The window of a length that says most at a tick, s."""
        first, last = _PARTS[part]
        nats = self.windows[first:last, at]
        return int(WINDOWS[first + (nats.argmax() if up else nats.argmin())])


def blank(start: int) -> Rate:
    """Nothing seen before a second."""
    none = np.zeros(REACH + 1, np.int64)
    few = np.zeros(len(WINDOWS))
    return Rate(none, none, np.zeros(MINUTES), np.zeros(MINUTES), start, few, few, few, 0.0)


def begin_minute(state: Rate, ratio: float, support: float) -> Rate:
    """A minute begins, with the level as it is known now."""
    return state._replace(ratio=np.append(state.ratio[1:], ratio), support=np.append(state.support[1:], support))


def in_quiet(state: Rate) -> float:
    """What profile and weekday have expected since the last event.

    >>> state, _ = step(begin_minute(blank(0), 1.0, 1.0), 0, np.array([1, 0, 2, 0, 0]), np.ones(5))
    >>> in_quiet(state)
    2.0
    """
    last = int(np.searchsorted(state.events, state.events[-1], side="left"))
    return float(state.base[-1] - state.base[last]) / UNIT


def rebased(state: Rate, factor: float) -> Rate:
    """The same expectations where profile and weekday now expect `factor` times as much as they did."""
    return state._replace(base=np.rint(state.base * factor).astype(np.int64), ratio=state.ratio / factor)


def step(
    state: Rate, start: int, events: NDArray[np.int64], base: NDArray[np.float64], *, comes: float = 1.0
) -> tuple[Rate, Seen]:
    """Takes in ticks: their events, and what profile and weekday expect of each, shape (ticks,).

    `begin_minute` was called for each minute in which one of them lies. `comes`: the part of what is expected that is
    known to come, against which a silence is held.
    """
    length = len(events)
    counted = np.concatenate((state.events, state.events[-1] + np.cumsum(events)))
    based = np.concatenate((state.base, state.base[-1] + np.cumsum(np.rint(base * UNIT).astype(np.int64))))
    now, usual = start + np.arange(1, length + 1), variance(state)
    nats = _windows(state, usual, counted, based, now)
    up = np.array([nats[first:last].max(axis=0) for first, last in _PARTS])
    down = np.array([nats[first:last].min(axis=0) for first, last in _PARTS])
    silent, quiet = _silence(state._replace(ratio=state.ratio * comes), usual, counted, based, now)
    state = state._replace(events=counted[length:], base=based[length:])
    return state, Seen(nats, np.maximum(up, 0.0), np.maximum(-down, 0.0), silent, quiet)


def minutes(since: NDArray[np.int64], now: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places in `ratio` and `support` of the minutes that hold these seconds; the last holds the last tick."""
    places: NDArray[np.int64] = since // 60 + (MINUTES - 1 - (int(now[-1]) - 1) // 60)
    return np.minimum(np.maximum(places, 0), MINUTES - 1)


def _windows(
    state: Rate,
    usual: NDArray[np.float64],
    counted: NDArray[np.int64],
    based: NDArray[np.int64],
    now: NDArray[np.int64],
) -> NDArray[np.float64]:
    begins = np.arange(REACH + 1, len(counted)) - WINDOWS[:, None]
    since = now - WINDOWS[:, None]
    minute = minutes(since, now)
    count = counted[REACH + 1 :] - counted.take(begins)
    mean = (based[REACH + 1 :] - based.take(begins)) * (state.ratio / UNIT).take(minute)
    valid = (since >= state.floor) & (mean > 0)
    sure = (1 / np.maximum(state.support, 1.0)).take(minute)
    return np.where(valid, changed(count, np.where(valid, mean, 1.0), 1 / (usual[:, None] + sure)), 0.0)


def variance(state: Rate) -> NDArray[np.float64]:
    """Relative variance of what was expected of each window."""
    prior = _GUESS * _TRUST / (_TRUST + state.seen)
    # What bursts add grows with the count, not with its square: the tails of the evidence hold it.
    bursts = max(0.0, float(state.excess[_BURST] / max(float(state.mean[_BURST]), 1e-12)))
    over = state.excess - bursts * state.mean
    learned = np.where(state.square > 0, over / np.maximum(state.square, 1e-12), 0.0)
    return np.maximum(learned * state.seen / (_TRUST + state.seen), 0.0) + prior


def _silence(
    state: Rate,
    usual: NDArray[np.float64],
    counted: NDArray[np.int64],
    based: NDArray[np.int64],
    now: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The evidence of the time since the last event, to the second."""
    ends = np.arange(REACH + 1, len(counted))
    begins = np.searchsorted(counted, counted[REACH + 1 :], side="left")
    begins = np.maximum(begins, ends - np.minimum(np.maximum(now - state.floor, 0), QUIET))
    quiet = ends - begins
    minute = minutes(now - quiet, now)
    mean = (based[REACH + 1 :] - based[begins]) / UNIT * state.ratio[minute]
    window = np.minimum(np.searchsorted(WINDOWS, quiet), len(WINDOWS) - 1)
    shape = 1 / (usual[window] + 1 / np.maximum(state.support[minute], 1.0))
    nats = np.where(mean > 0, -changed(np.zeros(len(ends), np.int64), np.maximum(mean, 1e-9), shape), 0.0)
    return nats, quiet


def end_period(state: Rate, now: int, *, learn: bool) -> Rate:
    """A period is over: the windows that end with it show how well they were foreseen; the sums begin at 0 again."""
    begins, since = REACH - WINDOWS, now - WINDOWS
    minute = minutes(since, np.array([now]))
    count = state.events[-1] - state.events[begins]
    mean = (state.base[-1] - state.base[begins]) / UNIT * state.ratio[minute]
    sure = state.support[minute]
    valid = (since >= state.floor) & (sure > 30)
    state = state._replace(events=state.events - state.events[0], base=state.base - state.base[0])
    if not learn or not valid.any():
        return state
    usual = variance(state) + 1 / np.maximum(sure, 1.0)
    off = np.minimum((count - mean) ** 2, _OUTLIER * (mean + usual * mean**2))
    seen = min(state.seen + 1, _MEMORY)
    weight = np.where(valid, 1 / seen, 0.0)
    excess = state.excess + (off - mean - mean**2 / np.maximum(sure, 1.0) - state.excess) * weight
    usual = state.mean + (mean - state.mean) * weight
    square = state.square + (mean**2 - state.square) * weight
    return state._replace(excess=excess, mean=usual, square=square, seen=seen)
