"""The spread of a few measurements: their median and quartiles."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple


class Spread(NamedTuple):
    """Median, and between which values the middle half lies."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least two values.

        >>> Spread.of([1, 2, 3, 4, 5])
        Spread(low=2.0, median=3.0, high=4.0)
        """
        return cls(*statistics.quantiles(values, n=4, method="inclusive"))

    def text(self, form: str = ".2f") -> str:
        """The median, and the quartiles in brackets."""
        return f"{self.median:{form}} ({self.low:{form}} to {self.high:{form}})"
