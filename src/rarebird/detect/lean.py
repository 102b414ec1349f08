"""Leaning mixes: shares that all move a little, one way: more even, more concentrated, towards a watched set.

A mix p leans by b where shares become p^b / sum p^b: evener for b < 1, more concentrated for b > 1. The evidence of an
event of category k is (b - 1) ln p_k - ln sum p_j^b; for a watched set W with share q that grows by the factor r it is
ln r inside and ln((1 - r q) / (1 - q)) outside. Summed and never below 0 (Page 1954) it is the log likelihood ratio of
the best beginning.

Scores are integers, in units of 2**-20 nats, so that no cut into steps changes a sum. Memory: two numbers a form, and
7 scores a category. Cost: 0.1 µs a cell, and seven logarithms a category and period. Limits: forms and factors are
fixed, so a mix that leans otherwise gains less than its own form would; nothing is looked for before half an hour, nor
while there were fewer than 40 events a category.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.counts import Counts, edges

BENDS: Final = np.array([0.0, 0.5, 1.5, 2.0])
GROWTH: Final = np.array([1.4, 1.8, 0.6])
FORMS: Final = len(BENDS) + len(GROWTH)
UNIT: Final = float(1 << 20)
_MOST: Final = 80.0
"""Evidence is cut there at the end of a period: it would grow as long as a change lasts."""


class Lean(NamedTuple):
    """The evidence of each form, in units of 2**-20 nats, shape (FORMS,)."""

    sum: NDArray[np.int64]
    began: NDArray[np.int64]
    """The second in which it left 0."""


def blank(start: int) -> Lean:
    """No evidence."""
    return Lean(np.zeros(FORMS, np.int64), np.full(FORMS, start))


def scores(share: NDArray[np.float64], watched: NDArray[np.int64]) -> NDArray[np.int64]:
    """What one event of each category says for each form, in units, shape (FORMS, n)."""
    told = np.zeros((FORMS, len(share)))
    if not len(share):
        return told.astype(np.int64)
    logs = np.log(share)
    for row, bend in enumerate(BENDS):
        told[row] = (bend - 1) * logs - np.log(np.exp(bend * logs).sum())
    q = float(share[watched].sum())
    if 0 < q < 1:
        for row, growth in enumerate(GROWTH, len(BENDS)):
            grown = min(growth, (1 + 1 / q) / 2)
            told[row] = np.log((1 - grown * q) / (1 - q))
            told[row, watched] = np.log(grown)
    return np.rint(told * UNIT).astype(np.int64)


def step(state: Lean, counts: Counts, told: NDArray[np.int64]) -> tuple[Lean, NDArray[np.float64], NDArray[np.int64]]:
    """Takes in ticks; the evidence after each in nats, shape (FORMS, length), and since when it grows."""
    tick = counts.tick - counts.start
    each = told.take(counts.category, axis=1) * counts.events
    sums = np.zeros((FORMS, counts.length + 1), np.int64)
    sums[:, 0] = state.sum
    if len(tick):
        first = edges(tick)[:-1]
        sums[:, tick[first] + 1] = np.add.reduceat(each, first, axis=1)
    walk = np.cumsum(sums, axis=1)
    least = np.minimum(np.minimum.accumulate(walk, axis=1), 0)
    height = walk - least
    seconds = counts.start + np.arange(counts.length + 1)
    began = np.where(height == 0, seconds, state.began[:, None])
    began = np.maximum.accumulate(began, axis=1)
    return Lean(height[:, -1], began[:, -1]), height[:, 1:] / UNIT, began[:, 1:]


def cut(state: Lean) -> Lean:
    """Cuts evidence that has grown too large."""
    return state._replace(sum=np.minimum(state.sum, round(_MOST * UNIT)))
