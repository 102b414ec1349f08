"""Changes: by which factor each category's intensity moves, given the mix at that moment."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.mix import cast
from benchmarks.detection.world import World

LENGTH: Final = 5_400
"""How long a change lasts, and what one that is missed counts, in seconds."""


class Factors(Protocol):
    """From the mix to the factors, both of shape (minutes, categories)."""

    def __call__(self, mix: NDArray[np.float64], /) -> NDArray[np.float64]: ...


class Rate(NamedTuple):
    """All categories alike."""

    factor: float

    def __call__(self, mix: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.full_like(mix, self.factor)


class Flicker(NamedTuple):
    """All categories alike, between two factors in turn."""

    low: float
    high: float
    period: int
    """Minutes of each."""

    def __call__(self, mix: NDArray[np.float64]) -> NDArray[np.float64]:
        is_high = np.arange(len(mix)) // self.period % 2 == 1
        return np.broadcast_to(np.where(is_high, self.high, self.low)[:, None], mix.shape)


class One(NamedTuple):
    """A single category by its part in the cast; the others stay and the total moves with it."""

    part: str
    factor: float

    def __call__(self, mix: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.ones_like(mix)
        found[:, getattr(cast(mix.shape[1]), self.part)] = self.factor
        return found


class Flattened(NamedTuple):
    """Shares p become p^power, brought back to a sum of 1; the total stays."""

    power: float

    def __call__(self, mix: NDArray[np.float64]) -> NDArray[np.float64]:
        raised = mix**self.power
        return np.asarray(raised / raised.sum(axis=1, keepdims=True) / mix)


class Watched(NamedTuple):
    """The watched set's share moves by a factor, the others make room; the total stays."""

    factor: float

    def __call__(self, mix: NDArray[np.float64]) -> NDArray[np.float64]:
        inside = np.isin(np.arange(mix.shape[1]), cast(mix.shape[1]).watched)
        share = mix[:, inside].sum(axis=1, keepdims=True)
        return np.where(inside, self.factor, (1 - self.factor * share) / (1 - share))


class Change(NamedTuple):
    """A change, its name and what it must and aims to reach at 5 events a second."""

    name: str
    factors: Factors
    season: tuple[float, float] = (2.0, 1.5)
    """Mean delay over that of the CUSUM that knows the change with season: must, aim."""
    restless: tuple[float, float] = (7.0, 5.0)
    """Mean delay over the Poisson bound where the level wanders and events burst: must, aim."""

    def at(self, world: World, minute: NDArray[np.int64]) -> NDArray[np.float64]:
        """The factors in minutes since 1970, shape (minutes, categories)."""
        return self.factors(world.shares(minute))


class Placed(NamedTuple):
    """A change in a world."""

    world: World
    change: Change
    began: int
    """Seconds since 1970."""
    length: int = LENGTH

    @property
    def ended(self) -> int:
        """The first second after it."""
        return self.began + self.length


CHANGES: Final = (
    Change("rate x1.5", Rate(1.5), (1.5, 1.2), (2.2, 1.6)),
    Change("rate x2", Rate(2), (1.35, 1.2), (1.6, 1.2)),
    Change("rate x0.5", Rate(0.5), (1.35, 1.2), (1.7, 1.25)),
    Change("silence", Rate(0), (1.3, 1.05), (1.3, 1.1)),
    Change("state x3", One("middle", 3), (1.9, 1.4), (4.5, 2.8)),
    Change("small x10", One("small", 10), (1.9, 1.4), (6, 3.8)),
    Change("rare x30", One("rare", 30), (1.9, 1.4), (7, 5)),
    Change("flattening", Flattened(0.5), (1.5, 1.25), (1.8, 1.25)),
    Change("watched x1.5", Watched(1.5), (1.7, 1.3), (2.2, 1.5)),
)
"""The nine that the table is about."""
