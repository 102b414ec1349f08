"""Causes: whether two findings are of one cause.

A rate and a mix are, where the categories that the mix tells of make up a good part of what the whole stream has too
much, or too little: a surge of one state lifts the rate, and is its reason. While the whole stream is silent nothing
that its mix shows is news of its own. Two findings of the mix are, where the one is about a category that has the
largest part in the other. All parts are compared as events a second, each over its own window.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rarebird.model.incident import Incident, Joined

PART: Final = 1 / 3
"""Of what is told of the whole, the part that makes a category its cause."""
_LITTLE: Final = 1.5
"""Times as many events as usual that are no news beside a stream that fell."""


def same_cause(one: Incident, other: Incident) -> bool:
    """Whether two findings, near each other in time, are of one cause; the order makes no difference.

    >>> from msgspec.structs import replace
    >>> rate = Incident(
    ...     id=1, kind="rate", direction="up", family="rate up", category=None, began=0, detected=120_000_000,
    ...     ended=None, lasting=False, score=1.0, budget_share=0.2, chance_per_week=0.3, events=360, expected=240.0,
    ...     low=200.0, high=280.0, whole=120.0, contributions=(),
    ... )
    >>> maine = replace(rate, kind="mix", family="surge", category="ME", events=130, expected=10.0, whole=0.0)
    >>> same_cause(rate, maine), same_cause(replace(maine, events=15), rate)
    (True, False)
    """
    if of_whole(one) and of_whole(other):
        return False
    if of_whole(other):
        return same_cause(other, one)
    if of_whole(one):
        return one.kind == "silence" or _makes_up(other, one) or _is_left(other, one)
    return _about(one, other) or _about(other, one)


def of_whole(incident: Incident | Joined) -> bool:
    """Whether it is about all events of the stream, rather than how they spread."""
    return incident.category is None and incident.kind in ("rate", "silence")


def _makes_up(mix: Incident, whole: Incident) -> bool:
    """Whether what a mix tells of is a good part of what the whole has beyond, or below, what is expected."""
    beyond = whole.whole / max(whole.window_s, 1.0)
    return _gained(mix, beyond > 0) / max(mix.window_s, 1.0) >= PART * abs(beyond)


def _is_left(mix: Incident, whole: Incident) -> bool:
    """Whether a category has a larger share only because the others have come to less."""
    if mix.category is None or mix.direction != "up" or whole.direction != "down":
        return False
    usual = mix.expected * whole.expected / max(whole.events, 1)
    return mix.events <= _LITTLE * usual


def _gained(mix: Incident, up: bool) -> float:
    """Events that its categories have beyond those expected, or below them."""
    if mix.category is not None:
        return (mix.events - mix.expected) * (1 if up else -1)
    return _sum(each.events for each in mix.contributions if each.category is not None and (each.events > 0) == up)


def _about(part: Incident, mix: Incident) -> bool:
    """Whether a mix of several categories is, for a good part, that of one."""
    if part.category is None or mix.category is not None:
        return False
    up = part.direction == "up"
    own = _sum(each.events for each in mix.contributions if each.category == part.category and (each.events > 0) == up)
    return own > 0 and own >= PART * _gained(mix, up)


def _sum(events: Iterable[float]) -> float:
    return abs(sum(events))
