"""From what a user says of a part of a shared watch to what it is."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from rarebird.errors import ConfigError
from rarebird.model import duration
from rarebird.model.instant import SECOND

HOLD: Final = "30s"
MOST: Final = 1_000
"""Parts of one watch: each look at them asks for all."""


class Shared(Struct, frozen=True):
    """A part of a watch whose parts are followed by several processes."""

    store: str
    """The address of the Redis in which they meet."""
    number: int
    """From 1."""
    count: int
    hold_s: float
    """How long the whole waits for a part that stands still, s."""


def shared_by(part: str, hold: str, store: str | None, name: str | None, *, unkept: bool, fresh: bool) -> Shared:  # noqa: PLR0913
    """The part that a user means with `--part` and the options beside it. Raises ConfigError that names the option.

    >>> shared_by("2/3", "30s", "redis://127.0.0.1", "clicks", unkept=False, fresh=False).number
    2
    """
    found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", part)
    number, count = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= count <= MOST:
        raise ConfigError(f"--part: expected NUMBER/COUNT such as 1/3, COUNT at most {MOST}, got {part!r}")
    if unkept or store is None or store.startswith("sqlite:"):
        raise ConfigError("--part: expected --store redis://HOST:PORT/0, in which the parts meet")
    if name is None:
        raise ConfigError("--part: expected --name, which all parts of a watch have in common")
    if fresh:
        raise ConfigError("--fresh: expected no --part, as the whole holds what it counted; take another --name")
    return Shared(store, number, count, _seconds(hold))


def _seconds(hold: str) -> float:
    return duration.chosen("--hold", hold, least=SECOND) / SECOND
