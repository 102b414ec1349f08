"""Lines of stages as tests make and read them, without pipes of the system."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import msgspec

from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.pipe.inflow import Inflow
from rarebird.pipe.line import END, EventLine, Line, written

START = 1_700_000_000
Event = tuple[int, str]
"""Milliseconds after START, and a category."""
Kind = TypeVar("Kind", bound=Line)


def event(milliseconds: int, category: str) -> bytes:
    return written(time=at(milliseconds), category=category)


def at(milliseconds: int) -> str:
    return instant.text(START * SECOND + milliseconds * 1000)


def mark(milliseconds: int) -> bytes:
    return written(watermark=at(milliseconds))


def stream(events: Sequence[Event], *, end: bool = True) -> list[bytes]:
    """Events with a watermark behind each second, as `pipe ingest` writes them."""
    lines: list[bytes] = []
    second = 0
    for milliseconds, category in events:
        if milliseconds // 1000 > second:
            second = milliseconds // 1000
            lines.append(mark(second * 1000))
        lines.append(event(milliseconds, category))
    return [*lines, *([mark(second * 1000 + 1000), END] if end else [])]


def messages(events: Sequence[Event]) -> list[str]:
    """The same events as a watch takes them: time t, category k."""
    return [json.dumps({"t": START * 1000 + milliseconds, "k": category}) for milliseconds, category in events]


async def chunks(lines: Sequence[bytes], cuts: Sequence[int] = ()) -> AsyncIterator[bytes]:
    data = b"".join(lines)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        yield data[start:end]


class Stage:
    """What a stage reads, writes and says."""

    def __init__(self) -> None:
        self.data = b""
        self.said: list[str] = []

    def write(self, data: bytes) -> None:
        assert data.endswith(b"\n")
        self.data += data

    def write_some(self, data: bytes) -> int:
        """All of it, as standard output may."""
        self.write(data)
        return len(data)

    def inflow(self, kind: type[Kind], lines: Sequence[bytes], cuts: Sequence[int] = ()) -> Inflow[Kind]:
        return Inflow(chunks(lines, cuts), kind, self.said.append)

    def events(self, lines: Sequence[bytes], cuts: Sequence[int] = ()) -> Inflow[EventLine]:
        return self.inflow(EventLine, lines, cuts)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What was written."""
        return [msgspec.json.decode(line) for line in self.data.splitlines()]

    @property
    def values(self) -> list[dict[str, Any]]:
        """What was written, without marks."""
        return [line for line in self.lines if "watermark" not in line and "end" not in line]
