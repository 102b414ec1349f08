"""Streams in which two changes happen, one after the other or one within the other."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.mix import cast, shares
from benchmarks.detection.regimes import CLEAN, DAY, START
from benchmarks.detection.world import Events, World, joined
from rarebird.model.batch import Batch
from rarebird.model.incident import Incident, Joined
from rarebird.model.instant import SECOND
from rarebird.watch import Watch

Kind = Literal["silence", "rate up", "rate down", "category up", "category gone", "mix"]
KINDS: Final[tuple[Kind, ...]] = ("silence", "rate up", "rate down", "category up", "category gone", "mix")
GAPS: Final[dict[str, int]] = {"overlapping": -900, "5 min later": 300, "30 min later": 1_800, "2 h later": 7_200}
"""Seconds from the end of A to the beginning of B."""
FIRST_S: Final = 1_800
"""How long A lasts."""
SECOND_S: Final = 3_600
"""How long B does."""
RATE: Final = 2.0
"""Events a second."""
LEARNED: Final = START + DAY
"""When A begins: a day is learned by then."""
_UP: Final = 10.0
_FLAT: Final = 0.5


class Change(NamedTuple):
    """A change and when it is there, s since 1970."""

    kind: Kind
    began: int
    ended: int
    is_second: bool
    """B is about another category than A."""

    @property
    def category(self) -> int | None:
        """The category that it is about."""
        known = cast(CLEAN.categories)
        first = {"category up": known.middle, "category gone": known.large}.get(self.kind)
        return None if first is None else first + self.is_second

    def factors(self) -> NDArray[np.float64]:
        """By what each category's rate is multiplied, shape (categories,)."""
        share = shares(CLEAN.categories)
        whole = {"silence": 0.0, "rate up": 2.0, "rate down": 0.5}.get(self.kind, 1.0)
        found = np.full(len(share), whole)
        if self.kind == "mix":
            raised = share**_FLAT
            found = raised / raised.sum() / share
        if self.category is not None:
            found[self.category] = _UP if self.kind == "category up" else 0.0
        return found

    def is_named(self, by: Incident | Joined) -> bool:
        """Whether what is told names this change for what it is."""
        if self.category is not None:
            return by.category == name(self.category) and by.direction == (
                "up" if self.kind == "category up" else "down"
            )
        if by.category is not None:
            return False
        if self.kind == "mix":
            return by.kind == "mix"
        if self.kind == "silence":
            return by.kind == "silence"
        return by.kind == "rate" and by.direction == ("up" if self.kind == "rate up" else "down")


class Pair(NamedTuple):
    """A, and B a while later or within it."""

    first: Kind
    second: Kind
    gap: str

    def changes(self) -> tuple[Change, Change]:
        """Both, where A begins as the day that is learned is over."""
        began = LEARNED + FIRST_S + GAPS[self.gap]
        return (
            Change(self.first, LEARNED, LEARNED + FIRST_S, is_second=False),
            Change(self.second, began, began + SECOND_S, is_second=True),
        )


PAIRS: Final = tuple(Pair(first, second, gap) for gap in GAPS for first in KINDS for second in KINDS)


def name(category: int) -> str:
    """What a category is called."""
    return f"S{category:02d}"


def world(seed: int) -> World:
    """What it would be without changes."""
    return World(CLEAN._replace(rate=RATE), seed)


def altered(seed: int, pair: Pair, end: int) -> Events:
    """The events from when A begins to an end, with both changes in them: a fall takes some away, a rise adds some."""
    changes, start = pair.changes(), LEARNED
    own = world(seed)
    events = own.events(start, end)
    seconds = np.arange(start, end)
    factor = np.ones((end - start, own.categories))
    for change in changes:
        factor[(seconds >= change.began) & (seconds < change.ended)] *= change.factors()
    kept = events.rows(events.coin < factor[events.tick - start, events.category])
    rng = np.random.default_rng((seed, PAIRS.index(pair), 7))
    more = rng.poisson(RATE * shares(own.categories) * np.maximum(factor - 1, 0))
    second, category = np.nonzero(more)
    number = more[second, category]
    times, categories = np.repeat(start + second, number), np.repeat(category.astype(np.int32), number)
    added = Events(times, categories, np.zeros(len(times), np.float32))
    return joined((kept, added))


def batch(watch: Watch, events: Events) -> Batch:
    """Events as a watch takes them in, in order of time."""
    order = np.argsort(events.tick, kind="stable")
    return watch.columns(events.tick[order] * SECOND, [name(each) for each in events.category[order].tolist()])
