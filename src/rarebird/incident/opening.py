"""Opening: what people are told first of a watch: what is watched, and until when it learns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from rarebird.incident.wording import plain
from rarebird.model import budget, instant
from rarebird.model.instant import SECOND

SHARES: Final = 300
"""Seconds after which shares of categories are judged."""
LEANINGS: Final = 1800
"""Seconds after which shifts of many shares are judged."""
DAY: Final = 86_400
"""Seconds after which the hours of the day are known."""
WEEK: Final = 8 * DAY
"""Seconds after which the days of the week are: the first day teaches only what a day is."""
_NAMED: Final = 5


class Watched(Struct, frozen=True):
    """What is watched, as people know it."""

    title: str
    sources: Sequence[str]
    """Without secrets."""
    by: str = ""
    """The path of the field that holds the category; empty where all events are of one."""
    together: Sequence[str] = ()
    """Categories whose joint share is followed."""
    noun_by: str = "categories"
    false_alarms: float | None = None
    """How many a week may come by chance; None where nothing is looked for."""


def opening(watched: Watched, now: int | None) -> str:
    """What a watch that begins says of itself. `now`, µs UTC, is None where event time is not the clock's.

    >>> opening(Watched("a.jsonl", ["a.jsonl"], false_alarms=1.0), None)[:62]
    'rarebird watches a.jsonl from here on, all events as one kind.'
    """
    parts = [_what(watched)]
    if watched.false_alarms is not None:
        parts.append(
            "It tells what is out of the ordinary; of that, about "
            f"{budget.text(watched.false_alarms)} may be chance alone, over everything together."
        )
        parts.append(_learning(watched, now))
    return " ".join(parts)


def _what(watched: Watched) -> str:
    title = plain(watched.title)
    places = [plain(source) for source in watched.sources if source and plain(source) != title]
    read = f", read from {listed(places)}" if places else ""
    kinds = f"{watched.noun_by} by {plain(watched.by)}" if watched.by else "all events as one kind"
    together = f", {listed([*map(plain, watched.together)])} watched together" if watched.together else ""
    return f"rarebird watches {title} from here on{read}, {kinds}{together}."


def _learning(watched: Watched, now: int | None) -> str:
    """From when on what can be found."""
    shares, leanings, day, week = (_when(seconds, now) for seconds in (SHARES, LEANINGS, DAY, WEEK))
    begun = (
        "What is usual it learns from the stream: silence and large changes of the rate can be found after its first"
    )
    found = f" minute, {watched.noun_by} that come more or less often {shares}, small shifts of all shares {leanings}."
    if not watched.by:
        found = " minute."
    known = f" It knows the hours of the day {day} and the days of the week {week}; until then small changes go untold."
    return begun + found + known


def _when(seconds: int, now: int | None) -> str:
    if now is None:
        length = (
            f"{seconds // DAY} days" if seconds > DAY else "a day" if seconds == DAY else f"{seconds // 60} minutes"
        )
        return f"after {length} of events"
    text = instant.text(now + seconds * SECOND)
    return f"from {text[11:16]} UTC on" if seconds < DAY else f"from {text[:10]} {text[11:16]} UTC on"


def listed(names: Sequence[str]) -> str:
    """Some names, and how many more there are.

    >>> listed(["a", "b"]), listed(list("abcdefg"))
    ('a and b', 'a, b, c, d, e and 2 more')
    """
    named, more = list(names[:_NAMED]), len(names) - _NAMED
    if more > 0:
        named.append(f"{more} more")
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
