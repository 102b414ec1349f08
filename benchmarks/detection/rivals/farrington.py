"""A rule in the manner of Farrington: ten minutes against the same time of the weeks before."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.counts import end_of, totals
from benchmarks.detection.regimes import START, WEEK
from benchmarks.detection.rivals.contract import Scores
from benchmarks.detection.world import World
from rarebird.detect.counts import Counts

_BUCKET: Final = 600
_EITHER_SIDE: Final = 3
_WEEKS: Final = 4


class Farrington:
    """The residual of y^(2/3) over its standard deviation, from the same ten minutes and three either side of them.

    mu and the dispersion phi (at least 1) come from up to four weeks before, seven buckets each; the transform makes
    a skewed count symmetric: (y^(2/3) - mu^(2/3)) / (2/3 mu^(1/6) sqrt(phi + phi / n)). Farrington, Andrews, Beale,
    Catchpole (1996), without the trend and the down-weighting of past outbreaks, of which these streams have none.
    """

    name = "Farrington, 10 min"
    lead = _BUCKET
    fixed = None

    def scores(self, world: World, counts: Counts) -> Scores:
        """One after each bucket, from the second week on."""
        skip = -counts.start % _BUCKET
        buckets = totals(counts.within(counts.start + skip, end_of(counts)), _BUCKET).astype(float)
        place = (counts.start + skip - START) // _BUCKET + np.arange(len(buckets))
        base = self._base(world, place)
        mean = base.mean(axis=0)
        spread = np.maximum(base.var(axis=0, ddof=1) / mean, 1.0)
        scale = 2 / 3 * mean ** (1 / 6) * np.sqrt(spread * (1 + 1 / len(base)))
        value = np.abs(buckets ** (2 / 3) - mean ** (2 / 3)) / scale
        return Scores(START + (place + 1) * _BUCKET, value)

    def _base(self, world: World, place: NDArray[np.int64]) -> NDArray[np.float64]:
        """The buckets of the past that each is held against, shape (n, buckets)."""
        in_week = WEEK // _BUCKET
        weeks = min(_WEEKS, int(place[0]) // in_week)
        if not weeks:
            raise ValueError("expected at least a week before the first bucket")
        past = np.concatenate([_week(world, week) for week in range(int(place[-1]) // in_week)])
        rows = [
            past[np.clip(place - back * in_week + beside, 0, len(past) - 1)]
            for back in range(1, weeks + 1)
            for beside in range(-_EITHER_SIDE, _EITHER_SIDE + 1)
        ]
        return np.stack(rows)


@lru_cache(maxsize=256)
def _week(world: World, week: int) -> NDArray[np.float64]:
    """The buckets of a week in which nothing happened."""
    start = START + week * WEEK
    return np.concatenate([totals(part, _BUCKET) for part in world.blocks(start, start + WEEK)]).astype(float)
