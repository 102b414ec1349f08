"""History: what was counted in spans of event time, finer where it is recent."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVELS: Final = {"s": 1, "m": 60, "h": 3600}
"""Seconds of event time in one span of each level."""


class Span(NamedTuple):
    """The events of one span of event time."""

    start: int
    """Beginning of the span, s since 1970 UTC: a multiple of the length of its level."""
    first: int
    """Event time of its first event, µs UTC."""
    last: int
    """Event time of its last event, µs UTC."""
    category: NDArray[np.int32]
    """Codes of the categories with events, ascending."""
    events: NDArray[np.int64]
    """Events of each."""
