"""The bank: all detectors of a stream side by side, under one false-alarm budget."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import absence, episode, judge, lean, level, rate, shares, surge, tail, thin
from rarebird.detect.clock import UTC, Zone
from rarebird.detect.counts import Counts
from rarebird.detect.episode import Episode, Incident
from rarebird.detect.judge import ABSENT, DOWN, FAMILIES, LEAN, MIX, NEW, SILENT, SURGE, SURGES, UP, Judge

PERIOD = shares.PERIOD
_MINUTE = level.MINUTE
_UNSEEN_SHAPE = 4.0


class State(NamedTuple):
    """All that the bank knows of a stream, in columns."""

    start: int
    """The first second seen; -1 before it."""
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
    clock: NDArray[np.float64]
    """Events expected of each category before this period, shape (n,)."""
    period: NDArray[np.int64]
    """Events of each category in this period."""
    minute: NDArray[np.int64]
    """Events of each category in this minute."""
    judge: Judge
    total: Episode | None
    """The incident of the whole stream that is open."""
    mix: Episode | None
    """That of its mix."""
    count: int
    """Incidents so far."""


class _Look(NamedTuple):
    """What some ticks show, before anything is decided."""

    rate: rate.Rate
    level: level.Level
    lean: lean.Lean
    absence: absence.Absence
    surges: tuple[surge.Look | None, ...]
    """By form: of events, and of slots of each length."""
    thin: tuple[thin.Look, ...]
    period: NDArray[np.int64]
    minute: NDArray[np.int64]
    evidence: NDArray[np.float64]
    """Shape (families, ticks)."""
    seen: rate.Seen
    leaning: NDArray[np.int64]
    """Since when each form grows, shape (forms, ticks)."""
    depths: tuple[NDArray[np.float64], ...]
    """Of each window of each form of surge."""
    missing: dict[int, tuple[int, int]]
    """By tick the category that is missed most, and for how many minutes."""


class Bank:
    """The detectors of one stream. Its parameters are frozen; all that changes is in the state.

    `budget`: false alarms a week, of all detectors together. `watched`: codes of the watched categories.
    """

    def __init__(self, budget: float = 1.0, zone: Zone = UTC, watched: tuple[int, ...] = ()) -> None:
        self.budget = budget
        self.zone = zone
        self.watched = np.array(watched, np.int64)

    def blank(self) -> State:
        """Nothing seen."""
        none = np.zeros(0)
        codes = np.zeros(0, np.int64)
        return State(
            -1, level.blank(), rate.blank(0), shares.blank(), surge.blank(), tuple(thin.blank() for _ in thin.SLOTS), absence.blank(), lean.blank(0),
            shares.Expected(none, none, none), np.zeros((lean.FORMS, 0), np.int64), none, codes, codes, judge.blank(),
            None, None, 0,
        )  # fmt: skip

    def step(self, state: State, counts: Counts) -> tuple[State, list[Incident]]:
        """Takes in closed ticks; what began or ended with them. Uses the memory of `state`.

        How the ticks are cut into steps makes no difference.
        """
        told: list[Incident] = []
        at, end = counts.start, counts.start + counts.length
        if state.start < 0 and at < end:
            state = state._replace(start=at, rate=rate.blank(at), lean=lean.blank(at))
            state = self._begin_period(self._begin_minute(state, at), at)
        while at < end:
            stride = _MINUTE if state.total is not None or state.mix is not None else PERIOD
            until = min(end, at // stride * stride + stride)
            state, found, at = self._piece(state, counts, at, until)
            told += found
        return state, told

    def _piece(self, state: State, counts: Counts, at: int, until: int) -> tuple[State, list[Incident], int]:
        """Ticks of one period, up to the end of the minute in which something is told; up to where."""
        piece = counts.within(at, until)
        state = self._widened(state, piece)
        seen = self._look(state, piece)
        weighed = judge.weigh(state.judge, seen.evidence)
        over = judge.score(state.judge, weighed, self.budget)
        alarm = np.flatnonzero((over > 0).any(axis=0))
        if len(alarm):
            minute = (at + int(alarm[0])) // _MINUTE * _MINUTE + _MINUTE
            if minute < until:
                return self._piece(state, counts, at, minute)
        surges = seen.surges if state.shares.age else ()
        state = state._replace(
            rate=seen.rate, level=seen.level, lean=seen.lean, absence=seen.absence,
            surge=surge.keep(state.surge, seen.surges[0]), thin=tuple(map(thin.keep, state.thin, seen.thin)), period=seen.period, minute=seen.minute,
            judge=judge.note(state.judge, seen.evidence, weighed, surges),
        )  # fmt: skip
        told: list[Incident] = []
        if len(alarm):
            state, told = self._opened(state, piece, seen, over)
        if until % _MINUTE == 0:
            state, ended = self._end_minute(state, until)
            told += ended
        return state, told, until

    def _widened(self, state: State, counts: Counts) -> State:
        """Room for new categories; they are expected as what was never seen."""
        known = len(state.clock)
        categories = int(counts.category.max()) + 1 if len(counts.category) else 0
        more = categories - known
        if more <= 0:
            return state
        unseen = shares.unseen(state.shares)
        told = (np.append(column, np.full(more, fill)) for column, fill in zip(state.told, (unseen, unseen, 4.0), strict=True))
        clock = np.append(state.clock, np.zeros(more))
        none = np.zeros(more, np.int64)
        return state._replace(
            shares=shares.wide(state.shares, categories),
            surge=surge.wide(state.surge, categories),
            thin=tuple(thin.wide(each, categories) for each in state.thin),
            absence=absence.wide(state.absence, categories, clock),
            told=shares.Expected(*told),
            clock=clock,
            period=np.append(state.period, none),
            minute=np.append(state.minute, none),
            scores=np.concatenate((state.scores, np.zeros((lean.FORMS, more), np.int64)), axis=1),
        )

    def _look(self, state: State, counts: Counts) -> _Look:
        ticks, start = counts.length, counts.start
        tick = counts.tick - start
        events = np.bincount(tick, weights=counts.events, minlength=ticks).astype(np.int64)
        evidence = np.zeros((len(FAMILIES), ticks))
        known, rates, base = self._levels(state, events, start)
        rates, seen = rate.step(rates, start, events, base)
        evidence[UP], evidence[DOWN], evidence[SILENT] = seen.up, seen.down, seen.silent
        leaning, heights, since = lean.step(state.lean, counts, state.scores)
        if shares.settled(state.shares):
            evidence[LEAN : LEAN + lean.FORMS] = heights
        else:
            leaning = lean.blank(start + ticks)
        total = int(state.period.sum()) + np.concatenate(([0], np.cumsum(events)))
        fresh = not state.shares.age
        cells = surge.of_ticks(counts, state.clock, total, state.told.share)
        thinned = tuple(
            thin.look(each, slot, counts, events, state.told.share, state.told.shape)
            for slot, each in zip(thin.SLOTS, state.thin, strict=True)
        )
        surges = (surge.look(state.surge, cells, state.told.shape), *(each.seen for each in thinned))
        depths = tuple(
            np.zeros(0) if each is None else judge.surge_depth(state.judge, form, each.found)
            for form, each in enumerate(surges)
        )
        for form, (each, depth) in enumerate(zip(surges, depths, strict=True)):
            if each is not None and not fresh:
                np.maximum.at(evidence[SURGE + form], each.cells.place[each.found.cell], depth)
        missed, minute, missing = self._absences(state, counts, total, evidence[ABSENT])
        if fresh:
            evidence[ABSENT] = 0.0
        period = state.period + np.bincount(
            counts.category, weights=counts.events, minlength=len(state.period)
        ).astype(np.int64)  # fmt: skip
        return _Look(
            rates, known, leaning, missed, surges, thinned, period, minute, evidence, seen, since, depths, missing
        )

    def _levels(
        self, state: State, events: NDArray[np.int64], start: int
    ) -> tuple[level.Level, rate.Rate, NDArray[np.float64]]:
        """The level minute by minute, as it is learned, and what profile and weekday expect of each tick.

        The last minute is learned at its end by `_end_minute`, as nothing is learned while an incident is open.
        """
        known, rates = state.level, state.rate
        end = start + len(events)
        base = np.empty(len(events))
        so_far = int(state.minute.sum())
        at = start
        while at < end:
            until = min(end, at // _MINUTE * _MINUTE + _MINUTE)
            expected = level.expected(known, self.zone, at // _MINUTE * _MINUTE)
            base[at - start : until - start] = expected
            so_far += int(events[at - start : until - start].sum())
            if until < end:
                known, rates = self._learned(known, rates, until, so_far, learn=state.total is None)
                rates = rate.begin_minute(rates, known.ratio, known.support)
                so_far = 0
            at = until
        return known, rates, base

    def _learned(
        self, known: level.Level, rates: rate.Rate, now: int, events: int, *, learn: bool
    ) -> tuple[level.Level, rate.Rate]:
        """The level after the minute that ends now."""
        if not learn:
            return known, rates
        minute = now - _MINUTE
        after = level.learn(known, self.zone, minute, events, level.expected(known, self.zone, minute))
        if after.profile is not known.profile:
            grown = level.expected(after, self.zone, now) / level.expected(known, self.zone, now)
            rates = rate.rebased(rates, grown)
        return after, rates

    def _absences(
        self, state: State, counts: Counts, total: NDArray[np.int64], evidence: NDArray[np.float64]
    ) -> tuple[absence.Absence, NDArray[np.int64], dict[int, tuple[int, int]]]:
        """Looks at the end of each minute which category is missed most."""
        found: dict[int, tuple[int, int]] = {}
        missed, minute = state.absence, state.minute
        at, end = counts.start, counts.start + counts.length
        while at < end:
            until = min(end, at // _MINUTE * _MINUTE + _MINUTE)
            part = counts.within(at, until)
            minute = minute + np.bincount(part.category, weights=part.events, minlength=len(minute)).astype(np.int64)
            if until % _MINUTE == 0:
                clock = state.clock + state.told.share * total[until - counts.start]
                missed, nats, window = absence.step(missed, minute, clock, state.told.shape)
                if len(nats):
                    worst = int(nats.argmax())
                    evidence[until - counts.start - 1] = nats[worst]
                    found[until - counts.start - 1] = worst, int(window[worst])
                if until < end:
                    minute = np.zeros_like(minute)
            at = until
        return missed, minute, found

    def _opened(
        self, state: State, counts: Counts, seen: _Look, over: NDArray[np.float64]
    ) -> tuple[State, list[Incident]]:
        """The incidents that some ticks begin: at most one of the whole stream and one of its mix."""
        told = []
        for name, rows in (("total", slice(0, MIX)), ("mix", slice(MIX, None))):
            ringing = np.flatnonzero((over[rows] > 0).any(axis=0))
            if getattr(state, name) is not None or not len(ringing):
                continue
            at = int(ringing[0])
            family = rows.start + int(over[rows, at].argmax())
            now = counts.start + at + 1
            category, since = self._cause(counts, seen, family, at)
            begun = episode.begun(state, counts, family, category, since, now, float(over[family, at]))
            state = state._replace(
                count=state.count + 1, judge=judge.rang(state.judge, family, float(seen.evidence[family, at]))
            )
            state = state._replace(total=begun) if name == "total" else state._replace(mix=begun)
            told.append(begun.told())
        return state, told

    def _cause(self, counts: Counts, seen: _Look, family: int, at: int) -> tuple[int | None, int]:
        """The category that an alarm is about, if it is about one, and since when, s."""
        now = counts.start + at + 1
        if family < MIX:
            return None, now - int((seen.seen.longest_up, seen.seen.longest_down, seen.seen.quiet)[family][at])
        form = family - SURGE
        if 0 <= form < SURGES and (surging := seen.surges[form]) is not None:
            rows = np.flatnonzero(surging.cells.place[surging.found.cell] == at)
            row = rows[seen.depths[form][rows].argmax()]
            return int(surging.cells.category[surging.found.cell[row]]), int(surging.found.began[row])
        if family == ABSENT:
            category, minutes = seen.missing[at]
            return category, now - minutes * _MINUTE
        if family == NEW:
            return None, now - 1
        return None, int(seen.leaning[family - LEAN, at])

    def _end_minute(self, state: State, now: int) -> tuple[State, list[Incident]]:
        open_total, open_mix = state.total is not None, state.mix is not None
        state, told = episode.followed(state, now)
        known, rates = self._learned(state.level, state.rate, now, int(state.minute.sum()), learn=not open_total)
        state = state._replace(level=known, rate=rates, minute=np.zeros_like(state.minute))
        state = self._begin_minute(state, now)
        if now % PERIOD == 0:
            state = self._end_period(state, now, open_total=open_total, open_mix=open_mix)
        return state, told

    def _begin_minute(self, state: State, now: int) -> State:
        del now
        return state._replace(rate=rate.begin_minute(state.rate, state.level.ratio, state.level.support))

    def _end_period(self, state: State, now: int, *, open_total: bool, open_mix: bool) -> State:
        learned = state.shares
        if not learned.age:
            # Of the first period nothing was expected, so nothing in it can be out of the ordinary.
            state = episode.unmixed(state, now)
        if not open_mix:
            learned = shares.learn(learned, self.zone, now - PERIOD, state.period.astype(np.float64), state.told)
        state = state._replace(
            clock=state.clock + state.told.share * int(state.period.sum()),
            shares=learned,
            rate=rate.end_period(state.rate, now, learn=not open_total),
            lean=lean.cut(state.lean),
        )
        if now % tail.BLOCK == 0:
            still = state.total is not None or state.mix is not None
            warm = state.level.age >= 600
            state = state._replace(judge=judge.end_block(state.judge, self.budget, warm=warm, open_=still))
        return self._begin_period(state, now)

    def _begin_period(self, state: State, now: int) -> State:
        told = shares.expect(state.shares, self.zone, now)
        return state._replace(
            told=told,
            scores=lean.scores(told.share, self.watched[self.watched < len(told.share)]),
            period=np.zeros(len(told.share), np.int64),
        )
