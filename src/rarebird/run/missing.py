"""What is missing: the gaps in what the sources of a watch gave, the latest of them by themselves."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from rarebird.model import instant
from rarebird.model.instant import UNKNOWN
from rarebird.model.snapshot import Missed

_KEPT: Final = 20


class Missing:
    """The latest gaps, newest first, and how many there were in all."""

    def __init__(self) -> None:
        self.gaps: deque[Missed] = deque(maxlen=_KEPT)
        self.count = 0

    @property
    def until(self) -> int:
        """The end of the latest gap, µs UTC; unknown where there was none."""
        return self.gaps[0].end if self.gaps else UNKNOWN

    def take(self, gap: Missed) -> str:
        """Takes a gap in; what there is to say of it. One that goes on grows, and nothing more is said.

        >>> Missing().take(Missed("feed", 0, 60_000_000))
        'feed did not send what came from 1970-01-01 00:00:00 to 00:01:00 UTC.'
        """
        if self.gaps and (self.gaps[0].source, self.gaps[0].start) == (gap.source, gap.start):
            self.gaps[0] = gap
            return ""
        self.gaps.appendleft(gap)
        self.count += 1
        return f"{gap.source} did not send what came from {_span(gap)}."

    def plain(self) -> list[list[Any]]:
        """The gaps as plain values."""
        return [[gap.source, gap.start, gap.end] for gap in self.gaps]

    def restore(self, gaps: Sequence[Sequence[Any]], count: int) -> None:
        """Takes what `plain` gave in place of its own."""
        self.gaps, self.count = deque((Missed(*gap) for gap in gaps), _KEPT), count


def _span(gap: Missed) -> str:
    """A gap as people read it: with its dates only where they differ."""
    start, end = instant.shown(gap.start), instant.shown(gap.end)
    return f"{start} to {end[11:] if start[:10] == end[:10] else end} UTC"
