"""The truth: what was changed in a simulated world, and when, for scoring what a watch says of it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from rarebird.simulate.change import Change, Kind


class Truth(Struct, frozen=True):
    """One change as it happened. `category` and `factor` are empty or 0 where the kind has none."""

    kind: Kind
    began: int
    """µs UTC."""
    ended: int
    """µs UTC, the first instant after the change."""
    category: str
    factor: float


def truth(changes: Iterable[Change], start: int) -> list[Truth]:
    """What happened in a world of that start, in the order of its beginning.

    >>> from rarebird.simulate.change import parse
    >>> truth([parse("burst@1s+2s")], 1_000_000)
    [Truth(kind='burst', began=2000000, ended=4000000, category='ME', factor=30.0)]
    """
    told = (
        Truth(one.kind, start + one.offset, start + one.offset + one.length, one.category, one.factor)
        for one in changes
    )
    return sorted(told, key=lambda one: (one.began, one.ended))


def json_lines(truths: Iterable[Truth]) -> bytes:
    """One JSON object a line."""
    return b"".join(msgspec.json.encode(one) + b"\n" for one in truths)
