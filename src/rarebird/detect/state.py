"""All that the bank knows of a stream, in columns."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import absence, feedback, habit, judge, lean, level, rate, shares, surge, thin
from rarebird.detect.episode import MOST, Episode

UNSEEN_SHAPE: Final = 0.5
"""How sure the share of a category is that was never seen: it rests on what is given beforehand alone."""


ASLEEP: Final = 2 * 86_400
"""After so many seconds without an event the bank looks no more until the next one comes."""


class State(NamedTuple):
    """What was learned, what runs, and what is open. Its arrays are the bank's own memory."""

    start: int
    """The first second seen; -1 before it."""
    now: int
    """The second that comes next."""
    level: level.Level
    rate: rate.Rate
    shares: shares.Shares
    surge: surge.Surge
    thin: tuple[thin.Thin, ...]
    absence: absence.Absence
    lean: lean.Lean
    told: shares.Expected
    """What is expected of each category in this period."""
    scores: NDArray[np.int64]
    """What an event of each category says for each form of a leaning mix."""
    clock: NDArray[np.float64]
    """Events expected of each category before this period, shape (n,)."""
    base_clock: NDArray[np.float64]
    """Those that hour and overall share alone made expect."""
    period: NDArray[np.int64]
    """Events of each category in this period."""
    minute: NDArray[np.int64]
    """Events of each category in this minute."""
    judge: judge.Judge
    peak: NDArray[np.float64]
    """Of each family in the last minute its largest evidence, and how far that was over the limit; (families, 2)."""
    told_so_far: int
    """Incidents."""
    last: int
    """The second of the last event."""
    habit: habit.Habit
    """What the stream does again and again at an hour."""
    feedback: feedback.Feedback = feedback.blank()
    """What people said of incidents."""
    episodes: tuple[Episode, ...] = ()
    """What is open, in the order in which it began."""
    rest: int = 0
    """Events of what is not open of its own, since the clocks were wound."""
    usual: shares.Expected | None = None
    """What would be expected of each category if the mix did not lean; None where no form is open."""

    @property
    def whole(self) -> Episode | None:
        """The open episode of the whole stream."""
        return next((each for each in self.episodes if each.of_whole), None)

    @property
    def is_full(self) -> bool:
        """Whether as many categories are open as fit."""
        return sum(each.category is not None for each in self.episodes) >= MOST

    @property
    def leans(self) -> bool:
        """Whether a form of the mix is open."""
        return any(each.of_form for each in self.episodes)


def blank() -> State:
    """Nothing seen."""
    none, codes = np.zeros(0), np.zeros(0, np.int64)
    return State(
        start=-1,
        now=-1,
        level=level.blank(),
        rate=rate.blank(0),
        shares=shares.blank(),
        surge=surge.blank(),
        thin=tuple(thin.blank() for _ in thin.SLOTS),
        absence=absence.blank(),
        lean=lean.blank(0),
        told=shares.Expected(none, none, none, none),
        scores=np.zeros((lean.FORMS, 0), np.int64),
        clock=none,
        base_clock=none,
        period=codes,
        minute=codes,
        judge=judge.blank(),
        peak=np.zeros((len(judge.FAMILIES), 2)),
        told_so_far=0,
        last=-1,
        habit=habit.blank(),
    )


def upgraded(saved: dict[str, Any]) -> dict[str, Any]:
    """A state as plain values, where it may be from before episodes stood side by side, without what was open then."""
    return {name: value for name, value in saved.items() if name not in {"total", "mix"}}


def widened(state: State, categories: int) -> State:
    """Room for so many categories; new ones are expected as what was never seen.

    What is learned of the mix has room for them from the end of the period on: so it makes no difference with which
    step they came.
    """
    more = categories - len(state.clock)
    if more <= 0:
        return state
    fills = (*[shares.unseen(state.shares)] * 2, UNSEEN_SHAPE, UNSEEN_SHAPE)

    def wider(told: shares.Expected) -> shares.Expected:
        return shares.Expected(*(
            np.append(column, np.full(more, fill)) for column, fill in zip(told, fills, strict=True)
        ))  # fmt: skip

    none = np.zeros(more, np.int64)
    return state._replace(
        surge=surge.wide(state.surge, categories),
        thin=tuple(thin.wide(each, categories) for each in state.thin),
        told=wider(state.told),
        usual=None if state.usual is None else wider(state.usual),
        clock=np.append(state.clock, np.zeros(more)),
        base_clock=np.append(state.base_clock, np.zeros(more)),
        period=np.append(state.period, none),
        minute=np.append(state.minute, none),
        scores=np.concatenate((state.scores, np.zeros((lean.FORMS, more), np.int64)), axis=1),
    )


def entered(state: State) -> State:
    """A period is over, and its clocks are wound: the categories that came in it are among those that may be missed."""
    return state._replace(
        shares=shares.wide(state.shares, len(state.clock)),
        absence=absence.wide(state.absence, len(state.clock), state.clock, state.surge.events),
    )


def unmixed(state: State, now: int) -> State:
    """All windows over the mix begin anew."""
    return state._replace(
        surge=surge.forget(state.surge),
        thin=tuple(each._replace(surge=surge.forget(each.surge)) for each in state.thin),
        absence=absence.forget(state.absence),
        lean=lean.blank(now),
    )


def rested(state: State, now: int) -> State:
    """Time has passed in which nothing was looked at: no window of the whole stream reaches back before now."""
    quiet = rate.blank(now)
    rates = state.rate._replace(
        events=quiet.events, base=quiet.base, ratio=quiet.ratio, support=quiet.support, floor=now
    )  # fmt: skip
    return state._replace(now=now, rate=rates, minute=np.zeros_like(state.minute))
