"""Leaning mixes: shares that all move a little, one way: more even, more concentrated, towards a watched set.

A mix p leans by b where shares become p^b / sum p^b: evener for b < 1, more concentrated for b > 1. The evidence of an
event of category k is (b - 1) ln p_k - ln sum p_j^b; for a watched set W with share q that grows by the factor r it is
ln r inside and ln((1 - r q) / (1 - q)) outside. Summed and never below 0 (Page 1954) it is the log likelihood ratio of
the best beginning.

Events often come in groups of one category, and each event of a rare one says much for an evener mix. So of what
speaks for it no more is heard in a minute of the clock than that mix would bring: 1 + m + 2 sqrt(m) events of a
category, m its share in the evener mix times the events of all in that minute so far. What speaks against it is heard
in full, so while nothing happens the sum falls all the faster.

Scores are integers, in units of 2**-20 nats, so that no cut into steps changes a sum. Memory: two numbers a form, and
7 scores a category. Cost: 0.3 µs a cell, and a logarithm a category and period. Limits: forms and factors are
fixed, so a mix that leans otherwise gains less than its own form would; nothing is looked for before half an hour, nor
while there were fewer than 40 events a category.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.counts import Counts
from rarebird.detect.level import MINUTE
from rarebird.stats.columns import edges, running

BENDS: Final = np.array([0.0, 0.5, 1.5, 2.0])
GROWTH: Final = np.array([1.4, 1.8, 0.6])
FORMS: Final = len(BENDS) + len(GROWTH)
_EVEN: Final = int(np.searchsorted(BENDS, 1.0))
"""As many forms, the first, are evener."""
KINDS: Final = (np.arange(len(BENDS)), np.arange(len(BENDS), FORMS))
"""Forms of which one is open at a time: of how even the mix is, of the watched set."""
UNIT: Final = float(1 << 20)
_SPREAD: Final = 2.0
"""Standard deviations of a Poisson count that are heard beyond its mean."""
_TILT: Final = 2.0
"""Mixes lean at most so many times as far as their form."""
_HALVINGS: Final = 20
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
    logs, root = np.log(share), np.sqrt(share)
    for row, bend in enumerate(BENDS.tolist()):
        # The bends are halves: products of roots take a quarter of the time of powers.
        bent = root if bend % 1 else np.ones_like(share)
        for _ in range(int(bend)):
            bent = bent * share
        np.multiply(logs, bend - 1, out=told[row])
        told[row] -= np.log(bent.sum())
    q = float(share[watched].sum())
    if 0 < q < 1:
        for row, growth in enumerate(GROWTH, len(BENDS)):
            grown = min(growth, (1 + 1 / q) / 2)
            told[row] = np.log((1 - grown * q) / (1 - q))
            told[row, watched] = np.log(grown)
    told *= UNIT
    return np.rint(told, out=told).astype(np.int64)


def said(
    counts: Counts, told: NDArray[np.int64], share: NDArray[np.float64], minute: NDArray[np.int64]
) -> NDArray[np.int64]:
    """What each cell says for each form, in units, shape (FORMS, m).

    `told`: the scores of an event; `share`: of each category; `minute`: events of each in the minute that runs, before
    the ticks.
    """
    each = told.take(counts.category, axis=1) * counts.events
    rare = np.flatnonzero((each[:_EVEN] > 0).any(axis=0))
    if not len(rare):
        return each
    category, events = counts.category[rare], counts.events[rare]
    before, all_ = _so_far(counts, minute, rare)
    score = told[:_EVEN, category]
    mean = share[category] * np.exp(score / UNIT) * all_
    heard = np.clip(1 + mean + _SPREAD * np.sqrt(mean) - before, 0, events)
    each[:_EVEN, rare] = np.where(score > 0, np.rint(score * heard).astype(np.int64), score * events)
    return each


def _so_far(
    counts: Counts, minute: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """By cell: the events of its category in its minute before it, and of all in that minute up to its tick.

    `rows`: the cells asked for, with one of a category all of it.
    """
    number = counts.tick // MINUTE - counts.start // MINUTE
    last = np.searchsorted(counts.tick, counts.tick[rows], side="right") - 1
    all_ = running(edges(number), counts.events)[last] + np.where(number[rows] == 0, int(minute.sum()), 0)
    category, number = counts.category[rows], number[rows]
    key = category * np.int64(counts.length // MINUTE + 2) + number
    order = np.argsort(key, kind="stable")
    events = counts.events[rows][order]
    before = np.empty_like(events)
    before[order] = running(edges(key[order]), events) - events
    return before + np.where(number == 0, minute[category], 0), all_


def step(state: Lean, counts: Counts, each: NDArray[np.int64]) -> tuple[Lean, NDArray[np.float64], NDArray[np.int64]]:
    """Takes in ticks and what their cells say; the evidence after each, nats, shape (FORMS, length), and since when."""
    tick = counts.tick - counts.start
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


def without(state: Lean, forms: NDArray[np.int64], now: int) -> Lean:
    """No evidence of some forms."""
    sums, began = state.sum.copy(), state.began.copy()
    sums[forms], began[forms] = 0, now
    return Lean(sums, began)


def factor(score: NDArray[np.int64], share: NDArray[np.float64], says: float) -> NDArray[np.float64]:
    """What shares have to be taken times for an event to say so much in the mean, nats: exp(t x score), by its one t.

    Source: of all mixes with that mean this one is nearest to the shares (Kullback 1959). `score`: of one form, in
    units, shape (n,).

    >>> tilted = factor(np.array([round(UNIT), round(-UNIT)]), np.array([0.5, 0.5]), 0.5)
    >>> (tilted / tilted.sum()).round(2).tolist()
    [0.75, 0.25]
    """
    return np.asarray(np.exp(tilt(score, share, says) * score / UNIT))


def tilt(score: NDArray[np.int64], share: NDArray[np.float64], says: float) -> float:
    """That one t: 1 where the mix is that of the form, 0 where it is the usual, 2 at most."""
    nats = score / UNIT
    low, high = -_TILT, _TILT
    for _ in range(_HALVINGS):
        tilt = (low + high) / 2
        weight = share * np.exp(tilt * nats)
        mean = float((weight * nats).sum() / weight.sum())
        low, high = (tilt, high) if mean < says else (low, tilt)
    return (low + high) / 2


def speaks(score: NDArray[np.int64], share: NDArray[np.float64], says: float, events: float) -> float:
    """How much better a mix that leans by a form as far as events say explains them than the usual one, nats.

    `says`: their scores together, nats.
    """
    return spoken(score, share, tilt(score, share, says / max(events, 1.0)), says, events)


def spoken(score: NDArray[np.int64], share: NDArray[np.float64], tilt: float, says: float, events: float) -> float:
    """The same for a mix that leans so far."""
    weight = float((share * np.exp(tilt * score / UNIT)).sum() / share.sum())
    return tilt * says - events * float(np.log(weight))


def cut(state: Lean) -> Lean:
    """Cuts evidence that has grown too large."""
    return state._replace(sum=np.minimum(state.sum, round(_MOST * UNIT)))
