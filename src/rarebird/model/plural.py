"""Counts of things, with the noun in the number that goes with them."""

from __future__ import annotations

from typing import Final

_ALIKE: Final = frozenset({"series", "species", "news"})
"""The same for one and for many."""


def counted(count: int, nouns: str) -> str:
    """How many of what; the noun is given in the plural, the last word of it.

    >>> counted(1, "edits"), counted(1_200, "edits"), counted(0, "categories"), counted(1, "categories")
    ('1 edit', '1,200 edits', '0 categories', '1 category')
    """
    return f"{count:,} {singular(nouns) if count == 1 else nouns}"


def singular(nouns: str) -> str:
    """One of them.

    >>> [singular(each) for each in ("RSVPs", "countries", "boxes", "series", "page views", "traffic", "addresses")]
    ['RSVP', 'country', 'box', 'series', 'page view', 'traffic', 'address']
    """
    if nouns in _ALIKE or not nouns.endswith("s") or nouns.endswith("ss"):
        return nouns
    if nouns.endswith("ies") and len(nouns) > len("ties"):
        return f"{nouns[:-3]}y"
    if nouns.endswith(("sses", "xes", "ches", "shes")):
        return nouns[:-2]
    return nouns[:-1]


def were(count: int) -> str:
    """The verb that goes with a count of things.

    >>> were(0), were(1), were(2)
    ('were', 'was', 'were')
    """
    return "was" if count == 1 else "were"


def are(count: int) -> str:
    """The same of now.

    >>> are(1), are(2)
    ('is', 'are')
    """
    return "is" if count == 1 else "are"
