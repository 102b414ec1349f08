"""Causes: whether what is found is of the cause of an incident that is open.

A rate is of the cause of a mix, and a mix of that of a rate, where the categories that the mix tells of make up a good
part of what the whole stream has too much, or too little: a surge of one state lifts the rate, and is its reason. While
the stream has fallen, a category that only seems to come more often because the others fell is no news of its own. Of
two findings of the mix it is so where the one is about a category that has the largest part in the other. A total
silence has its own cause, and nothing is part of it: whatever the mix shows needs events, so the silence is over by
then, or about to be. What begins more than ten minutes before or after what goes on has a cause of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from rarebird.incident.silences import is_total_silence
from rarebird.model.incident import Incident, Joined
from rarebird.model.instant import SECOND

PART: Final = 1 / 3
"""Of what is told of the whole, the part that makes a category its cause."""
TOGETHER: Final = 600 * SECOND
"""What is of one cause begins within so long, µs."""
_LITTLE: Final = 1.5
"""Times as many events as usual that are no news beside a stream that fell."""


def same_cause(open_: Incident, found: Incident, *, still: bool = True) -> bool:
    """Whether what is found is of the cause of what is open; `still`: it goes on, and is not over of late.

    >>> from msgspec.structs import replace
    >>> from rarebird.model.incident import Contribution
    >>> rate = Incident(
    ...     id=1, kind="rate", direction="up", family="rate up", category=None, began=0, detected=120_000_000,
    ...     ended=None, lasting=False, score=1.0, budget_share=0.2, chance_per_week=0.3, events=360, expected=240.0,
    ...     low=200.0, high=280.0, whole=120.0, contributions=(Contribution("ME", 90.0), Contribution(None, 30.0)),
    ... )
    >>> maine = replace(rate, kind="mix", family="surge", category="ME", events=100, expected=10.0, whole=0.0)
    >>> same_cause(maine, rate), same_cause(replace(maine, category="CA"), rate)
    (True, False)
    """
    if is_total_silence(open_) or is_total_silence(found) or (of_whole(open_) and of_whole(found)):
        return False
    if of_whole(found):
        return _makes_up(open_, found)
    if of_whole(open_):
        return _makes_up(found, open_) or (still and _is_left(found, open_))
    return _about(open_, found) or _about(found, open_)


def joins(open_: Incident, found: Incident, *, still: bool) -> bool:
    """Whether what is found is of the cause of what is open and began with it; `still` as in `same_cause`."""
    if abs(open_.began - found.began) > TOGETHER:
        return still and of_whole(open_) and not of_whole(found) and _is_left(found, open_)
    return same_cause(open_, found, still=still)


def of_whole(incident: Incident | Joined) -> bool:
    """Whether it is about all events of the stream, rather than how they spread."""
    return incident.category is None and incident.kind in ("rate", "silence")


def _makes_up(mix: Incident, whole: Incident) -> bool:
    """Whether the categories of a mix are a good part of what the whole has beyond, or below, what is expected."""
    up = whole.whole > 0
    if mix.category is not None:
        about = {mix.category} if (mix.direction == "up") == up else set()
    else:
        about = {one.category for one in mix.contributions if one.category is not None and (one.events > 0) == up}
    return abs(_sum(whole, about, up=up)) >= PART * abs(whole.whole) > 0


def _is_left(mix: Incident, whole: Incident) -> bool:
    """Whether a category has a larger share only because the others have come to less."""
    if mix.category is None or mix.direction != "up" or whole.direction != "down":
        return False
    usual = mix.expected * whole.expected / max(whole.events, 1)
    return mix.events <= _LITTLE * usual


def _about(part: Incident, mix: Incident) -> bool:
    """Whether a mix of several categories is, for a good part, that of one."""
    if part.category is None or mix.category is not None:
        return False
    up = part.direction == "up"
    moved = _sum(mix, {one.category for one in mix.contributions if one.category is not None}, up=up)
    own = _sum(mix, {part.category}, up=up)
    return own != 0 and abs(own) >= PART * abs(moved)


def _sum(incident: Incident, categories: Collection[str | None], *, up: bool) -> float:
    """Events of some categories beyond those expected, of those that have more alone, or of those that have fewer."""
    return sum(one.events for one in incident.contributions if one.category in categories and (one.events > 0) == up)
