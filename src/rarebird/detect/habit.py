"""Habits: what a stream does again and again at an hour, though no model expects it.

A batch every night, an office that opens at nine, a job each hour: level and shares expect them smoothed or not at all,
and as nothing is learned while an incident is open they would be told each time. So of each half hour in which the
evidence of a family came near the limit the most that it said is kept, of each category. What did so in the half hour
a day before, or the ones beside it, on each of the last three days or five of seven, in those of three of the last four
weeks, or in each of the last four hours, is the usual then: only what is beyond it by as much as the limit is told.
Where something is usual, so is what categories without a habit of their own say then, taken together: after a batch now
one is missed, now another.

What is usual is exp(m + 3 s sqrt(1 + 1/n)), m the mean of the logarithms of the n times it came and s their standard
deviation, drawn towards 0.3 as by three more: where evidence differs by a factor, as that of batches does, a prediction
interval. What is held back so is followed as what feedback holds back is, and leaves as little trace.

Memory: 32 bytes a half hour, family and category near the limit. Cost: 0.2 ms a half hour. Limits: it hides what is
truly out of the ordinary where it returns at one hour for three days; what has no hour is told each time.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.judge import SURGE
from rarebird.detect.tail import BLOCK
from rarebird.model.clock import DAY

NEAR: Final = 3.0
"""Nats below the limit from which on evidence is kept."""


class _Period(NamedTuple):
    """After how many half hours something returns, and what shows that it does."""

    blocks: int
    beside: int
    """Half hours before and after that count, too."""
    back: int
    """Times that are looked back."""
    returns: tuple[tuple[int, int], ...]
    """Of so many of the last times it came so often; one of them is enough."""


_PERIODS: Final = (
    _Period(DAY // BLOCK, 1, 7, ((3, 3), (7, 5))),
    _Period(7 * DAY // BLOCK, 1, 4, ((4, 3),)),
    _Period(3600 // BLOCK, 0, 4, ((4, 4),)),
)
_KEPT: Final = max(each.blocks * each.back + each.beside for each in _PERIODS)
_CODES: Final = 32
"""Bits that hold any category."""
_DEVIATIONS: Final = 3.0
_SPREAD: Final = 0.3
_LIKE: Final = 3


class Near(NamedTuple):
    """What was near the limit, in columns."""

    family: NDArray[np.int64]
    category: NDArray[np.int64]
    """-1: any, or of a family that is about none."""
    nats: NDArray[np.float64]
    """On the scale of the family's evidence."""


class Habit(NamedTuple):
    """What was near the limit in the last four weeks, and what is usual in the half hour that runs."""

    near: Near
    """k rows: of each half hour, family and category the most."""
    block: NDArray[np.int64]
    """Half hours since 1970 on the clock of the zone, shape (k,)."""
    now: int
    """The half hour that runs; -1 before the first."""
    usual: Near


def blank() -> Habit:
    """Nothing seen."""
    codes = np.zeros(0, np.int64)
    none = Near(codes, codes, np.zeros(0))
    return Habit(none, codes, -1, none)


def begin(known: Habit, block: int) -> Habit:
    """A half hour begins, or goes on: what is usual in it is looked up."""
    if block == known.now:
        return known
    known = _only(known, known.block > block - 1 - _KEPT)
    return _looked_up(known._replace(now=block))


def note(known: Habit, more: Near) -> Habit:
    """What was near the limit in some ticks of the half hour that runs; of categories without a habit also as any."""
    here = known.block == known.now
    own, usual = (each.family << _CODES | each.category + 1 for each in (more, known.usual))
    others = _rows(more, ~np.isin(own, usual))
    others = others._replace(category=np.full_like(others.category, -1))
    every = _both(_both(_rows(known.near, here), more), others)
    (family, category), row = np.unique(np.stack((every.family, every.category)), axis=1, return_inverse=True)
    most = np.zeros(len(family))
    np.maximum.at(most, row.ravel(), every.nats)
    before = _only(known, ~here)
    block = np.append(before.block, np.full(len(most), known.now))
    return before._replace(near=_both(before.near, Near(family, category, most)), block=block)


def asked(known: Habit, family: int, categories: int) -> NDArray[np.float64]:
    """What evidence of a family must be beyond as it is usual at this time, by category, shape (categories,)."""
    found = np.zeros(categories)
    own = _rows(known.usual, known.usual.family == family)
    for category, nats in zip(own.category.tolist(), own.nats.tolist(), strict=True):
        if category < categories:
            at = slice(None) if category < 0 else slice(category, category + 1)
            found[at] = np.maximum(found[at], nats)
    return found


def without(known: Habit, first: int, last: int) -> Habit:
    """As if nothing had been near the limit in the half hours from the first to the last."""
    return _looked_up(_only(known, (known.block < first) | (known.block > last)))


def _rows(near: Near, rows: NDArray[np.bool_]) -> Near:
    return Near(near.family[rows], near.category[rows], near.nats[rows])


def _both(first: Near, second: Near) -> Near:
    family, category = (np.append(one, two) for one, two in zip(first[:2], second[:2], strict=True))
    return Near(family, category, np.append(first.nats, second.nats))


def _only(known: Habit, rows: NDArray[np.bool_]) -> Habit:
    return known._replace(near=_rows(known.near, rows), block=known.block[rows])


def _looked_up(known: Habit) -> Habit:
    """What is usual in the half hour that runs."""
    scopes, scope = np.unique(np.stack(known.near[:2]), axis=1, return_inverse=True)
    usual = np.zeros(scopes.shape[1])
    for each in _PERIODS:
        usual = np.maximum(usual, _usual(known, each, scope.ravel(), len(usual)))
    together = (scopes[0] >= SURGE) & (scopes[1] < 0)
    if not usual[~together].any():
        usual[together] = 0.0
    return known._replace(usual=_rows(Near(scopes[0], scopes[1], usual), usual > 0))


def _usual(known: Habit, period: _Period, scope: NDArray[np.int64], scopes: int) -> NDArray[np.float64]:
    """What each scope says in the half hour that runs as it did a period ago and before; 0 where it does not return."""
    ago = known.now - known.block
    times = (ago + period.blocks // 2) // period.blocks
    there = (times > 0) & (times <= period.back) & (np.abs(ago - times * period.blocks) <= period.beside)
    said = np.zeros((scopes, period.back))
    np.maximum.at(said, (scope[there], times[there] - 1), known.near.nats[there])
    came = said > 0
    returns = np.any([came[:, :of].sum(axis=1) >= least for of, least in period.returns], axis=0)
    count = np.maximum(np.count_nonzero(came, axis=1), 1)
    logs = np.log(said, where=came, out=np.zeros_like(said))
    mean = logs.sum(axis=1) / count
    off = np.where(came, logs - mean[:, None], 0.0)
    spread = np.sqrt(((off**2).sum(axis=1) + _LIKE * _SPREAD**2) / (count - 1 + _LIKE))
    found: NDArray[np.float64] = np.exp(mean + _DEVIATIONS * spread * np.sqrt(1 + 1 / count))
    return np.where(returns, found, 0.0)
