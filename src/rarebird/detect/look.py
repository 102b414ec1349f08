"""A look: what some ticks show, before anything is decided."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import absence, feedback, habit, judge, lean, level, rate, shares, surge, thin
from rarebird.detect.counts import Counts
from rarebird.detect.judge import ABSENT, DOWN, FAMILIES, LEAN, SILENT, SURGE, UP
from rarebird.detect.level import MINUTE
from rarebird.detect.state import State
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
    evidence: NDArray[np.float64]
    """Shape (families, ticks)."""
    heard: NDArray[np.float64]
    """The evidence less what feedback and habits ask beyond the limit; itself where they ask nothing."""
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

    def near(self, enough: NDArray[np.float64]) -> habit.Near:
        """What says more than is enough for its family, and of which category, each as often as it does."""
        whole = self.evidence[:SURGE].max(axis=1)
        rows = np.flatnonzero(whole > enough[:SURGE])
        found = [(rows, np.full(len(rows), -1), whole[rows])]
        for family, (each, depth) in enumerate(zip(self.surges, self.depths, strict=True), SURGE):
            if each is not None and self.evidence[family].max() > enough[family]:
                rows = np.flatnonzero(depth > enough[family])
                found.append((np.full(len(rows), family), each.cells.category[each.found.cell[rows]], depth[rows]))
        for nats, _ in self.misses.values():
            rows = np.flatnonzero(nats > enough[ABSENT])
            found.append((np.full(len(rows), ABSENT), rows, nats[rows]))
        return habit.Near(*(np.concatenate(column) for column in zip(*found, strict=True)))


def look(state: State, counts: Counts, zone: Zone) -> Look:
    """What ticks of one period show; no more categories than `state` has room for."""
    ticks, start = counts.length, counts.start
    events = np.bincount(counts.tick - start, weights=counts.events, minlength=ticks).astype(np.int64)
    evidence = np.zeros((len(FAMILIES), ticks))
    known, rates, base = _levels(state, events, start, zone)
    rates, seen = rate.step(rates, start, events, base)
    evidence[UP:DOWN], evidence[DOWN:SILENT] = seen.up, seen.down
    evidence[SILENT] = seen.silent
    said = lean.said(counts, state.scores, state.told.share, state.minute)
    leaning, heights, since = lean.step(state.lean, counts, said)
    if shares.settled(state.shares):
        evidence[LEAN : LEAN + lean.FORMS] = heights
    else:
        leaning = lean.blank(start + ticks)
    total = int(state.period.sum()) + np.concatenate(([0], np.cumsum(events)))
    thinned, surges, depths = _surges(state, counts, events, total, evidence)
    missed, minute, misses = _absences(state, counts, total)
    for at, (nats, _) in misses.items():
        evidence[ABSENT, at] = nats.max()
    asked = _asked(state)
    heard = _heard(asked, evidence, surges, depths, misses) if asked else evidence
    if not state.shares.age:
        # Of the first period nothing was expected, so nothing in it can be out of the ordinary.
        evidence[SURGE:] = heard[SURGE:] = 0.0
    return Look(
        level=known,
        rate=rates,
        lean=leaning,
        absence=missed,
        thin=thinned,
        period=state.period + _by_category(counts, len(state.period)),
        minute=minute,
        evidence=evidence,
        heard=heard,
        asked=asked,
        seen=seen,
        leaning=since,
        surges=surges,
        depths=depths,
        misses=misses,
    )


def _by_category(counts: Counts, categories: int) -> NDArray[np.int64]:
    return np.bincount(counts.category, weights=counts.events, minlength=categories).astype(np.int64)


def _levels(
    state: State, events: NDArray[np.int64], start: int, zone: Zone
) -> tuple[level.Level, rate.Rate, NDArray[np.float64]]:
    """The level minute by minute, as it is learned, and what the hour of the week expects of each tick.

    The last minute is learned by its end only, as nothing is learned while an incident is open.
    """
    known, rates = state.level, state.rate
    end = start + len(events)
    base = np.empty(len(events))
    so_far = int(state.minute.sum())
    at = start
    while at < end:
        until = min(end, at // MINUTE * MINUTE + MINUTE)
        base[at - start : until - start] = level.expected(known, zone, at // MINUTE * MINUTE)
        so_far += int(events[at - start : until - start].sum())
        if until < end:
            known, rates = learned(known, rates, zone, until, so_far, open_=state.total is not None)
            rates = rate.begin_minute(rates, known.ratio, known.support)
            so_far = 0
        at = until
    return known, rates, base


def learned(  # noqa: PLR0913 - what is known, the minute, and whether something is open in it
    known: level.Level, rates: rate.Rate, zone: Zone, now: int, events: int, *, open_: bool
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
    state: State, counts: Counts, events: NDArray[np.int64], total: NDArray[np.int64], evidence: NDArray[np.float64]
) -> tuple[tuple[thin.Look, ...], tuple[surge.Look | None, ...], tuple[NDArray[np.float64], ...]]:
    """What each form of surge shows; its evidence is its depth in the tail of its kind."""
    thinned = tuple(
        thin.look(each, slot, counts, events, state.told)
        for slot, each in zip(thin.SLOTS, state.thin, strict=True)
    )  # fmt: skip
    cells = surge.of_ticks(counts, state.base_clock, total, state.told)
    surges = (surge.look(state.surge, cells, state.told.shape), *(each.seen for each in thinned))
    depths = tuple(
        np.zeros(0) if each is None else judge.surge_depth(state.judge, form, each.found)
        for form, each in enumerate(surges)
    )
    for form, (each, depth) in enumerate(zip(surges, depths, strict=True)):
        if each is not None:
            np.maximum.at(evidence[SURGE + form], each.cells.place[each.found.cell], depth)
    return thinned, surges, depths


def _absences(
    state: State, counts: Counts, total: NDArray[np.int64]
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


def _heard(
    asked: tuple[NDArray[np.float64], ...],
    evidence: NDArray[np.float64],
    surges: tuple[surge.Look | None, ...],
    depths: tuple[NDArray[np.float64], ...],
    misses: Misses,
) -> NDArray[np.float64]:
    """The evidence less what is asked, of surges and of what is missed category by category."""
    heard = np.zeros_like(evidence)
    for family in range(SURGE):
        heard[family] = evidence[family] - asked[family][0]
    for family, (each, depth) in enumerate(zip(surges, depths, strict=True), SURGE):
        if each is not None:
            less = depth - asked[family][each.cells.category[each.found.cell]]
            np.maximum.at(heard[family], each.cells.place[each.found.cell], less)
    for at, (nats, _) in misses.items():
        heard[ABSENT, at] = (nats - asked[ABSENT][: len(nats)]).max()
    return heard
