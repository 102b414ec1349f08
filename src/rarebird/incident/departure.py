"""How far a count lies from what was expected, on one scale for large and small counts."""

from __future__ import annotations

import math
from typing import Final

from rarebird.model.snapshot import CategoryReading, Snapshot

CLEAR: Final = 4.0
"""From this many standard deviations on the words mention it. Some 60 categories are looked at again and again,
so the 1.96 of a 95 % range would name one nearly always."""


def distance(count: float, expected: float) -> float:
    """Standard deviations between a Poisson count and its expectation (Freeman and Tukey 1950); above is positive.

    >>> round(distance(31, 3.4), 1), round(distance(3, 3.4), 1), round(distance(2, 0.01), 1)
    (7.4, -0.1, 2.1)
    """
    return math.sqrt(count) + math.sqrt(count + 1) - math.sqrt(4 * expected + 1)


def departure(category: CategoryReading, recent: int) -> float:
    """How far the category's recent count lies from its expectation among `recent` events; 0 within its range."""
    if category.low_share <= category.recent_share <= category.high_share:
        return 0.0
    return distance(category.recent_count, category.expected_share * recent)


def departures(snapshot: Snapshot) -> dict[str, float]:
    """The distance of each category that is outside its range, in the order of the mix."""
    recent = snapshot.entropy.count if snapshot.entropy else 0
    found = {category.name: departure(category, recent) for category in snapshot.mix}
    return {name: away for name, away in found.items() if away}
