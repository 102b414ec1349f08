"""The tally: what became of every message that was read."""

from __future__ import annotations

from typing import NamedTuple


class Tally(NamedTuple):
    """Counts of messages; each message read is in exactly one of the other six.

    >>> Tally(read=3, kept=2, late=1) + Tally(read=1, malformed=1)
    Tally(read=4, kept=2, filtered=0, repeats=0, late=1, future=0, malformed=1)
    """

    read: int = 0
    kept: int = 0
    filtered: int = 0
    repeats: int = 0
    late: int = 0
    future: int = 0
    malformed: int = 0

    def __add__(self, other: tuple[object, ...]) -> Tally:
        """The tally of both, field by field."""
        if not isinstance(other, Tally):
            return NotImplemented
        return Tally(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def less(self, other: Tally) -> Tally:
        """What was added to another tally to make this one.

        >>> Tally(read=5, kept=4, late=1).less(Tally(read=3, kept=3)).late
        1
        """
        return Tally(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def undecided(self) -> int:
        """Messages read that still wait for later ones to judge their time."""
        return self.read - sum(self[1:])
