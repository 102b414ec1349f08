"""Changes of the simulated world, asked for as `KIND@OFFSET+LENGTH[:ARG]`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final, Literal, get_args

from msgspec import Struct

from rarebird.errors import ConfigError
from rarebird.model import duration
from rarebird.simulate.places import CODES

Kind = Literal["rate", "silence", "surge", "flatten", "burst", "watched", "disconnect"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MOST: Final = 60
"""Changes in one world: each has its own range of `rsvp_id`."""

EXAMPLES: Final[dict[Kind, str]] = {
    "rate": "rate@10m+5m:2",
    "silence": "silence@10m+90s",
    "surge": "surge@10m+5m:CA:3",
    "flatten": "flatten@10m+5m:0.5",
    "burst": "burst@10m+5m:ME:30",
    "watched": "watched@10m+5m:1.5",
    "disconnect": "disconnect@10m+30s",
}
_DEFAULTS: Final[dict[Kind, tuple[str, float]]] = {
    "rate": ("", 2.0),
    "silence": ("", 0.0),
    "surge": ("CA", 3.0),
    "flatten": ("", 0.5),
    "burst": ("ME", 30.0),
    "watched": ("", 1.5),
    "disconnect": ("", 0.0),
}
_OF_A_STATE: Final = ("surge", "burst")
_WITHOUT_ARG: Final = ("silence", "disconnect")
_FORM = re.compile(r"(?P<kind>[a-z]+)@(?P<offset>[^+]+)\+(?P<length>[^:]+)(?::(?P<arg>.+))?")
_LARGEST: Final = 1_000_000
_NUMBER = re.compile(r"\d+(\.\d+)?")


class Change(Struct, frozen=True):
    """One change of the world, from `offset` to `offset + length` after its start."""

    kind: Kind
    offset: int
    """µs after the start."""
    length: int
    """µs."""
    category: str = ""
    """The state of a surge or burst."""
    factor: float = 1.0
    """What rates are multiplied by; for flatten the strength, 0 (as usual) to 1 (all states alike)."""


def parse(text: str) -> Change:
    """The change that a text asks for. Raises ConfigError where it asks for none.

    >>> parse("surge@5m+90s:ME:9")
    Change(kind='surge', offset=300000000, length=90000000, category='ME', factor=9.0)
    >>> parse("rate@10s+1m").factor
    2.0
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise _wrong(text, "the form KIND@OFFSET+LENGTH[:ARG]")
    kind = _kind(match["kind"], text)
    try:
        offset, length = duration.parse(match["offset"]), duration.parse(match["length"])
    except ValueError as error:
        raise _wrong(text, "OFFSET and LENGTH as durations such as 90s, 5m or 1h30m", kind) from error
    if not length:
        raise _wrong(text, "a LENGTH longer than 0", kind)
    return Change(kind, offset, length, *_argument(kind, match["arg"], text))


def parse_all(texts: Iterable[str]) -> tuple[Change, ...]:
    """The changes that texts ask for. Raises ConfigError where one asks for none or there are too many."""
    changes = tuple(map(parse, texts))
    if len(changes) > MOST:
        raise ConfigError(f"expected at most {MOST} changes, got {len(changes)}: leave some out")
    return changes


def _kind(name: str, text: str) -> Kind:
    for kind in KINDS:
        if kind == name:
            return kind
    close = difflib.get_close_matches(name, KINDS, 1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    raise _wrong(text, f"a KIND out of {', '.join(KINDS)}{hint}")


def _argument(kind: Kind, arg: str | None, text: str) -> tuple[str, float]:
    """State and factor out of what stands after the colon; what is left out has a default."""
    state, factor = _DEFAULTS[kind]
    if arg is None:
        return state, factor
    if kind in _WITHOUT_ARG:
        raise _wrong(text, f"nothing after the length of {kind}", kind)
    number = arg
    if kind in _OF_A_STATE:
        state, colon, number = arg.partition(":")
        if state not in CODES:
            raise _wrong(text, f"a state of the US in capitals, not {state!r}", kind)
        number = number if colon else f"{factor}"
    if not _NUMBER.fullmatch(number) or (kind == "flatten" and float(number) > 1):
        limits = "a strength from 0 to 1" if kind == "flatten" else "a factor such as 2 or 0.5"
        raise _wrong(text, f"{limits}, not {number!r}", kind)
    factor = float(number)
    if factor > _LARGEST:
        raise _wrong(text, f"a factor of at most {_LARGEST:,}", kind)
    return state, factor


def _wrong(text: str, expected: str, kind: Kind = "rate") -> ConfigError:
    return ConfigError(f"--change: expected {expected}, got {text!r}; for example {EXAMPLES[kind]}")
