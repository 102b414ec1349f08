"""The bank: all detectors of a stream side by side, under one false-alarm budget."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import absence, habit, judge, lean, rate, relearn, shares, surge, tail, thin
from rarebird.detect.alarm import begins, opened
from rarebird.detect.counts import Counts
from rarebird.detect.finding import Finding
from rarebird.detect.follow import followed
from rarebird.detect.judge import FAMILIES
from rarebird.detect.level import MINUTE
from rarebird.detect.look import Look, learned, look
from rarebird.detect.relearn import LeftOut
from rarebird.detect.shares import PERIOD
from rarebird.detect.state import ASLEEP, State, blank, entered, rested, unmixed, widened
from rarebird.model.clock import UTC, Zone
from rarebird.model.history import Past

_STRAGGLER = 60
"""Seconds behind the first one in which nothing comes, with which a stream begins anew."""
_WARM = 600
"""Seconds of learning before the maxima of a block say anything."""


class Bank:
    """The detectors of one stream. Its parameters are frozen; all that changes is in the state.

    `budget`: false alarms a week, of all detectors together. `watched`: codes of the watched categories. Each second
    of the stream belongs to a period of five minutes of the clock, whose shares are known at its beginning, and to a
    minute, whose level is.

    Memory: 1.5 MB for up to 64 categories, 12 MB for 500, 110 MB for 5,000, 170 MB for 100,000; in six weeks tails of
    2.5 MB come to it.
    """

    def __init__(self, budget: float = 1.0, zone: Zone = UTC, watched: tuple[int, ...] = ()) -> None:
        self.budget, self.zone = budget, zone
        self.watched = np.array(watched, np.int64)

    def blank(self) -> State:
        """Nothing seen."""
        return blank()

    def step(self, state: State, counts: Counts) -> tuple[State, list[Finding]]:
        """Takes in closed ticks; what began or ended with them. Uses the memory of `state`.

        How the ticks are cut into steps makes no difference.
        """
        told: list[Finding] = []
        at, end = counts.start, counts.start + counts.length
        if state.start < 0:
            if at == end:
                return state, told
            state = state._replace(start=at, now=at, last=at, rate=rate.blank(at), lean=lean.blank(at))
            state = self._begin_period(self._begin_minute(state))
        while state.now < end:
            state, asleep = self._slept(state, counts, end)
            if asleep:
                break
            stride = MINUTE if state.total is not None or state.mix is not None else PERIOD
            until = min(end, state.now // stride * stride + stride)
            if state.now == state.start:
                until = state.start + 1
            state, found = self._piece(state, counts, until)
            told += found
        return state, told

    def missed(self, state: State, until: int) -> State:
        """The state where the seconds before `until` were not seen, whatever they held. Windows begin anew behind them.

        Nothing is looked for in them, and nothing learned: that nobody listened is no silence.
        """
        if state.start < 0 or until <= state.now:
            return state
        clock = state.clock + state.told.share * int(state.period.sum())
        state = state._replace(absence=absence.broken_off(state.absence, state.minute, clock))
        if until // PERIOD == state.now // PERIOD:
            return self._begin_minute(rested(state, until))
        return self._begin_period(self._begin_minute(rested(entered(state), until)))

    def relearned(self, state: State, past: Sequence[Past], left_out: Sequence[LeftOut]) -> State:
        """The state where level and shares are learned anew from a history (see `relearn`). Windows begin anew.

        Habits stay, but for what was near the limit in a stretch of which nothing at all is learned.
        """
        if state.start < 0:
            return state
        begin = min([int(each.spans.start[0]) for each in past if len(each.spans.start)], default=state.now)
        seconds = range(max(state.start, begin), state.now)
        known, mix = relearn.relearned(past, left_out, self.zone, seconds, len(state.clock))
        habits = state.habit
        for one in left_out:
            if one.of_level and one.of_mix:
                habits = habit.without(habits, self._block(one.start), self._block(one.end - 1))
        state = unmixed(entered(state), state.now)._replace(level=known, shares=mix, habit=habits)
        return self._begin_period(self._begin_minute(rested(state, state.now)))

    def _slept(self, state: State, counts: Counts, end: int) -> tuple[State, bool]:
        """The state once time has passed in which nothing came for so long that nothing is to be looked for.

        It sleeps on where no event is in sight; then what has begun of a period is left for the step that ends it.
        Behind its first second, too: a stream that begins with a straggler of hours before was not quiet for hours.
        """
        if state.now == state.start + 1:
            coming = int(np.searchsorted(counts.tick, state.now))
            if coming == len(counts.tick):
                return state, True
            following = int(counts.tick[coming])
            return self.missed(state, following) if following > state.start + _STRAGGLER else state, False
        if state.now - state.last < ASLEEP or state.now % PERIOD:
            return state, False
        coming = int(np.searchsorted(counts.tick, state.now))
        asleep = coming == len(counts.tick)
        until = (end if asleep else int(counts.tick[coming])) // PERIOD * PERIOD
        if until > state.now:
            state = unmixed(self.missed(state, until), until)
        return state, asleep

    def _piece(self, state: State, counts: Counts, until: int) -> tuple[State, list[Finding]]:
        """The next ticks, of one period: up to `until`, or to the tick with which something begins."""
        piece = counts.within(state.now, until)
        wide = widened(state, _categories(counts.within(state.now, state.now + 1)))
        beyond = piece.tick[piece.category >= len(wide.surge.events)]
        if len(beyond):
            return self._piece(state, counts, int(beyond[0]))
        wide = widened(wide, _categories(piece))
        seen = look(wide, piece, self.zone)
        weighed = judge.weigh(wide.judge, seen.evidence)
        plain = over = judge.score(wide.judge, weighed, self.budget)
        if seen.heard is not seen.evidence:
            over = judge.score(wide.judge, judge.weigh(wide.judge, seen.heard), self.budget)
        alarm = begins(wide, over, plain)
        if alarm < over.shape[1] - 1:
            return self._piece(state, counts, state.now + alarm + 1)
        state = self._kept(wide, piece, seen, weighed, over)._replace(habit=self._noted(wide, seen, plain))
        state, told = opened(state, piece, seen, over, plain, self.budget)
        if until % MINUTE == 0:
            state, ended = self._end_minute(state)
            told += ended
        return state, told

    def _kept(
        self, state: State, counts: Counts, seen: Look, weighed: NDArray[np.float64], over: NDArray[np.float64]
    ) -> State:  # fmt: skip
        """The state behind what was looked at."""
        until = counts.start + counts.length
        last_event = int(counts.tick[-1]) if len(counts.tick) else state.last
        surges = seen.surges if state.shares.age else ()
        last = slice(-min(over.shape[1], (until - 1) % MINUTE + 1), None)
        peak = np.array((seen.evidence[:, last].max(axis=1), over[:, last].max(axis=1))).T
        if state.now // MINUTE == (until - 1) // MINUTE and state.now % MINUTE:
            peak = np.maximum(peak, state.peak)
        return state._replace(
            now=until,
            last=last_event,
            level=seen.level,
            rate=seen.rate,
            lean=seen.lean,
            absence=seen.absence,
            surge=surge.keep(state.surge, seen.surges[0]),
            thin=tuple(map(thin.keep, state.thin, seen.thin)),
            period=seen.period,
            minute=seen.minute,
            judge=judge.note(state.judge, seen.evidence, weighed, surges),
            peak=peak,
        )

    def _block(self, time: int) -> int:
        """The half hour of an instant, s, by the clock on the wall."""
        return self.zone.local(time) // tail.BLOCK

    def _noted(self, state: State, seen: Look, plain: NDArray[np.float64]) -> habit.Habit:
        """What came near the limit, whatever was asked beyond it."""
        if plain.max() <= -habit.NEAR:
            return state.habit
        return habit.note(state.habit, seen.near(judge.enough(state.judge, self.budget, habit.NEAR)))

    def _end_minute(self, state: State) -> tuple[State, list[Finding]]:
        was_total, was_mix = state.total is not None, state.mix is not None
        events = int(state.minute.sum())
        known, rates = learned(state.level, state.rate, self.zone, state.now, events, open_=was_total)
        if state.now % PERIOD == 0:
            rates = rate.end_period(rates, state.now, learn=not was_total)
        state, told = followed(state._replace(level=known, rate=rates), self.zone)
        state = self._begin_minute(state._replace(minute=np.zeros_like(state.minute)))
        if state.now % PERIOD == 0:
            state = self._end_period(state, mix=was_mix)
        return state, told

    def _begin_minute(self, state: State) -> State:
        return state._replace(rate=rate.begin_minute(state.rate, state.level.ratio, state.level.support))

    def _end_period(self, state: State, *, mix: bool) -> State:
        """What a period teaches where the mix was not out of the ordinary."""
        state = entered(state)
        known = state.shares
        if not known.age:
            state = unmixed(state, state.now)
        if not mix:
            known = shares.learn(known, self.zone, state.now - PERIOD, state.period.astype(np.float64), state.told)
        state = state._replace(
            shares=known,
            lean=lean.cut(state.lean),
        )
        if state.now % tail.BLOCK == 0:
            still = state.total is not None or state.mix is not None
            warm = state.level.age >= _WARM
            state = state._replace(judge=judge.end_block(state.judge, self.budget, warm=warm, open_=still))
        return self._begin_period(state)

    def _begin_period(self, state: State) -> State:
        told = shares.expect(state.shares, self.zone, state.now // PERIOD * PERIOD)
        return state._replace(
            habit=habit.begin(state.habit, self._block(state.now)),
            told=told,
            scores=lean.scores(told.share, self.watched[self.watched < len(told.share)]),
            period=np.zeros(len(told.share), np.int64),
        )


def _categories(counts: Counts) -> int:
    return int(counts.category.max()) + 1 if len(counts.category) else 0


def families(state: State) -> list[tuple[str, float, float, float]]:
    """Each family in the last minute: its largest evidence, how far it was over the limit, what is usual at this time.

    The last is 0 where nothing returns at this time of the day, the week or the hour.
    """
    usual = (
        float(habit.asked(state.habit, family, len(state.clock)).max(initial=0)) for family in range(len(FAMILIES))
    )
    return [(name, *pair, most) for name, pair, most in zip(FAMILIES, state.peak.tolist(), usual, strict=True)]
