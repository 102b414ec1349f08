"""The picture: the rate over the span of a backtest as text, with its incidents marked below."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rarebird.backtest.curve import Curve
from rarebird.incident.wording import pace
from rarebird.model import instant
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND

_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_ROWS: Final = 6


def picture(curve: Curve, incidents: Iterable[Incident], width: int, noun: str = "events") -> list[str]:
    """Lines of at most `width` characters: bars of the rate, ▲ where an incident was found, ─ while it was open."""
    rates = curve.columns(width)
    if not rates:
        return []
    top = max(rates)
    eighths = [max(1, round(rate / top * _ROWS * 8)) if rate else 0 for rate in rates]
    rows = [_row(eighths, row) for row in range(_ROWS - 1, -1, -1)]
    length = curve.used * curve.step
    return [f"{pace(top, noun)} at most", *rows, _marks(curve, incidents, len(rates)), _ends(curve, length, len(rates))]


def _row(eighths: list[int], row: int) -> str:
    return "".join(_BLOCKS[min(max(each - 8 * row, 0), 8)] for each in eighths).rstrip()


def _marks(curve: Curve, incidents: Iterable[Incident], columns: int) -> str:
    marks = [" "] * columns
    starts = []
    for incident in incidents:
        first = _column(curve, incident.detected, columns)
        over = columns - 1 if incident.ended is None else _column(curve, incident.ended, columns)
        marks[first : over + 1] = "─" * (over + 1 - first)
        starts.append(first)
    for first in starts:
        marks[first] = "▲"
    return "".join(marks).rstrip()


def _column(curve: Curve, time: int, columns: int) -> int:
    at = (time / SECOND - curve.start) / (curve.used * curve.step) * columns
    return min(max(int(at), 0), columns - 1)


def _ends(curve: Curve, length: int, columns: int) -> str:
    """The first and the last instant below the ends of the bars."""
    first, last = (instant.shown(second * SECOND) for second in (curve.start, curve.start + length))
    return f"{first}{last:>{max(columns - len(first), len(last) + 1)}}"
