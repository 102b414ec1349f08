"""Budgets: how many false alarms may come in a time, written "1 per week"."""

from __future__ import annotations

import re
from typing import Final

from rarebird.model.outside import bounded

_WEEK_DAYS: Final = 7.0
_UNITS: Final = {"day": 1.0, "week": _WEEK_DAYS, "month": 365.2425 / 12, "year": 365.2425}
"""Days."""
_LEAST: Final = _WEEK_DAYS / (10 * 365.2425)
_MOST: Final = 3 * _WEEK_DAYS
_FORM: Final = re.compile(r"(?P<count>\d+(?:\.\d+)?|\.\d+)\s*(?:per|an?|/)\s*(?P<unit>[a-z]+?)s?", re.IGNORECASE)


def parse(text: str) -> float:
    """The false alarms a week that a text allows. Raises ValueError where it allows none.

    >>> parse("1 per week"), parse("0.5 a week"), parse("1/day"), round(parse("2 per month"), 2)
    (1.0, 0.5, 7.0, 0.46)
    """
    found = _FORM.fullmatch(bounded(text).strip())
    days = _UNITS.get(found["unit"].lower()) if found else None
    if found is None or days is None:
        raise ValueError(f"expected how many may come by chance, such as '1 per week' or '2 per month', got {text!r}")
    often = float(found["count"]) * _WEEK_DAYS / days
    if not _LEAST <= often <= _MOST:
        raise ValueError(f"expected at least '0.1 per year' and at most '3 per day', got {text!r}")
    return often


def text(per_week: float) -> str:
    """So many a week for people, in the unit in which it is at least one.

    >>> text(1.0), text(7.0), text(0.5), text(0.02)
    ('1 a week', '1 a day', '2.2 a month', '1 a year')
    """
    days = per_week / _WEEK_DAYS
    unit = next((unit for unit, size in _UNITS.items() if days * size >= 1 - 1e-9), "year")
    return f"{days * _UNITS[unit]:.2g} a {unit}"
