"""Text from outside: bounded before it is parsed."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 200
"""Characters of a text that a person writes: a time, a duration, a mute. The longest in docs and tests has 90."""


def bounded(text: str, most: int = LONGEST) -> str:
    """The text itself; ValueError where it is longer than what anybody would write, whatever it would mean.

    >>> bounded("90s")
    '90s'
    """
    if len(text) > most:
        raise ValueError(f"expected at most {most} characters, got {len(text):,}")
    return text
