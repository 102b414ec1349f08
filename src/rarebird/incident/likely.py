"""What an incident is in a few words, what makes it up, and what most likely lies behind it: from its numbers alone."""

from __future__ import annotations

from typing import Final, NamedTuple

from rarebird.incident.cause import of_whole
from rarebird.incident.telling import Nouns, category_name, signed, subject
from rarebird.incident.wording import number, percent, span
from rarebird.model.incident import Incident

MOST: Final = 5
"""Categories that are named."""
_ALONE: Final = 0.5
_TOGETHER: Final = 0.66
_BARS: Final = "▁▂▃▄▅▆▇█"
_WEEK_S: Final = 7 * 86_400


class Part(NamedTuple):
    """What a category has to do with an incident."""

    name: str
    events: str
    """Signed."""
    share: str
    """Of the whole change, with the same sign; empty where it is about the category alone."""


def headline(incident: Incident, nouns: Nouns) -> str:
    """What it is, and whether it is over, in one short line.

    >>> from rarebird.notify.example import example
    >>> headline(example(0).incident, Nouns("RSVPs"))
    'RSVPs of a test: 12 times as many as expected'
    """
    about = subject(incident, nouns)
    return _stage(incident) + about[:1].upper() + about[1:] + _changed(incident)


def _stage(incident: Incident) -> str:
    if incident.phase == "resolved":
        return "The new usual: " if incident.lasting else "Over: "
    if incident.phase == "recovering":
        return "Going back: "
    return "Again: " if incident.reopened or incident.returned else ""


def _changed(incident: Incident) -> str:
    factor = incident.events / max(incident.expected, 1e-9)
    if incident.direction == "even":
        return " spread more evenly than expected"
    if incident.direction == "concentrated":
        return " crowd into fewer than expected"
    if not incident.events:
        return f": none for {span(incident.window_s)}"
    if incident.kind == "event":
        return ": a rare one"
    if incident.direction == "down":
        return f": {percent(factor)} of what is expected"
    return f": {number(factor)} times as many as expected"


def parts(incident: Incident, nouns: Nouns, most: int = MOST) -> list[Part]:
    """The categories that make up most of it, the largest first; of one about a category that one alone.

    The shares are of the whole change, or of all that was gained where only the mix changed.
    """
    named = [one for one in incident.contributions if one.category is not None and abs(one.events) >= 1]
    if incident.category is not None:
        named = [one for one in named if one.category == incident.category]
        base = 0.0
    else:
        base = abs(incident.whole) or sum(one.events for one in incident.contributions if one.events > 0)
    return [
        Part(
            category_name(one.category or "", nouns),
            signed(one.events),
            f"{'+' if one.events > 0 else '-'}{percent(min(abs(one.events) / base, 1.0))}" if base else "",
        )
        for one in named[:most]
    ]


def likely(incident: Incident, nouns: Nouns) -> str:
    """What most likely lies behind it, in a sentence or two.

    >>> from rarebird.notify.example import example
    >>> likely(example(0).incident, Nouns("RSVPs", "states"))
    'No other of the states stands out.'
    """
    if incident.kind == "event":
        every = incident.window_s / max(incident.expected, 1e-9)
        return f"One comes about every {span(every)}." if every < _WEEK_S else "Hardly one comes in a week."
    if of_whole(incident):
        return _of_whole(incident, nouns)
    if incident.category is not None:
        return "" if incident.joined else f"No other of the {nouns.noun_by} stands out."
    return _gaining(incident, nouns)


def _of_whole(incident: Incident, nouns: Nouns) -> str:
    if not incident.events:
        return "Nothing came at all: what sends the stream may be down, or the way from there."
    way = "more" if incident.whole > 0 else "missing"
    signs = 1 if incident.whole > 0 else -1
    leading = [one for one in incident.contributions if one.category is not None and one.events * signs > 0][:3]
    shares = [abs(one.events) / max(abs(incident.whole), 1e-9) for one in leading]
    names = [category_name(one.category or "", nouns) for one in leading]
    if shares and shares[0] >= _ALONE:
        return f"{names[0]} alone is {percent(min(shares[0], 1.0))} of what is {way}."
    if sum(shares) >= _TOGETHER:
        return f"{', '.join(names[:-1])} and {names[-1]} are {percent(min(sum(shares), 1.0))} of what is {way}."
    return f"None of the {nouns.noun_by} stands out: it is the stream as a whole."


def _gaining(incident: Incident, nouns: Nouns) -> str:
    gained = [one for one in incident.contributions if one.category is not None and one.events >= 1][:3]
    names = ", ".join(category_name(one.category or "", nouns) for one in gained)
    return f"Gaining most: {names}." if names else ""


def sparkline(course: tuple[int, ...]) -> str:
    """Counts as a line of bars, from 0 to the largest.

    >>> sparkline((0, 1, 2, 7, 14)), sparkline(())
    ('▁▁▂▅█', '')
    """
    most = max(course, default=0)
    return "".join(_BARS[round((len(_BARS) - 1) * count / most) if most else 0] for count in course)
