"""The bank: all detectors of a stream side by side, under one false-alarm budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import absence, habit, judge, lean, rate, relearn, shares, surge, tail, thin
from rarebird.detect.alarm import begins, opened, strongest
from rarebird.detect.counts import Counts
from rarebird.detect.episode import Episode
from rarebird.detect.finding import Finding
from rarebird.detect.follow import followed
from rarebird.detect.judge import FAMILIES
from rarebird.detect.level import MINUTE
from rarebird.detect.look import Look, learned, look
from rarebird.detect.relearn import LeftOut
from rarebird.detect.rest import expecting, rest_of, scored, wound
from rarebird.detect.shares import PERIOD
from rarebird.detect.state import ASLEEP, State, blank, entered, rested, unmixed, widened
from rarebird.model.clock import UTC, Zone
from rarebird.model.history import Past

_STRAGGLER = 60
"""Seconds behind the first one in which nothing comes, with which a stream begins anew."""
_WARM = 600
"""Seconds of learning before the maxima of a block say anything."""


_STEEP = 0.95
"""Of how far a mix leaned a minute before: it is not believed to lean less far than that."""
_ROUNDS = 4
"""So often a tick is judged anew without what has begun in it."""


class _Judged(NamedTuple):
    """What some ticks show, and how far it is over the limit."""

    look: Look
    weighed: NDArray[np.float64]
    over: NDArray[np.float64]
    plain: NDArray[np.float64]


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
            stride = MINUTE if state.episodes else PERIOD
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
        state = wound(state)
        clock = state.clock
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
        state = unmixed(entered(wound(state)), state.now)._replace(level=known, shares=mix, habit=habits)
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
        """The next ticks, of one period: up to `until`, or before the tick with which something begins, or that one."""
        piece = counts.within(state.now, until)
        wide = widened(state, _categories(counts.within(state.now, state.now + 1)))
        beyond = piece.tick[piece.category >= len(wide.surge.events)]
        if len(beyond):
            return self._piece(state, counts, int(beyond[0]))
        wide = widened(wide, _categories(piece))
        seen = self._judged(wide, piece)
        alarm = begins(wide, seen.over, seen.plain)
        if alarm < piece.length and piece.length > 1:
            return self._piece(state, counts, state.now + max(alarm, 1))
        told: list[Finding] = []
        last = seen
        for _ in range(_ROUNDS if alarm < piece.length else 0):
            ringing = strongest(wide, last.over, last.plain)
            if ringing is None:
                break
            wide, more = opened(wide, piece, last.look, ringing, self.budget, self.watched)
            told += more
            last = self._judged(wide, piece)
        state = self._kept(wide, piece, seen, last.look)
        if until % MINUTE == 0:
            state, ended = self._end_minute(state)
            told += ended
        return state, told

    def _judged(self, state: State, piece: Counts) -> _Judged:
        seen = look(state, piece, self.zone)
        weighed = judge.weigh(state.judge, seen.evidence)
        plain = over = judge.score(state.judge, weighed, self.budget)
        if seen.heard is not seen.evidence:
            over = judge.score(state.judge, judge.weigh(state.judge, seen.heard), self.budget)
        return _Judged(seen, weighed, over, plain)

    def _kept(self, state: State, counts: Counts, first: _Judged, seen: Look) -> State:
        """The state behind what was looked at: first, and once what began was open."""
        over = first.over
        until = counts.start + counts.length
        last_event = int(counts.tick[-1]) if len(counts.tick) else state.last
        surges = first.look.noted() if state.shares.age else ()
        last = slice(-min(over.shape[1], (until - 1) % MINUTE + 1), None)
        peak = np.array((first.look.all[:, last].max(axis=1), over[:, last].max(axis=1))).T
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
            rest=seen.rest,
            judge=judge.note(state.judge, first.look.evidence, first.weighed, surges, self._top_score(state, first)),
            peak=peak,
            habit=self._noted(state, first.look, first.plain),
        )

    def _top_score(self, state: State, seen: _Judged) -> float:
        """How far over the limit evidence came at its most, that of what is open included, nats; where it matters."""
        if not judge.is_young(state.judge):
            return tail.LEAST
        if seen.look.all is seen.look.evidence:
            return float(seen.plain.max())
        return float(judge.score(state.judge, judge.weigh(state.judge, seen.look.all), self.budget).max())

    def _block(self, time: int) -> int:
        """The half hour of an instant, s, by the clock on the wall."""
        return self.zone.local(time) // tail.BLOCK

    def _noted(self, state: State, seen: Look, plain: NDArray[np.float64]) -> habit.Habit:
        """What came near the limit, whatever was asked beyond it."""
        if seen.open is None and plain.max() <= -habit.NEAR:
            return state.habit
        return habit.note(state.habit, seen.near(judge.enough(state.judge, self.budget, habit.NEAR)))

    def _end_minute(self, state: State) -> tuple[State, list[Finding]]:
        before, found, open_ = state, rest_of(state), state.whole is not None
        events = found.of(state.minute) * found.scale
        known, rates = learned(state.level, state.rate, self.zone, state.now, events, open_=open_)
        if state.now % PERIOD == 0:
            rates = rate.end_period(rates, state.now, learn=not open_)
        state, told = followed(state._replace(level=known, rate=rates), self.zone, self.watched, self.budget)
        state = self._begin_minute(state._replace(minute=np.zeros_like(state.minute)))
        if state.now % PERIOD == 0:
            moved = state.shares is not before.shares
            of_mix = any(each.of_many or (each.of_form and not each.of_watched) for each in before.episodes)
            frozen = moved or of_mix
            state = self._end_period(state, None if frozen else self._as_usual(before))
            if moved:
                now, was = state.told, before.told
                jump = now.share / was.share * was.base / now.base
                surge.moved(state.surge, state.base_clock, jump)
        elif state.usual is not None:
            # An alarm rests on few events: what the next minutes say of how far the mix leans is known at once.
            state = self._leaned(wound(state), state.usual)
        return state, told

    def _begin_minute(self, state: State) -> State:
        return state._replace(rate=rate.begin_minute(state.rate, state.level.ratio, state.level.support))

    def _end_period(self, state: State, events: NDArray[np.float64] | None) -> State:
        """What a period teaches: events of each category; None where the mix was out of the ordinary."""
        state = entered(wound(state))
        known = state.shares
        if not known.age:
            state = unmixed(state, state.now)
        if events is not None:
            known = shares.learn(known, self.zone, state.now - PERIOD, events, state.usual or state.told)
        state = state._replace(
            shares=known,
            lean=lean.cut(state.lean),
        )
        if state.now % tail.BLOCK == 0:
            known_ = judge.end_block(
                state.judge,
                self.budget,
                warm=state.level.age >= _WARM,
                whole=state.whole is not None,
                mix=state.leans or any(each.of_many for each in state.episodes),
                unfinished=any(
                    each.incident.detected > state.now - PERIOD and not each.against for each in state.episodes
                ),
            )
            state = state._replace(judge=known_)
        return self._begin_period(state)

    def _as_usual(self, state: State) -> NDArray[np.float64]:
        """Events of each category in the period, of what is open as many as are its usual part of the rest."""
        found, events = rest_of(state), state.period.astype(np.float64)
        share = (state.usual or state.told).share
        codes = [each.category for each in state.episodes if each.category is not None]
        if found.apart is not None:
            events[codes] = state.told.share[codes] * (found.of(state.period) * found.scale)
        if any(each.of_watched for each in state.episodes):
            # Of all events the watched ones have their usual part; how both parts spread is learned.
            total, inside = events.sum(), np.isin(np.arange(len(events)), self.watched)
            part = float(share[inside].sum() / share.sum())
            for rows, usual in ((inside, part), (~inside, 1 - part)):
                came = float(events[rows].sum())
                events[rows] = (
                    events[rows] * (total * usual / came) if came else share[rows] / share[rows].sum() * (total * usual)
                )
        return events

    def _begin_period(self, state: State) -> State:
        told = shares.expect(state.shares, self.zone, state.now // PERIOD * PERIOD)
        state = state._replace(
            habit=habit.begin(state.habit, self._block(state.now)),
            period=np.zeros(len(told.share), np.int64),
        )
        return self._leaned(state, told)

    def _leaned(self, state: State, known: shares.Expected) -> State:
        """The state where shares are expected as the open forms make them of what is usual, by their last minutes."""
        state = state._replace(episodes=tuple(_retilted(state, each, known) for each in state.episodes))
        return scored(expecting(state, self.watched, known), self.watched)


def _retilted(state: State, episode: Episode, told: shares.Expected) -> Episode:
    """A form as far as its last minutes lean."""
    says, events = (sum(column) for column in zip(*episode.recent, strict=True)) if episode.recent else (0.0, 0.0)
    if not episode.of_form or not events:
        return episode
    leans = lean.tilt(state.scores[episode.form], told.share, says / events)
    return episode._replace(tilt=max(leans, _STEEP * episode.tilt))


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
