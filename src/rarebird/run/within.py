"""Within: what the watch within a running watch answers, for the page and the API."""

from __future__ import annotations

from rarebird.model.reading import Entropy, Probability, Rate
from rarebird.watch import Watch


class Within:
    """Hands on the questions that a watch answers by itself."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def histogram(self, window: int | None) -> dict[str, float]:
        """Share by category, over the life of the watch or the last `window` µs."""
        return self.watch.histogram(window)

    def entropy(self, window: int | None) -> Entropy | None:
        """How evenly the events spread, over the same horizon."""
        return self.watch.entropy(window)

    def probability(self, category: str) -> Probability:
        """How likely the next event is to be of the category."""
        return self.watch.probability(category)

    def category_of(self, message: bytes) -> str:
        """The category of a message; InputError where it has none."""
        return self.watch.category_of(message)

    def rate(self, category: str | None) -> Rate:
        """How often events come: all, or those of one category."""
        return self.watch.rate(category)
