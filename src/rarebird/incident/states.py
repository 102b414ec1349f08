"""The US states by postal code, so that a sentence says Maine rather than ME."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

STATES: Final = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "Washington, D.C.", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan",
    "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
    "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin",
    "WY": "Wyoming",
}  # fmt: skip

_ENOUGH = 8
"""Fewer codes than this may be codes of something else: IN, OR and ME are also words."""
_MOST = 0.75


def full_names(categories: Collection[str], noun_by: str = "states") -> dict[str, str]:
    """The full name by code, where most of the categories are codes of US states; otherwise nothing.

    >>> full_names(["CA", "ME", "other"]), full_names(["red", "OR"]), full_names(["OR", "IN"], noun_by="words")
    ({'CA': 'California', 'ME': 'Maine'}, {}, {})
    """
    known = {code: STATES[code] for code in categories if code in STATES}
    others = sum(code not in STATES and code != "other" for code in categories)
    enough = len(known) >= _ENOUGH or (known and noun_by == "states")
    return known if enough and len(known) >= _MOST * (len(known) + others) else {}
