"""Text from outside: bounded before it is parsed, and harmless before it reaches a terminal."""

from __future__ import annotations

from typing import Final

import msgspec

LONGEST: Final = 200
"""Characters of a text that a person writes: a time, a duration, a mute. The longest in docs and tests has 90."""
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding of JSON from outside raises; the last for 1,000 brackets, one in another."""
_KEPT: Final = "\n\t\u200c\u200d"


def bounded(text: str, most: int = LONGEST) -> str:
    """The text itself; ValueError where it is longer than what anybody would write, whatever it would mean.

    >>> bounded("90s")
    '90s'
    """
    if len(text) > most:
        raise ValueError(f"expected at most {most} characters, got {len(text):,}")
    return text


def visible(text: str) -> str:
    r"""The text with what would act on a terminal written out: control characters, and those that turn its direction.

    Lines, tabs and what joins letters and emoji stay as they are. Every text passes here before it reaches a terminal.

    >>> visible("200 \x1b[2Jfine\n")
    '200 \\x1b[2Jfine\n'
    """
    if text.isprintable():
        return text
    return "".join([sign if sign.isprintable() or sign in _KEPT else _written(sign) for sign in text])


def capital(text: str) -> str:
    """The text with a capital; an address with which it begins stays as it is written.

    >>> capital("nothing came"), capital("http://example.org answered 404")
    ('Nothing came', 'http://example.org answered 404')
    """
    return text if "/" in text.partition(" ")[0] else text[:1].upper() + text[1:]


def _written(sign: str) -> str:
    return sign.encode("unicode_escape").decode()
