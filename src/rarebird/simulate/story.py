"""The story of the demo: a few changes within its first two minutes, each in plain words."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from rarebird.model import duration
from rarebird.simulate.change import Change, parse

RATE: Final = 6.0
"""Messages a second at which a person sees each chapter on the page."""


class Chapter(Struct, frozen=True):
    """One change and what people are told of it."""

    change: Change
    text: str


def _chapter(change: str, text: str) -> Chapter:
    return Chapter(parse(change), text)


STORY: Final = (
    _chapter("burst@20s+25s:ME:100", "Maine books a hundred times more than usual, for 25 seconds"),
    _chapter("rate@55s+20s:3", "everybody books three times more than usual, for 20 seconds"),
    _chapter("silence@1m25s+15s", "nobody books anything, for 15 seconds"),
    _chapter("disconnect@1m48s+6s", "the server goes away for 6 seconds; the watch resumes and misses nothing"),
)
"""The chapters by the time of their beginning."""


def changes() -> tuple[Change, ...]:
    """The changes of the story, to build its world of."""
    return tuple(chapter.change for chapter in STORY)


def telling(chapter: Chapter) -> str:
    """What the terminal says of a chapter, with its time after the start.

    >>> telling(STORY[0])
    '0:20 Maine books a hundred times more than usual, for 25 seconds'
    """
    minutes, seconds = divmod(chapter.change.offset // duration.parse("1s"), 60)
    return f"{minutes}:{seconds:02d} {chapter.text}"
