"""Detection: the bank at work on one stream, with the names of its categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import bank, counts, feedback, level
from rarebird.detect.finding import Finding
from rarebird.detect.judge import FAMILIES
from rarebird.detect.relearn import LeftOut
from rarebird.detect.saved import plain, restored
from rarebird.detect.state import State as Learned
from rarebird.detect.state import upgraded
from rarebird.errors import InputError
from rarebird.model.categories import Categories
from rarebird.model.clock import UTC, Zone
from rarebird.model.history import Past
from rarebird.model.incident import Contribution, Direction, Incident, Joined
from rarebird.model.instant import SECOND
from rarebird.model.reply import Says
from rarebird.model.state import State
from rarebird.model.ticks import Ticks

KNOWN: Final = 100
"""Events that shares rest on before they are shown: of fewer, as of a first period of a second, none is known."""
FOLLOWED: Final = 1 << 17
"""Categories that are followed one by one; those that come after them count as "other"."""


def _lifted(found: Finding) -> Joined | None:
    """The rate that departs with a category, as a part of its incident; None where it does not."""
    events, expected = found.lifted
    if not expected:
        return None
    direction: Direction = "up" if events > expected else "down"
    began, at = found.began * SECOND, found.detected * SECOND
    return Joined("rate", direction, f"rate {direction}", None, at, began, events, expected)


class Detection:
    """Finds what is out of the ordinary in closed ticks, about `budget` times a week by chance.

    `zone` is that of the day and the week in which the stream lives. Cost, over 50 categories: 0.6 ms a step of one
    tick, 13 µs a tick in steps of five minutes or more; over 100,000, with 3,000 events a tick, 10 ms a tick, and 80 ms
    once a minute, on a machine that others keep busy.
    """

    def __init__(
        self, categories: Categories, *, budget: float = 1.0, zone: Zone = UTC, watched: Sequence[str] = ()
    ) -> None:  # fmt: skip
        self._categories = categories
        self._bank = bank.Bank(budget, zone, tuple(categories.encode(list(watched)).tolist()))
        self._learned = self._bank.blank()
        self._deaf = 0

    def miss(self, until: int) -> None:
        """What happens up to an instant of event time, µs UTC, is not seen whole: nothing is concluded from it."""
        self._deaf = max(self._deaf, -(-until // SECOND))

    def take(self, ticks: Ticks) -> list[Incident]:
        """The incidents that begin or end with some ticks."""
        since = None if self._learned.start < 0 else self._learned.now
        seen = counts.of_ticks(ticks, since).folded(FOLLOWED)
        if seen.start < self._deaf:
            end = seen.start + seen.length
            heard = min(self._deaf, end)
            self._learned = self._bank.missed(self._learned, heard)
            seen = seen.within(heard, end)
        self._learned, found = self._bank.step(self._learned, seen)
        return [self._named(each) for each in found]

    def relearn(self, past: Sequence[Past], left_out: Sequence[LeftOut]) -> None:
        """Learns anew what is usual, from a history up to now and without some stretches: see `detect.relearn`."""
        self._learned = self._bank.relearned(self._learned, past, left_out)

    def upgrade(self, past: Sequence[Past], left_out: Sequence[LeftOut], until: int, found: int) -> None:
        """Goes on behind a second from what an earlier version had learned, level and shares relearned from a history.

        What that version had open is over, and windows begin behind it. `found`: the largest number of an incident.
        """
        known = self._bank.missed(self._learned, until)
        self._learned = known._replace(episodes=(), usual=None, told_so_far=max(known.told_so_far, found))
        self.relearn(past, left_out)

    def feedback(self, family: str, category: str | None, says: Says | None, id: int) -> None:
        """Somebody said something of an incident, by its id: what is like it is told less, or more, readily.

        In place of what was said of the same incident before; None takes that back. See `rarebird.detect.feedback`.
        Raises InputError for a family that there is not, or a category that was never seen.
        """
        known = self._learned.feedback
        if says is None:
            self._learned = self._learned._replace(feedback=feedback.taken_back(known, id))
            return
        if family not in FAMILIES:
            raise InputError(f"expected feedback on one of {', '.join(FAMILIES)}, got {family!r}")
        code = None if category is None else self._categories.code(category)
        if category is not None and code is None:
            raise InputError(f"expected feedback on a category that was seen, got {category!r}")
        step = -1 if says == "real" else 1
        self._learned = self._learned._replace(feedback=feedback.said(known, id, family, code, step))

    def _named(self, found: Finding) -> Incident:
        names = self._categories.names
        told = tuple(
            Contribution(None if each.category is None else names[each.category], each.events)
            for each in found.contributions
        )
        return Incident(
            id=found.id,
            kind=found.kind,
            direction=found.direction,
            family=found.family,
            category=None if found.category is None else names[found.category],
            began=found.began * SECOND,
            detected=found.detected * SECOND,
            ended=None if found.ended is None else found.ended * SECOND,
            lasting=found.lasting,
            score=found.score,
            budget_share=found.part,
            chance_per_week=found.chance,
            events=found.events,
            expected=found.expected,
            low=found.low,
            high=found.high,
            whole=found.whole,
            contributions=told,
            turned=found.turned,
            lifted=_lifted(found),
            grown=found.grown * SECOND,
        )

    @property
    def usual_per_s(self) -> float | None:
        """Events a second that are expected now; None before a minute was learned. What is open has not taught it."""
        known, at = self._learned.level, self._learned.now
        return level.expected(known, self._bank.zone, at) * known.ratio if known.age else None

    @property
    def usual_shares(self) -> NDArray[np.float64] | None:
        """The share that is expected of each category followed so far, shape (n,); None before `KNOWN` events.

        What is open has not taught it.
        """
        learned = self._learned
        return (learned.usual or learned.told).share if learned.shares.overall.sum() >= KNOWN else None

    @property
    def learned_s(self) -> int:
        """How long it has learned the level, s of event time."""
        return self._learned.level.age

    def families(self) -> list[tuple[str, float, float, float]]:
        """Each family in the last minute: its largest evidence, nats, how far it was over its limit, and what is usual.

        The last is what returns at this time of the day, the week or the hour, and 0 where nothing does.
        """
        return bank.families(self._learned)

    def state(self) -> State:
        """All that it has learned."""
        return {"learned": plain(self._learned), "deaf": self._deaf}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        self._learned, self._deaf = restored(Learned, upgraded(state["learned"])), state["deaf"]
