"""A look: what some ticks show, before anything is decided. What is open is not looked for again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import absence, feedback, habit, judge, lean, level, rate, shares, surge, thin
from rarebird.detect.counts import Counts
from rarebird.detect.judge import ABSENT, DOWN, FAMILIES, LEAN, SILENT, SURGE, UP
from rarebird.detect.level import MINUTE
from rarebird.detect.rest import Rest, rest_of
from rarebird.detect.state import State
from rarebird.detect.tail import LEAST
from rarebird.model.clock import Zone

Misses = dict[int, tuple[NDArray[np.float64], NDArray[np.int64]]]
"""By tick how much each category is missed, nats, and for how many minutes."""


class Look(NamedTuple):
    """What ticks of one period show, and what the parts of the state become by them."""

    level: level.Level
    rate: rate.Rate
    lean: lean.Lean
    absence: absence.Absence
    thin: tuple[thin.Look, ...]
    period: NDArray[np.int64]
    minute: NDArray[np.int64]
    rest: int
    """Events that were counted since the clocks were wound."""
    all: NDArray[np.float64]
    """The evidence, shape (families, ticks)."""
    evidence: NDArray[np.float64]
    """That of what is not open."""
    heard: NDArray[np.float64]
    """That of what is not told yet, less what feedback and habits ask beyond the limit; the same where they ask nothing
    and hold nothing back."""
    asked: tuple[NDArray[np.float64], ...]
    """That, by family and in it by category; empty where they ask nothing."""
    seen: rate.Seen
    leaning: NDArray[np.int64]
    """Since when each form of a leaning mix grows, shape (forms, ticks)."""
    surges: tuple[surge.Look | None, ...]
    """By form: of events, and of slots of each length."""
    depths: tuple[NDArray[np.float64], ...]
    """Of each window of each form of surge in the tail of its kind."""
    misses: Misses
    open: NDArray[np.bool_] | None
    """Categories that are open of their own, and so not looked for, shape (n,); None where none is."""
    told: NDArray[np.bool_] | None
    """Those of them that are told."""

    def noted(self) -> tuple[surge.Look | None, ...]:
        """The windows of surges of what is not open."""
        if self.open is None:
            return self.surges
        free = ~self.open
        return tuple(each and surge.only(each, free) for each in self.surges)

    def near(self, enough: NDArray[np.float64]) -> habit.Near:
        """What says more than is enough for its family, and of which category, each as often as it does."""
        whole = self.evidence[:SURGE].max(axis=1)
        rows = np.flatnonzero(whole > enough[:SURGE])
        found = [(rows, np.full(len(rows), -1), whole[rows])]
        for family, (each, depth) in enumerate(zip(self.surges, self.depths, strict=True), SURGE):
            if each is not None:
                rows = np.flatnonzero(depth > enough[family])
                found.append((np.full(len(rows), family), each.cells.category[each.found.cell[rows]], depth[rows]))
        for nats, _ in self.misses.values():
            rows = np.flatnonzero(nats > enough[ABSENT])
            found.append((np.full(len(rows), ABSENT), rows, nats[rows]))
        return habit.Near(*(np.concatenate(column) for column in zip(*found, strict=True)))


def look(state: State, counts: Counts, zone: Zone) -> Look:
    """What ticks of one period show; no more categories than `state` has room for."""
    ticks, start = counts.length, counts.start
    rest = rest_of(state)
    counted = counts if rest.apart is None else counts.only(~rest.apart)
    events = np.bincount(counted.tick - start, weights=counted.events, minlength=ticks).astype(np.int64)
    evidence = np.zeros((len(FAMILIES), ticks))
    known, rates, base = _levels(state, rest, events, start, zone)
    rates, seen = rate.step(rates, start, events, base, comes=_comes(state))
    evidence[UP:DOWN], evidence[DOWN:SILENT] = seen.up, seen.down
    evidence[SILENT] = seen.silent
    leaning, heights, since = _forms(state, rest, counted)
    evidence[LEAN : LEAN + lean.FORMS] = heights
    so_far = state.rest + np.concatenate(([0], np.cumsum(events)))
    total = so_far * rest.scale
    thinned, surges, depths = _surges(state, rest, counts, events, total)
    missed, minute, misses = _absences(state, counts, total)
    if not state.shares.age or not rest.judged:
        # Of the first period nothing was expected, so nothing in it can be out of the ordinary.
        depths, misses = tuple(np.full_like(each, LEAST) for each in depths), {}
    asked, every, told = _asked(state), *_open(state)
    shown = _Shown(evidence, surges, depths, misses)
    evidence = _heard((), shown, every)
    is_held = any(each.held for each in state.episodes)
    return Look(
        level=known,
        rate=rates,
        lean=leaning,
        absence=missed,
        thin=thinned,
        period=state.period + _by_category(counts, len(state.period)),
        minute=minute,
        rest=int(so_far[-1]),
        all=evidence if every is None else _heard((), shown, None),
        evidence=evidence,
        heard=_heard(asked, shown, told) if asked or is_held else evidence,
        asked=asked,
        seen=seen,
        leaning=since,
        surges=surges,
        depths=depths,
        misses=misses,
        open=every,
        told=told,
    )


def _comes(state: State) -> float:
    """The part of what is usual that comes where less of all events is told; all of it where it is not."""
    open_ = state.whole
    return 1.0 if open_ is None or open_.held or open_.factor > 1 else open_.factor


def _open(state: State) -> tuple[NDArray[np.bool_] | None, NDArray[np.bool_] | None]:
    """The categories that are open, and those of them that are told."""
    codes = [(each.category, each.held) for each in state.episodes if each.category is not None]
    told = [category for category, held in codes if not held]
    return _marked(state, [category for category, _ in codes]), _marked(state, told)


def _marked(state: State, codes: list[int]) -> NDArray[np.bool_] | None:
    """Which categories are among some, shape (n,); None where they are none."""
    if not codes:
        return None
    rows = np.zeros(len(state.clock), np.bool_)
    rows[codes] = True
    return rows


def _forms(
    state: State, rest: Rest, counted: Counts
) -> tuple[lean.Lean, NDArray[np.float64], NDArray[np.int64]]:  # fmt: skip
    """How far the mix of the rest leans by each form; not at all before its shares are well known."""
    share, minute = state.told.share, state.minute
    if rest.apart is not None:
        share, minute = share * rest.scale, np.where(rest.apart, 0, minute)
    leaning, heights, since = lean.step(state.lean, counted, lean.said(counted, state.scores, share, minute))
    if shares.settled(state.shares) and rest.judged:
        return leaning, heights, since
    return lean.blank(counted.start + counted.length), np.zeros_like(heights), since


def _categories(seen: surge.Look) -> NDArray[np.int32]:
    """Of each window that was found."""
    return seen.cells.category[seen.found.cell]


def _by_category(counts: Counts, categories: int) -> NDArray[np.int64]:
    return np.bincount(counts.category, weights=counts.events, minlength=categories).astype(np.int64)


def _levels(
    state: State, rest: Rest, events: NDArray[np.int64], start: int, zone: Zone
) -> tuple[level.Level, rate.Rate, NDArray[np.float64]]:
    """The level minute by minute, as it is learned, and what the hour of the week expects of each tick.

    The last minute is learned by its end only, as nothing is learned while an incident is open.
    """
    known, rates = state.level, state.rate
    end = start + len(events)
    base = np.empty(len(events))
    so_far = rest.of(state.minute)
    at = start
    while at < end:
        until = min(end, at // MINUTE * MINUTE + MINUTE)
        base[at - start : until - start] = level.expected(known, zone, at // MINUTE * MINUTE)
        so_far += int(events[at - start : until - start].sum())
        if until < end:
            known, rates = learned(known, rates, zone, until, so_far * rest.scale, open_=state.whole is not None)
            rates = rate.begin_minute(rates, known.ratio, known.support)
            so_far = 0
        at = until
    return known, rates, base / rest.scale


def learned(  # noqa: PLR0913 - what is known, the minute, and whether something is open in it
    known: level.Level, rates: rate.Rate, zone: Zone, now: int, events: float, *, open_: bool
) -> tuple[level.Level, rate.Rate]:
    """The level after the minute that ends now, and the rate on its terms. A minute not seen whole teaches nothing.

    While an incident of the whole stream is open its minutes wait for how it ends.
    """
    minute = now - MINUTE
    if minute < rates.floor:
        return known, rates
    if open_:
        return level.set_aside(known, minute, events), rates
    after = level.learn(known, zone, minute, events, level.expected(known, zone, minute))
    if after.profile is not known.profile:
        rates = rate.rebased(rates, level.expected(after, zone, now) / level.expected(known, zone, now))
    return after, rates


def _surges(
    state: State, rest: Rest, counts: Counts, events: NDArray[np.int64], total: NDArray[np.float64]
) -> tuple[tuple[thin.Look, ...], tuple[surge.Look | None, ...], tuple[NDArray[np.float64], ...]]:
    """What each form of surge shows, and the depth of each window in the tail of its kind."""
    told = state.told
    thinned = tuple(
        thin.look(each, slot, counts, events, rest.scale, told)
        for slot, each in zip(thin.SLOTS, state.thin, strict=True)
    )  # fmt: skip
    cells = surge.of_ticks(counts, state.base_clock, total, told)
    surges = (surge.look(state.surge, cells, told.shape), *(each.seen for each in thinned))
    if rest.apart is not None:
        own = np.where(rest.apart, told.share, 0.0)
        surges = tuple(each and surge.among(each, own) for each in surges)
    depths = tuple(
        np.zeros(0) if each is None else judge.surge_depth(state.judge, form, each.found)
        for form, each in enumerate(surges)
    )
    return thinned, surges, depths


def _absences(
    state: State, counts: Counts, total: NDArray[np.float64]
) -> tuple[absence.Absence, NDArray[np.int64], Misses]:
    """How much each category is missed at the end of each minute, and the events of the minute that runs."""
    first, end = counts.start // MINUTE, counts.start + counts.length
    over, categories = end // MINUTE - first, len(state.minute)
    key = (counts.tick // MINUTE - first) * categories + counts.category
    size = -(-end // MINUTE) - first
    minutes = np.bincount(key, weights=counts.events, minlength=size * categories).reshape(size, categories)
    events = minutes.astype(np.int64)
    events[0] += state.minute
    followed = len(state.absence.last)
    if not over or not followed:
        return state.absence, events[-1], {}
    ends = (np.arange(first + 1, first + over + 1) * MINUTE) - counts.start
    clock = state.clock[:followed] + state.told.share[:followed] * total[ends, None]
    missed, nats, window = absence.step(state.absence, events[:over], clock, state.told.shape)
    return missed, events[-1], {int(tick) - 1: (nats[at], window[at]) for at, tick in enumerate(ends)}


def _asked(state: State) -> tuple[NDArray[np.float64], ...]:
    """What feedback and habits ask of each family and category, on the scale of its evidence.

    Feedback asks nats times the mean excess.
    """
    if not len(state.feedback.nats) and not len(state.habit.usual.nats):
        return ()
    return tuple(
        feedback.asked(state.feedback, family, len(state.clock)) * excess
        + habit.asked(state.habit, family, len(state.clock))
        for family, excess in enumerate(state.judge.family_scale.excess.tolist())
    )


class _Shown(NamedTuple):
    """What ticks show: of the families that are about no category, and of those that are."""

    whole: NDArray[np.float64]
    surges: tuple[surge.Look | None, ...]
    depths: tuple[NDArray[np.float64], ...]
    misses: Misses


def _heard(
    asked: Sequence[NDArray[np.float64]], shown: _Shown, open_: NDArray[np.bool_] | None
) -> NDArray[np.float64]:  # fmt: skip
    """The evidence less what is asked, of surges and of what is missed category by category but for those open."""
    heard = shown.whole.copy()
    for family in range(SURGE if asked else 0):
        heard[family] -= asked[family][0]
    for family, (each, depth) in enumerate(zip(shown.surges, shown.depths, strict=True), SURGE):
        if each is not None:
            less = beyond(depth, _categories(each), asked[family] if asked else None, open_)
            np.maximum.at(heard[family], each.cells.place[each.found.cell], less)
    for at, (nats, _) in shown.misses.items():
        codes = np.arange(len(nats))
        heard[ABSENT, at] = beyond(nats, codes, asked[ABSENT] if asked else None, open_).max()
    return heard


def beyond(
    nats: NDArray[np.float64],
    category: NDArray[Any],
    asked: NDArray[np.float64] | None,
    open_: NDArray[np.bool_] | None,
) -> NDArray[np.float64]:
    """The evidence of some categories less what is asked of each, shape (n,); less than any where it is open."""
    less = nats if asked is None else nats - asked[category]
    return less if open_ is None else np.where(open_[category], LEAST, less)
