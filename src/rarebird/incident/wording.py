"""Numbers, shares, spans and times as people say them."""

from __future__ import annotations

import math
from typing import Final

from rarebird.model import instant
from rarebird.model.plural import singular

_MINUTE: Final = 60.0
_HOUR: Final = 3_600.0
_DAY: Final = 86_400.0
_LONGEST: Final = 60
_WHOLE = 9.95
"""From here on one decimal adds nothing."""


def number(value: float) -> str:
    """A figure with the decimals that mean something.

    >>> number(12_345.6), number(9.26), number(0.034), number(0.0000331)
    ('12,346', '9.3', '0.034', '0.000033')
    """
    if abs(value) >= _WHOLE:
        return f"{value:,.0f}"
    if not value or abs(value) >= 1e-4:
        return f"{value:.2g}"
    return f"{value:.{1 - math.floor(math.log10(abs(value)))}f}"


def percent(share: float) -> str:
    """A share in percent.

    >>> percent(0.218), percent(0.0312), percent(0)
    ('22 %', '3.1 %', '0 %')
    """
    return f"{100 * share:.0f} %" if 100 * share >= _WHOLE or not share else f"{100 * share:.1f} %"


def pace(per_s: float, noun: str) -> str:
    """A rate in the unit in which it is more than one.

    >>> pace(1.02, "RSVPs"), pace(0.2, "events")
    ('1.0 RSVPs a second', '12 events a minute')
    """
    for unit, seconds in (("second", 1.0), ("minute", _MINUTE), ("hour", _HOUR)):
        often = per_s * seconds
        if often >= _WHOLE / 10:
            each = "an" if unit == "hour" else "a"
            figure = f"{often:.1f}" if often < _WHOLE else number(often)
            return f"{figure} {noun} {each} {unit}"
    return f"{figured(number(per_s * _DAY), noun)} a day"


def figured(figure: str, noun: str) -> str:
    """A number as `number` writes it, with its noun, which is given in the plural.

    >>> figured("1", "events"), figured("0.2", "events")
    ('1 event', '0.2 events')
    """
    return f"{figure} {singular(noun) if figure == '1' else noun}"


def expected(figure: str) -> str:
    """The verb for what was expected.

    >>> expected("1"), expected("2.4"), expected("0.11")
    ('was expected', 'were expected', 'were expected')
    """
    return "was expected" if figure == "1" else "were expected"


def span(seconds: float) -> str:
    """A length of time in its natural unit.

    >>> span(120), span(900), span(21_600), span(45)
    ('2 min', '15 min', '6 h', '45 s')
    """
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if seconds >= 2 * size:
            return f"{number(seconds / size)} {unit}"
    return f"{number(seconds)} s"


def plain(name: str) -> str:
    """A category's name as a word in a sentence: on one line, and not too long.

    >>> plain("a  b"), plain(""), len(plain(1000 * "x"))
    ('a b', '(no name)', 60)
    """
    words = " ".join(name.split()) or "(no name)"
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def clock(time: int, beside: int | None = None, *, seconds: bool = False) -> str:
    """The time of day in UTC, with its date where it is not on the day of `beside`; to the minute or to the second.

    >>> clock(1489925470960000, beside=1489925470960000), clock(1489925470960000, seconds=True)
    ('12:11 UTC', '12:11:10 UTC on 2017-03-19')
    """
    text = instant.text(time)
    day = f"{text[11 : 19 if seconds else 16]} UTC"
    return day if beside is not None and instant.text(beside)[:10] == text[:10] else f"{day} on {text[:10]}"
