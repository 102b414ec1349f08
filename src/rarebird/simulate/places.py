"""The places of the simulated world: every state, country and province in one order, with what a message says of it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from rarebird.simulate.countries import COUNTRIES
from rarebird.simulate.states import STATES, WATCHED, City


class Place(NamedTuple):
    """Where a group is: a state of the US, a country, or a province of Canada."""

    country: str
    state: str
    """`group_state`; empty outside the US and Canada."""
    offset: float
    """Hours from UTC."""
    language: str
    cities: tuple[City, ...]


PLACES: Final = (
    *(Place("us", state.code, state.offset, "en", state.cities) for state in STATES),
    *(Place(land.code, land.province, land.offset, land.language, land.cities) for land in COUNTRIES),
)
"""The states come first, so that `code < US` says that a place is in the US."""

US: Final = len(STATES)
"""How many places are in the US."""

CODES: Final = {state.code: code for code, state in enumerate(STATES)}
"""A state's code among the places."""

WATCHED_CODES: Final = tuple(CODES[state] for state in WATCHED)

_US_PART = 0.54
_raw_us = np.array([state.weight for state in STATES])
_raw_abroad = np.array([land.weight for land in COUNTRIES])
WEIGHTS: Final = np.concatenate([_US_PART * _raw_us / _raw_us.sum(), (1 - _US_PART) * _raw_abroad / _raw_abroad.sum()])
"""Share of all messages, float64 of shape (places,), summing to 1."""
