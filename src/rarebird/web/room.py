"""Room: how many connections are served at once, so that those who only wait leave descriptors to the watch."""

from __future__ import annotations

import resource
from contextlib import suppress
from typing import Final

from msgspec import Struct

MOST: Final = 512
"""Connections at once, and as many feeds again; each takes some 20 KB. A browser opens six at most."""
_ACCEPTED: Final = 64


class Room(Struct, frozen=True):
    """What a process that may open so many descriptors can serve."""

    connections: int
    """Without the live feeds, which are counted apart."""
    feeds: int
    accepted: int
    """Taken from the queue at once, before any of them is counted."""

    @classmethod
    def of(cls, descriptors: int) -> Room:
        """A third of the descriptors for connections, a third for feeds; the rest is the watch's.

        >>> Room.of(100)
        Room(connections=33, feeds=33, accepted=8)
        """
        third = max(1, min(MOST, descriptors // 3))
        return cls(third, third, max(1, min(_ACCEPTED, third // 4)))


def raised() -> int:
    """Raises the limit of this process' open descriptors to what the system allows it; the limit that holds then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        # Some systems allow less than they say.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft > 0 else MOST * 3
