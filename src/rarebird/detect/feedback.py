"""Feedback: what people said of incidents, as evidence that their like needs beyond the limit from then on.

What is said concerns a scope: the families that tell the same thing, and of them one category where the incident was
about one. "Expected" and "too sensitive" ask ln 10 nats more of it, so chance alone tells a tenth as much of it; three
such steps at most, a thousandth. "Real" takes one of these steps back and never asks less than the limit itself.

Nothing else changes: what is held back is followed as an incident that nobody is told of, and the same is learned of
it, so what is taken back leaves no trace. It does not count as an alarm, and so the limit of all gives way a little
(`judge.limit`): what one scope gives up goes to the others, never more than the budget.

Memory: 100 bytes a saying. Cost: nothing while nothing was said; else 50 µs a step, 1 ms with 100,000
categories. Limits: what is far beyond the limit is told all the same, only later.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.judge import FAMILIES

STEP: Final = math.log(10)
"""Nats that one saying asks."""
MOST: Final = 3
"""Steps that can be asked of a scope."""
_ALIKE: Final = (
    ("rate up", "long rate up"), ("rate down", "long rate down"), ("silence",), ("evenest", "evener"),
    ("concentrated", "most concentrated"), ("watched up", "watched far up"), ("watched down",),
    ("surge", "surge of slots", "surge of long slots"), ("absence",),
)  # fmt: skip
"""Families that people cannot tell apart by what they are told."""
_SCOPE: Final = np.array([next(at for at, alike in enumerate(_ALIKE) if name in alike) for name in FAMILIES])
"""By family."""


class Said(NamedTuple):
    """Something said of an incident."""

    id: int
    """The incident's."""
    scope: int
    category: int
    """Its code; -1 where the incident was about none."""
    step: int
    """1: tell its like less readily; -1: take back one such step."""


class Feedback(NamedTuple):
    """All that was said, and what comes of it: k scopes of which more is asked, in columns."""

    said: tuple[Said, ...]
    """In the order in which it was said."""
    scope: NDArray[np.int64]
    """Shape (k,)."""
    category: NDArray[np.int64]
    """-1: whatever the category."""
    nats: NDArray[np.float64]


def blank() -> Feedback:
    """Nothing said."""
    return _made(())


def said(known: Feedback, id: int, family: str, category: int | None, step: int) -> Feedback:
    """What comes of it where this is said of an incident, in place of what was said of the same one before.

    >>> one = said(blank(), 7, "surge", 2, 1)
    >>> asked(one, FAMILIES.index("surge of slots"), 4).round(2).tolist()
    [0.0, 0.0, 2.3, 0.0]
    >>> asked(taken_back(one, 7), FAMILIES.index("surge of slots"), 4).tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    scope = int(_SCOPE[FAMILIES.index(family)])
    new = Said(id, scope, -1 if category is None else category, step)
    return _made((*taken_back(known, id).said, new))


def taken_back(known: Feedback, id: int) -> Feedback:
    """As if nothing had been said of an incident."""
    return _made(tuple(one for one in known.said if one.id != id))


def asked(known: Feedback, family: int, categories: int) -> NDArray[np.float64]:
    """Nats that evidence of a family needs beyond the limit, by category, shape (categories,).

    Of a family that is about no category all are alike, and `categories` may be 1.
    """
    rows = known.scope == _SCOPE[family]
    whole, own = rows & (known.category < 0), rows & (known.category >= 0) & (known.category < categories)
    nats = np.full(categories, float(known.nats[whole].sum()))
    nats[known.category[own]] += known.nats[own]
    return nats


def _made(said: tuple[Said, ...]) -> Feedback:
    steps: dict[tuple[int, int], int] = {}
    for one in said:
        key = one.scope, one.category
        steps[key] = min(max(steps.get(key, 0) + one.step, 0), MOST)
    rows = np.array([(*key, number) for key, number in steps.items() if number], np.int64).reshape(-1, 3)
    return Feedback(said, rows[:, 0].copy(), rows[:, 1].copy(), STEP * rows[:, 2].astype(np.float64))
