"""Telling: what an incident is, in words, from its numbers alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Struct, structs

from rarebird.incident.silences import is_total_silence
from rarebird.incident.states import full_names
from rarebird.incident.wording import clock, expected, number, percent, plain, span
from rarebird.model.incident import Incident, Joined
from rarebird.model.instant import SECOND
from rarebird.model.plural import counted

_NAMED: Final = 3
_THAN: Final[dict[str, str]] = {"up": "more than expected", "down": "fewer than expected"}
_INTO: Final[dict[str, str]] = {**_THAN, "silence": "none"}
_HARDLY: Final = 0.5
"""Below so many expected events a factor says little."""


class Nouns(Struct, frozen=True):
    """What the events of a stream and their categories are called."""

    noun: str = "events"
    noun_by: str = "categories"
    names: Mapping[str, str] = {}
    """Full names of categories that are codes."""

    @staticmethod
    def of(noun: str, noun_by: str, categories: Collection[str]) -> Nouns:
        """With the full names, where most of the categories are codes of US states."""
        return Nouns(noun, noun_by, full_names(categories, noun_by))

    def of_incident(self, incident: Incident) -> Nouns:
        """The same with the full names of the categories of an incident alone."""
        about = {incident.category, *(one.category for one in incident.contributions)}
        about |= {part.category for part in incident.joined}
        return Nouns(self.noun, self.noun_by, {code: name for code, name in self.names.items() if code in about})


def telling(incident: Incident, nouns: Nouns) -> str:
    """One or two sentences: what came, what was expected, and what makes most of it up; or that it is over.

    >>> from rarebird.model.incident import Incident
    >>> told = Incident(
    ...     id=1, kind="mix", direction="up", family="surge", category="ME", began=0, detected=240_000_000, ended=None,
    ...     lasting=False, score=1.2, budget_share=0.2, chance_per_week=0.3, events=24, expected=2.0, low=0.0, high=4.8,
    ...     whole=0.0, contributions=(),
    ... )
    >>> telling(told, Nouns("RSVPs", "states", {"ME": "Maine"}))
    'RSVPs from Maine came 12 times as often as expected: 24 instead of 2 (0 to 4.8) in 4 min.'
    """
    if incident.ended is not None:
        return _over(incident, nouns)
    again = "again: " if incident.reopened or incident.returned else ""
    what = f"{_capital(again + _what(incident, nouns))}{_so_often(incident)}."
    parts = (what, _contributions(incident, nouns), _with_it(incident, nouns))
    return " ".join(filter(None, parts))


def begun(incident: Incident, nouns: Nouns) -> str:
    """What it was as it began, whether or not it is over."""
    return telling(structs.replace(incident, ended=None), nouns)


def joined(incident: Incident, nouns: Nouns) -> str:
    """What joined an incident last, in a sentence that stands below its message.

    >>> from rarebird.notify.example import example
    >>> surge = structs.replace(example(0).incident, joined=(Joined("rate", "up", "rate up", None, 0, 0, 300, 200.0),))
    >>> joined(surge, Nouns("RSVPs"))
    'With it: more RSVPs than expected (300 instead of 200).'
    """
    return f"With it: {_beside_in_numbers(incident.joined[-1], nouns)}."


def addition(incident: Incident, nouns: Nouns) -> str:
    """The same in a sentence that stands alone, where the message of the incident cannot be changed.

    >>> from rarebird.notify.example import example
    >>> surge = structs.replace(example(0).incident, joined=(Joined("rate", "up", "rate up", None, 0, 0, 300, 200.0),))
    >>> addition(surge, Nouns("RSVPs"))
    'With incident 1 (more RSVPs of a test than expected): more RSVPs than expected (300 instead of 200).'
    """
    main = beside(incident, nouns)
    return f"With incident {incident.id} ({main}): {_beside_in_numbers(incident.joined[-1], nouns)}."


def _beside_in_numbers(part: Joined, nouns: Nouns) -> str:
    if not part.expected or part.direction in ("even", "concentrated"):
        return beside(part, nouns)
    expected = number(part.expected) if part.expected >= _HARDLY else f"only {number(part.expected)}"
    return f"{beside(part, nouns)} ({part.events:,} instead of {expected}{_within(part)})"


def _within(part: Joined) -> str:
    return f" in {span((part.detected - part.began) / SECOND)}" if part.detected > part.began else ""


def _with_it(incident: Incident, nouns: Nouns) -> str:
    """All that has joined it."""
    found = incident.joined
    if incident.lifted is not None and not any(_is_rate(part) for part in found):
        found = (incident.lifted, *found)
    parts = "; ".join(f"{beside(part, nouns)}{_times(part)}" for part in found)
    return f"With it: {parts}." if parts else ""


def _times(part: Joined) -> str:
    """Of all events, how many times the expected."""
    return f" (x{number(part.events / part.expected)})" if _is_rate(part) and part.expected and part.events else ""


def _is_rate(part: Joined) -> bool:
    return part.kind == "rate" and part.category is None


def _so_often(incident: Incident) -> str:
    """Of a total silence, which one it is.

    >>> from rarebird.notify.example import example
    >>> silence = structs.replace(example(0).incident, kind="silence", category=None, opened=0, returned=3)
    >>> _so_often(silence)
    ', the 4th time since 00:00 UTC'
    """
    if not incident.returned or not is_total_silence(incident):
        return ""
    return f", the {_ordinal(incident.returned + 1)} time since {clock(incident.opened, incident.detected)}"


def _ordinal(count: int) -> str:
    """As people say which one it is.

    >>> [_ordinal(count) for count in (2, 3, 4, 11, 12, 21, 102, 113)]
    ['2nd', '3rd', '4th', '11th', '12th', '21st', '102nd', '113th']
    """
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{count}{'th' if count // 10 % 10 == 1 else endings.get(count % 10, 'th')}"


def beside(joined: Incident | Joined, nouns: Nouns) -> str:
    """What was found, in a few words.

    >>> beside(Joined("mix", "up", "surge", "ME", 0), Nouns("RSVPs", "states", {"ME": "Maine"}))
    'more RSVPs from Maine than expected'
    """
    if joined.direction in ("even", "concentrated"):
        return _leaning(joined, nouns)
    if joined.kind == "silence":
        return f"no {subject(joined, nouns)}"
    return f"{'more' if joined.direction == 'up' else 'fewer'} {subject(joined, nouns)} than expected"


def _what(incident: Incident, nouns: Nouns) -> str:
    """What came against what was expected, without its full stop."""
    if incident.kind == "silence" and not incident.events:
        return f"no {subject(incident, nouns)} for {span(incident.window_s)}, where {_expected(incident)}"
    if incident.kind == "event":
        within = span(incident.window_s)
        name = f": {plain(incident.title)}" if incident.title else ""
        what = f"1 of the {subject(incident, nouns)}"
        return f"a rare one: {what} where {_expected(incident)} in {within}{name}"
    if incident.direction in ("even", "concentrated"):
        return f"{_leaning(incident, nouns)}: those that gained have {_instead(incident)}"
    return f"{subject(incident, nouns)} {_changed(incident)}"


def _leaning(incident: Incident | Joined, nouns: Nouns) -> str:
    if incident.direction == "even":
        return f"{nouns.noun} spread more evenly over the {nouns.noun_by} than expected"
    return f"{nouns.noun} crowd into fewer {nouns.noun_by} than expected"


def _changed(incident: Incident) -> str:
    factor = incident.events / max(incident.expected, 1e-9)
    if incident.direction == "down":
        return f"fell to {percent(factor)} of what is expected: {_instead(incident)}"
    if incident.expected < _HARDLY:
        within = span(incident.window_s)
        return f"came {counted(incident.events, 'times')} in {within}, where {_expected(incident)}"
    return f"came {number(factor)} times as often as expected: {_instead(incident)}"


def _instead(incident: Incident) -> str:
    low, high = number(incident.low), number(incident.high)
    expected = number(incident.expected)
    return f"{incident.events:,} instead of {expected} ({low} to {high}) in {span(incident.window_s)}"


def _expected(incident: Incident) -> str:
    figure = number(incident.expected)
    if incident.expected < _HARDLY:
        return f"only {figure} {expected(figure)}"
    return f"{figure} ({number(incident.low)} to {number(incident.high)}) {expected(figure)}"


def subject(incident: Incident | Joined, nouns: Nouns) -> str:
    """What it is about.

    >>> subject(Joined("mix", "up", "surge", "ME", 0), Nouns("RSVPs", "states", {"ME": "Maine"}))
    'RSVPs from Maine'
    """
    if incident.category is not None:
        return f"{nouns.noun} {_from(incident.category, nouns)}"
    if incident.family.startswith("watched"):
        return f"{nouns.noun} of the watched {nouns.noun_by} together"
    if incident.kind == "mix" and incident.direction in ("up", "down"):
        return f"{nouns.noun} of many {nouns.noun_by} at once"
    return nouns.noun


def _from(category: str, nouns: Nouns) -> str:
    name = nouns.names.get(category)
    return f"of {plain(category)}" if name is None else f"from {name}"


def _contributions(incident: Incident, nouns: Nouns) -> str:
    """The categories that make up most of it."""
    named = [one for one in incident.contributions if one.category is not None and abs(one.events) >= 1]
    if incident.category is not None or incident.kind == "silence" or len(named) < 2:
        return ""
    told = (f"{category_name(one.category or '', nouns)} {signed(one.events)}" for one in named[:_NAMED])
    return f"Most of it: {', '.join(told)}."


def category_name(category: str, nouns: Nouns) -> str:
    """Its full name where it is a code of one, else itself, on one line and not too long.

    >>> category_name("ME", Nouns(names={"ME": "Maine"})), category_name("a  b", Nouns())
    ('Maine', 'a b')
    """
    return nouns.names.get(category) or plain(category)


def signed(events: float) -> str:
    """A number of events with its sign.

    >>> signed(14.2), signed(-6)
    ('+14', '-6')
    """
    return f"{'+' if events > 0 else '-'}{number(abs(events))}"


def _over(incident: Incident, nouns: Nouns) -> str:
    """That it is over, after how long, and what it was: its beginning may not have been told."""
    assert incident.ended is not None
    length = span((incident.ended - incident.began) / SECOND)
    if incident.direction in ("even", "concentrated"):
        about = f"how {nouns.noun} spread over the {nouns.noun_by}"
    else:
        about = subject(incident, nouns)
    began = f"It began as: {_what(incident, nouns)}{_so_often(incident)}."
    began = " ".join(filter(None, (began, _with_it(incident, nouns))))
    if incident.turned == "unfollowed":
        return f"{_capital(about)}: not followed any more after {length}, as another version of rarebird began. {began}"
    if incident.turned:
        more = "none" if incident.kind == "silence" else _THAN[incident.direction]
        return f"{_capital(about)}: {more} for {length}, until {_INTO[incident.turned]} came. {began}"
    if is_total_silence(incident) and not incident.lasting:
        # That anything comes is sure; how much of the usual, is another finding.
        return f"{_capital(about)} come again, after {length}. {began}"
    if incident.lasting:
        return f"{_capital(about)}: what changed {length} ago has stayed, and is what is expected from now on. {began}"
    return f"{_capital(about)}: back to what is expected, after {length}. {began}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
