"""Readings: what rules judge, taken at the close of each second of event time."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from rarebird.model.history import Span
from rarebird.stats.entropy import entropy
from rarebird.stats.window import Window

RATE_S: Final = 120
"""The window of rate and mean gap, s."""
RECENT_S: Final = 900
"""The window of entropy and watched share unless another one is set, s."""


class Reading(Struct, frozen=True):
    """What was true when a second closed; None what is not known, or what nothing rests on."""

    mean_gap_s: float | None = None
    """Over the last two minutes; None below two events."""
    rate_per_s: float | None = None
    """Over the last two minutes, or since the first event; None below two events."""
    entropy_nats: float | None = None
    watched_share: float | None = None
    count: int | None = None
    """Events that entropy and watched share rest on."""
    gap_count: int | None = None
    """Events that the mean gap and the rate rest on."""


class Readings:
    """Follows the seconds of a stream, each as it closes, from that of its first event on.

    `window`: seconds that entropy and watched share look back; None for the life of the stream. `watched`: whether
    there is a watched set; `codes` are those of its categories that are known, and may grow with them. `since`: the
    second of the first event, where it is one of before.
    """

    def __init__(self, window: int | None, *, watched: bool, since: int | None = None) -> None:
        self.codes: list[int] = []
        self._watched = watched
        self._recent, self._mix = Window(RATE_S, since), Window(window, since)
        self._nats: float | None = None
        self._share: float | None = None
        self._stale = False

    def add(self, at: int, span: Span | None) -> None:
        """Moves on to a second, s since 1970, and what happened in it."""
        self._recent.add(at, span)
        self._stale |= self._mix.add(at, span)

    @property
    def still(self) -> bool:
        """Whether seconds in which nothing happens change nothing any more."""
        return self._recent.still and self._mix.still

    def reading(self) -> Reading:
        """The reading at the close of the last second."""
        if self._stale:
            self._measure()
        gaps, length = self._recent.gaps, self._recent.length
        rate = gaps.events / length if gaps.events > 1 else None
        return Reading(gaps.mean_s, rate, self._nats, self._share, self._mix.events, gaps.events)

    def _measure(self) -> None:
        self._stale = False
        counts, events = self._mix.counts, self._mix.events
        found = entropy(counts)
        self._nats = None if found is None else found.nats
        codes = [code for code in self.codes if code < len(counts)]
        self._share = int(counts[codes].sum()) / events if self._watched and events else None
