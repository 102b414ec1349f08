"""Surprises: the events of the last minutes that were hardest to expect."""

from __future__ import annotations

from typing import Final

import numpy as np

from rarebird.model.instant import SECOND
from rarebird.model.state import State
from rarebird.watch import Closed

KEPT: Final = 200
_SPAN: Final = 900 * SECOND


class Surprises:
    """The `KEPT` most surprising events of the last 15 minutes of event time, in columns."""

    def __init__(self) -> None:
        self.time = np.empty(0, np.int64)
        self.category = np.empty(0, np.int32)
        self.bits = np.empty(0)

    def state(self) -> State:
        """The events that are kept."""
        return {"time": self.time, "category": self.category, "bits": self.bits}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        self.time, self.category, self.bits = state["time"], state["category"], state["bits"]

    def take(self, closed: Closed, until: int) -> None:
        """Takes in the events that a step closed; `until` is the end of its last tick, µs UTC."""
        time = np.concatenate((self.time, closed.time))
        category = np.concatenate((self.category, closed.category))
        bits = np.concatenate((self.bits, closed.surprisal_bits))
        rows = np.flatnonzero(time >= until - _SPAN)
        if len(rows) > KEPT:
            rows = np.sort(rows[np.argpartition(-bits[rows], KEPT)[:KEPT]])
        self.time, self.category, self.bits = time[rows], category[rows], bits[rows]
