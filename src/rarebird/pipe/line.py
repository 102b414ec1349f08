"""The lines that travel between stages: what each kind holds, and how it is written.

Lines stand in order of event time. A watermark says that nothing earlier follows, so that time moves when nothing
happens; the end mark says that the stream is over, rather than cut off. Every stage passes both on.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from rarebird.model import instant


class Line(Struct, kw_only=True, frozen=True):
    """What any line may be: a thing that happened at a time, a watermark, or the end mark."""

    time: str = ""
    """ISO 8601, or an epoch time as text."""
    watermark: str = ""
    end: bool = False

    @property
    def is_mark(self) -> bool:
        """Whether it is a watermark or the end mark."""
        return bool(self.watermark) or self.end

    @property
    def at(self) -> int:
        """Its time, or that of the watermark, µs UTC. Raises ValueError where there is none."""
        return instant.parse(self.watermark or self.time)


class EventLine(Line, kw_only=True, frozen=True):
    """An event."""

    category: str | UnsetType = UNSET


class GapLine(Line, kw_only=True, frozen=True):
    """The time between an event and its neighbour before; None for the first event."""

    gap_s: float | UnsetType | None = UNSET


class ReadingLine(Line, kw_only=True, frozen=True):
    """What was true when a second closed; None what its stage does not know, or what nothing rests on."""

    mean_gap_s: float | None = None
    rate_per_s: float | None = None
    entropy_nats: float | None = None
    watched_share: float | None = None
    count: int | UnsetType = UNSET
    past: bool = False
    """Whether it is one of before a live stream was joined: to be judged, but no news."""


class TextLine(Line, kw_only=True, frozen=True):
    """News or an unusual event: anything that has its text."""

    text: str | UnsetType = UNSET


END: Final = b'{"end":true}\n'


def written(**fields: Any) -> bytes:
    r"""A line of these fields, in this order.

    >>> written(gap_s=None)
    b'{"gap_s":null}\n'
    """
    return msgspec.json.encode(fields) + b"\n"


def watermark(time: int) -> bytes:
    """The line that says that nothing before an event time, µs UTC, follows."""
    return written(watermark=instant.text(time))


def safe(name: str) -> str:
    r"""A name as JSON can hold it: halves of surrogate pairs, from a file that is no UTF-8, become question marks.

    >>> safe("\udce9t\xe9")
    '?té'
    """
    return name.encode(errors="replace").decode()


def passed_on(mark: Line) -> bytes:
    """A mark as the next stage gets it."""
    return END if mark.end else watermark(mark.at)
