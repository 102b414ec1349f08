"""A window over the seconds of a stream: the counts and the gaps in it, kept up to date second by second."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from rarebird.model.history import Span
from rarebird.model.instant import SECOND
from rarebird.stats.columns import grown
from rarebird.stats.gaps import Gaps


class Window:
    """The last `seconds` seconds of event time, or all of them where that is None.

    `since`: the second of the first event of the stream, where it is one of before.
    Cost: what enters and what leaves, nothing for its length.
    """

    def __init__(self, seconds: int | None, since: int | None = None) -> None:
        self._seconds = seconds
        self._spans: deque[tuple[int, Span]] = deque()
        self._until = 0
        self._since = since
        self.events = 0
        self.counts: NDArray[np.int64] = np.zeros(0, np.int64)
        """Events by code of their category."""

    def add(self, at: int, span: Span | None) -> bool:
        """Moves on to a second that has closed, s since 1970, and what happened; whether its events have changed."""
        self._until = at + 1
        changed = span is not None
        if span is not None:
            self._since = span.first // SECOND if self._since is None else self._since
            self._count(span, 1)
            if self._seconds is not None:
                self._spans.append((at, span))
        while self._seconds is not None and self._spans and self._spans[0][0] < self._until - self._seconds:
            self._count(self._spans.popleft()[1], -1)
            changed = True
        return changed

    def _count(self, span: Span, sign: int) -> None:
        self.counts = grown(self.counts, int(span.category[-1]) + 1)
        self.counts[span.category] += sign * span.events
        self.events += sign * int(span.events.sum())

    @property
    def still(self) -> bool:
        """Whether nothing is left that could leave it."""
        return not self._spans

    @property
    def length(self) -> int:
        """Seconds that it covers: from the first event on, where that is later than its beginning."""
        if self._since is None:
            return 0
        reach = self._until - self._since
        return reach if self._seconds is None else min(self._seconds, reach)

    @property
    def gaps(self) -> Gaps:
        """The gaps between its events; of a window of set length."""
        if not self._spans:
            return Gaps()
        return Gaps(self.events, self._spans[0][1].first, self._spans[-1][1].last)
