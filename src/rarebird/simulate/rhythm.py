"""The rhythm: how many messages a second come from each place at each moment of the week.

People book by their own clock, so each state follows the same curve of day and week at its own local time. Between
the US and the rest of the world the swing is damped: recordings hold 42 to 65 % US messages at any time of day, while
a single state moves by a factor of three (California 7 % of the US in its early morning, some 20 % in its afternoon).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rarebird.model.instant import SECOND
from rarebird.simulate.places import PLACES, US, WEIGHTS

SLOT: Final = 900 * SECOND
"""Between the knots of the curve the rate is a straight line."""
WEEK: Final = 7 * 86_400 * SECOND
_KNOTS = WEEK // SLOT
_KNOTS_AN_HOUR = 4

_DAY = (
    0.46,
    0.38,
    0.34,
    0.34,
    0.36,
    0.44,
    0.64,
    0.92,
    1.22,
    1.42,
    1.56,
    1.68,
    1.76,
    1.80,
    1.80,
    1.74,
    1.60,
    1.38,
    1.16,
    1.00,
    0.88,
    0.78,
    0.66,
    0.54,
)
"""Bookings by the hour of the local day, mean 1 but for rounding."""
_WEEKDAY = (1.06, 1.10, 1.08, 1.04, 0.94, 0.86, 0.92)
"""Bookings by the local weekday, from Monday."""
_THURSDAY = 3
"""The weekday of 1970-01-01."""
_DAMP_US = 0.3
_DAMP_ABROAD = 0.7
"""Exponents that draw the swing of the US and of the rest of the world together."""


def _local(offset: float) -> NDArray[np.float64]:
    """The curve at the knots of a UTC week that starts on a Thursday, by a clock `offset` hours ahead of UTC."""
    hour = np.arange(_KNOTS) / _KNOTS_AN_HOUR + offset + 24 * _THURSDAY
    days = np.interp(hour % 24, np.arange(25), (*_DAY, _DAY[0]))
    noons = np.arange(9) * 24 - 12
    week = np.interp(hour % 168, noons, (_WEEKDAY[-1], *_WEEKDAY, _WEEKDAY[0]))
    return np.asarray(days * week)


def _table() -> NDArray[np.float64]:
    """Relative rates, shape (knots, places); each row sums to the total rate, whose mean over the week is 1."""
    raw = WEIGHTS * np.stack([_local(place.offset) for place in PLACES], axis=1)
    for part, damp in ((slice(0, US), _DAMP_US), (slice(US, None), _DAMP_ABROAD)):
        total = raw[:, part].sum(axis=1, keepdims=True)
        swing = (total / total.mean()) ** damp
        raw[:, part] *= WEIGHTS[part].sum() * swing / swing.mean() / total
    return np.asarray(raw / raw.sum(axis=1).mean())


TABLE: Final = _table()


def rates(instant: int) -> NDArray[np.float64]:
    """Messages a second from each place at an instant, shape (places,), in a world of mean rate 1."""
    knot, part = divmod(instant % WEEK, SLOT)
    share = part / SLOT
    return np.asarray(TABLE[knot] * (1 - share) + TABLE[(knot + 1) % _KNOTS] * share)
