"""Recent: the cells of the last hour, from which any window that ends now can be read."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rarebird.model.state import State
from rarebird.model.ticks import Cells, joined
from rarebird.stats.gaps import Gaps

KEPT_CELLS: Final = 1 << 18
"""At most so many cells are kept, the newest: 36 bytes each."""


class Recent:
    """Cells of closed ticks in order of ticks, for `span` ticks back and at most `cap` of them."""

    def __init__(self, span: int, cap: int = KEPT_CELLS) -> None:
        self.span, self.cap = span, cap
        self.until = 0
        self._steps: list[Cells] = []
        self._size = 0
        self._from: int | None = None
        self._forgotten: int | None = None

    def state(self) -> State:
        """The cells that are kept, and how far back they are whole."""
        return {
            "until": self.until,
            "from": self._from,
            "forgotten": self._forgotten,
            "cells": list(joined(self._steps)),
        }

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        self.until, self._from, self._forgotten = state["until"], state["from"], state["forgotten"]
        cells = Cells(*state["cells"])
        self._steps = [cells] if len(cells.tick) else []
        self._size = len(cells.tick)

    def add(self, cells: Cells, until: int) -> None:
        """Takes in the cells of ticks that end before tick `until`."""
        if self._from is None and len(cells.tick):
            self._from = int(cells.tick.min())
        self.until = until
        if len(cells.tick):
            in_time = np.argsort(cells.tick, kind="stable")
            self._steps.append(cells.rows(in_time))
            self._size += len(in_time)
        oldest = until - self.span
        self._drop(oldest)
        while self._size > self.cap:
            self._shorten()
        if self._from is not None:
            self._from = max(self._from, oldest)
        if len(self._steps) > 256:
            self._steps = [joined(self._steps)]

    def _drop(self, since: int) -> None:
        """Drops the cells of ticks before `since`."""
        while self._steps and self._steps[0].tick[0] < since:
            oldest = self._steps.pop(0)
            kept = _after(oldest, since)
            self._size -= len(oldest.tick) - len(kept.tick)
            if len(kept.tick):
                self._steps.insert(0, kept)

    def _shorten(self) -> None:
        """Forgets ticks of the oldest step until as many cells are gone as are too many, or all of it."""
        tick = self._steps[0].tick
        self._from = self._forgotten = int(tick[min(self._size - self.cap, len(tick)) - 1]) + 1
        self._drop(self._forgotten)

    def cut_short(self, ticks: int) -> bool:
        """Whether ticks of such a window had to be forgotten because their cells were too many."""
        return self._forgotten is not None and self.until - ticks < self._forgotten

    @property
    def reach(self) -> int:
        """How many ticks back the cells are whole, from the first event on or as far as they are kept."""
        return 0 if self._from is None else self.until - self._from

    def window(self, ticks: int) -> Cells:
        """The cells of the last `ticks` ticks."""
        since = self.until - ticks
        parts = [_after(step, since) for step in self._steps if step.tick[-1] >= since]
        return joined(parts)

    def counts(self, ticks: int, categories: int) -> NDArray[np.int64]:
        """Events per category in the last `ticks` ticks, shape (categories,)."""
        cells = self.window(ticks)
        return np.bincount(cells.category, weights=cells.events, minlength=categories).astype(np.int64)

    def gaps(self, ticks: int, category: int | None = None) -> Gaps:
        """The gaps between the events of the last `ticks` ticks, of all or of one category."""
        cells = self.window(ticks)
        if category is not None:
            cells = cells.rows(cells.category == category)
        return Gaps.of(cells)


def _after(step: Cells, since: int) -> Cells:
    start = int(np.searchsorted(step.tick, since))
    return step.rows(slice(start, None)) if start else step
