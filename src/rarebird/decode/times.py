"""Columns of event times: numbers and texts as a stream gives them, to µs UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rarebird.model import instant
from rarebird.model.instant import SECOND, UNITS, unit_of
from rarebird.model.outside import LONGEST

_EXACT: Final = 2**53
"""Below it float64 holds every whole number."""


def epochs(values: NDArray[np.int64] | NDArray[np.float64], unit: str) -> NDArray[np.int64]:
    """Positive epoch times in `unit` ("auto": by the size of each) to µs, of the same shape.

    Exact to the microsecond for s, ms and µs up to the year 2255.
    """
    if not len(values):
        return np.empty(0, np.int64)
    if unit != "auto":
        return _scaled(values, UNITS[unit])
    smallest, largest = unit_of(float(values.min())), unit_of(float(values.max()))
    if smallest == largest:
        return _scaled(values, UNITS[smallest])
    sizes = [values < 1e11, values < 1e14, values < 1e17]
    return _scaled(values, np.select(sizes, [UNITS["s"], UNITS["ms"], UNITS["us"]], UNITS["ns"]))


def _scaled(values: NDArray[Any], scale: Any) -> NDArray[np.int64]:
    scaled: NDArray[np.float64] = np.rint(values * scale)
    return scaled.astype(np.int64)


def texts(values: Sequence[str]) -> NDArray[np.int64]:
    """ISO 8601 times in the form 2020-01-31T12:00:00Z to µs, int64; UTC where no offset stands.

    Raises ValueError where one of them has another form, or is so far away that float64 is not exact to the
    microsecond (before 1684, after 2255).
    """
    if not all(value[4:5] == "-" for value in values) or max(map(len, values), default=0) > LONGEST:
        raise ValueError("expected ISO 8601 times")
    moments = map(datetime.fromisoformat, values)
    seconds = (moment.timestamp() if moment.tzinfo else moment.replace(tzinfo=UTC).timestamp() for moment in moments)
    time = np.rint(np.fromiter(seconds, np.float64, len(values)) * SECOND).astype(np.int64)
    if len(time) and max(int(time.max()), -int(time.min())) >= _EXACT:
        raise ValueError("expected ISO 8601 times of our age")
    return time


def form_of(value: Any, unit: str) -> str:
    """How a time that could be read is written, for people.

    >>> form_of(1489925470960, "auto"), form_of("2017-03-19T12:11:10Z", "auto")
    ('epoch in ms', 'ISO 8601')
    """
    try:
        number = float(value)
    except ValueError:
        return "ISO 8601"
    return f"epoch in {unit if unit in UNITS else unit_of(number)}"


def one(value: Any, unit: str) -> int:
    """One event time of any form to µs. Raises ValueError that says what was expected.

    >>> one(1489925470, "auto") == one("2017-03-19T12:11:10Z", "auto") == one("1489925470000", "ms")
    True
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if unit in UNITS and isinstance(value, str):
        value, number = float(value), True
    if number and unit != "iso":
        return _epoch(float(value), unit)
    if isinstance(value, str):
        return instant.check(instant.parse(value))
    raise ValueError(f"expected a time, {'ISO 8601' if unit == 'iso' else 'epoch or ISO 8601'}, got {_shown(value)}")


def _epoch(value: float, unit: str) -> int:
    if not 0 < value < 2**63:
        raise ValueError(f"expected a time after 1970, got {value:g}")
    moment = round(value * UNITS[unit_of(value) if unit == "auto" else unit])
    return instant.check(moment)


def _shown(value: Any) -> str:
    return "nothing" if value is None else type(value).__name__
