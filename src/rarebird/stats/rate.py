"""The rate of events, and the interval in which chance leaves it."""

from __future__ import annotations

import math

from rarebird.model.reading import Rate
from rarebird.stats.gamma import quantile
from rarebird.stats.gaps import Gaps

_TAIL = 0.025


def poisson_interval(count: int) -> tuple[float, float]:
    """The exact 95 % interval of the mean of a Poisson count (Garwood 1936).

    Its ends are the 2.5 % point of a gamma variable of shape n and the 97.5 % point of one of shape n + 1; above
    100,000 events the normal approximation, which is then within 0.01 % of them.

    >>> [round(end, 3) for end in poisson_interval(10)]
    [4.795, 18.39]
    """
    if count > 100_000:
        half = 1.959963984540054 * math.sqrt(count)
        return count - half, count + half
    low = quantile(count, _TAIL) if count else 0.0
    return low, quantile(count + 1, 1 - _TAIL)


def rate(gaps: Gaps, window_s: float) -> Rate:
    """The rate of the events of a window; all but the count is None below two events."""
    if gaps.events < 2 or not window_s:
        return Rate(gaps.events, window_s, None, None, None, None)
    low, high = poisson_interval(gaps.events)
    return Rate(gaps.events, window_s, gaps.mean_s, gaps.events / window_s, low / window_s, high / window_s)
