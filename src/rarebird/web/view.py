"""What the web layer asks of a running watch."""

from __future__ import annotations

from typing import Protocol

from rarebird.model.health import Health
from rarebird.model.incident import Incident
from rarebird.model.reading import Entropy, History, Moment, Probability, Rate
from rarebird.model.snapshot import Snapshot
from rarebird.model.vitals import Vitals


class View(Protocol):
    """A running watch, read only. Every answer describes the ticks closed so far."""

    @property
    def name(self) -> str:
        """What is watched, for people."""
        ...

    def histogram(self, window: int | None) -> dict[str, float]:
        """Share by category, summing to 1; over the life of the watch, or the last `window` µs. Empty without events.

        Raises InputError for a window that is longer than what is kept.
        """
        ...

    def entropy(self, window: int | None) -> Entropy | None:
        """How evenly the events spread, over the same horizon as `histogram`; None without events.

        Raises InputError for a window that is longer than what is kept.
        """
        ...

    def probability(self, category: str) -> Probability:
        """How likely the next event is to be of the category."""
        ...

    def category_of(self, message: bytes) -> str:
        """The category of a message of the stream; InputError where it has none."""
        ...

    def rate(self, category: str | None) -> Rate:
        """How often events come: all, or those of one category."""
        ...

    def snapshot(self) -> Snapshot:
        """All that the page shows, as it stands."""
        ...

    def health(self) -> Health:
        """Whether the watch does its work now."""
        ...

    async def history(self, start: int | None, end: int | None, category: str | None) -> History:
        """What was counted from one instant to another, µs UTC; the last day where they are None.

        Raises InputError where nothing is kept or the category is unknown, and StoreError where the store fails.
        """
        ...

    def incidents(self) -> list[Incident]:
        """The latest incidents, those that are open first, then the newest, each as it was told last."""
        ...

    def vitals(self) -> Vitals:
        """What was done since the process began."""
        ...

    def moments(self) -> list[Moment]:
        """The history for the curves, oldest first."""
        ...

    async def changed(self, version: int) -> Snapshot:
        """The first snapshot whose version is above `version`; waits for it, and may be cancelled."""
        ...
