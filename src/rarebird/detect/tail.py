"""Tails: how often evidence grows as large as it is, learned from the maxima of half hours.

Whatever a family of evidence measures, and on whatever stream, the excess of its half-hourly maximum over a high
level falls off about exponentially (Pickands 1975). So one scale serves all families: the logarithm of how often a
half hour would bring as much. An exponential tail is the case between bounded and heavy ones; evidence that is a
logarithm of a likelihood ratio has it, or a lighter one.

Memory: 16 KB a family after six weeks. Cost: a sort of that each half hour. Limits: a tail that is heavier rings too
often, one that is lighter too late; blocks that hang together count as if they did not.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 1800
"""Ticks of one block."""
PER_WEEK: Final = 7 * 86_400 / BLOCK
_KEPT: Final = 6 * 336
"""Blocks that are remembered: six weeks."""
TOP: Final = 0.1
"""The part of the blocks whose maxima make up the tail."""
_PRIOR: Final = 24
"""Blocks that a guess counts for."""
_TRUSTED: Final = 0.7
"""The newest part of all blocks: while a stream was hardly known, what it did was more often a surprise."""
_SURE: Final = 5
"""Exceedances that speak for the mean excess of a likelihood ratio, which is 1."""
_STEEPEST: Final = 0.9
"""A likelihood ratio cannot fall off faster than exp(-x) for long: the least mean excess that is believed."""


LEAST: Final = -1e3
"""Less than any evidence, and finite."""


class Maxima(NamedTuple):
    """The maxima of the blocks of n families; less than `least` is taken for that."""

    least: float

    ring: NDArray[np.float64]
    """Shape (n, kept); of a block in which a family was not looked for NaN."""
    blocks: int
    """Blocks taken in so far."""
    running: NDArray[np.float64]
    """The maximum of the block that is not over, shape (n,)."""


class Scale(NamedTuple):
    """Where the tails of n families begin and how they fall off, each of shape (n,)."""

    base: NDArray[np.float64]
    """Exceeded by `TOP` of all blocks."""
    excess: NDArray[np.float64]
    """The mean excess above it."""
    weight: NDArray[np.float64]
    """Exceedances that the mean rests on."""

    def depth(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """-ln of the part of the tail that lies above x, of shape (n, …): 0 at its base, and below it negative."""
        depth: NDArray[np.float64] = (x - self.base[:, None]) / self.excess[:, None]
        return depth

    def expected(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same as far as it can be known: the mean excess m is itself learned from w values.

        The predictive tail is (1 + x / (m w)) ** -w.
        """
        depth = self.depth(x)
        weight = self.weight[:, None]
        return np.where(depth > 0, weight * np.log1p(np.maximum(depth, 0.0) / weight), depth)

    def each(self, family: NDArray[np.int64]) -> Scale:
        """The scale of a family for each of some rows."""
        return Scale(self.base[family], self.excess[family], self.weight[family])

    def reach(self, depth: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """The x that lies at a depth: the inverse of `depth`."""
        return self.base + self.excess * depth

    def expected_reach(self, depth: float) -> NDArray[np.float64]:
        """The x that lies at a depth of 0 or more as far as it can be known: the inverse of `expected`."""
        return self.base + self.excess * self.weight * np.expm1(depth / self.weight)


def blank(families: int, least: float = LEAST) -> Maxima:
    """Nothing learned."""
    return Maxima(least, np.zeros((families, 0)), 0, np.full(families, least))


def close(
    maxima: Maxima, ceiling: NDArray[np.float64] | None = None, heard: NDArray[np.bool_] | None = None
) -> Maxima:  # fmt: skip
    """The block is over: its maxima are kept, none above `ceiling`, where an alarm was rung.

    `heard`: of which families it says something; of the others nothing is kept.
    """
    last = maxima.running if ceiling is None else np.minimum(maxima.running, ceiling)
    last = last if heard is None else np.where(heard, last, np.nan)
    ring = np.concatenate((maxima.ring[:, -(_KEPT - 1) :], last[:, None]), axis=1)
    return drop(maxima._replace(ring=ring, blocks=maxima.blocks + 1))


def drop(maxima: Maxima) -> Maxima:
    """The block is over, and says nothing."""
    return maxima._replace(running=np.full(len(maxima.running), maxima.least))


def scale(maxima: Maxima, guess: NDArray[np.float64]) -> Scale:
    """The tails as learned so far.

    Before there are any, maxima are taken to lie as those of exp(`guess`) tries would, each with a tail of exp(-x)
    (Gumbel): the guess counts for `_PRIOR` blocks. Cost: a sort of all that is kept.
    """
    at = (np.arange(_PRIOR) + 0.5) / _PRIOR
    guessed = guess[:, None] - np.log(-np.log(at))
    trusted = maxima.ring[:, -max(2 * _PRIOR, math.ceil(_TRUSTED * maxima.blocks)) :]
    values = np.concatenate((np.maximum(guessed, maxima.least), trusted), axis=1)
    missing = np.isnan(values)
    if not missing.any():
        return _fitted(values)
    rows = [_fitted(row[None, ~gap]) for row, gap in zip(values, missing, strict=True)]
    return Scale(*(np.concatenate(column) for column in zip(*rows, strict=True)))


def _fitted(values: NDArray[np.float64]) -> Scale:
    """The tail of each row of maxima."""
    values.sort(axis=1)
    count = values.shape[1]
    first = count - max(2, round(TOP * count))
    base = values[:, first - 1]
    top = values[:, first:]
    over = top - base[:, None]
    weight = np.count_nonzero(over, axis=1) + float(_SURE)
    return Scale(base, np.maximum((over.sum(axis=1) + _SURE) / weight, _STEEPEST), weight)


def per_week(depth: float) -> float:
    """How often a week brings a block with a maximum at such a depth.

    >>> round(per_week(0.0), 1)
    33.6
    """
    return PER_WEEK * TOP * math.exp(-depth)
