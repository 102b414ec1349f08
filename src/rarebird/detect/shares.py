"""The shares of the categories: how likely each is to be that of the next event, from the hour and the last hours.

The share of a category is its part of all events so far, half an event given beforehand (Krichevsky and Trofimov 1981),
times how its hour of the day differs from all hours, times how the last hours differ from both; each factor is drawn
towards 1 by four events, that of one hour towards that of three, and that towards that of ten: of what was hardly seen
lately the hours before say more than all the days. How long the last hours are is chosen as it is for the level. Shares
sum to less than 1: the rest is for categories never seen. How sure a share is, the shape of a gamma distribution around
it, comes from the events that it rests on and from how far shares of much-seen categories have strayed from what was
told.

Memory: 300 bytes a category, those beyond the first 4,096 without a profile of the day 90. Cost: 0.16 µs a category and
period of five minutes. Limits: no weekday; all categories share one memory and one variance.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.model.clock import DAY, Zone

HOURS: Final = 24
PROFILED: Final = 4096
"""Categories beyond these have no profile of the day: memory is 600 bytes each."""
MEMORIES: Final = np.array([3600.0, 10_800.0, 36_000.0])
"""Of the trackers, s."""
PERIOD: Final = 300
"""Seconds between two looks at what is known."""
_HOUR: Final = 3600
_KEEP: Final = np.exp(-PERIOD / MEMORIES)
_DAYS: Final = 0.92
_LIKE: Final = 4.0
"""Events that speak for an hour being like all others, and for the last hours being like the profile."""
_UNSEEN: Final = 0.5
"""Events that every category is given beforehand."""
_TRIALS: Final = 288.0
_NEAR: Final = 1.05
_BLOCKS: Final = 336.0
_GONE: Final = 1 / 30
"""A category that for good comes so many times as often as it did is gone."""
_GUESS: Final = 0.02
_TRUST: Final = 12.0


class Shares(NamedTuple):
    """What is known of n categories."""

    overall: NDArray[np.float64]
    """Events of each, forgetting slowly, shape (n,)."""
    hourly: NDArray[np.float64]
    """Events of each by hour of the day, shape (n up to PROFILED, HOURS)."""
    hours: NDArray[np.float64]
    """Events of all by hour of the day."""
    events: NDArray[np.float64]
    """Events of each as the trackers remember them, shape (n, len(MEMORIES))."""
    expected: NDArray[np.float64]
    """What overall share and hour expected of them."""
    trial: NDArray[np.float64]
    """Events of each in the trial that runs, and what each tracker expected of it, shape (n, 1 + len(MEMORIES))."""
    error: NDArray[np.float64]
    trials: float
    chosen: int
    square: float
    """Mean squared mean of the trials."""
    excess: float
    """Mean variance beyond that of a Poisson count."""
    blocks: float
    age: int


class Expected(NamedTuple):
    """What is expected of each category in a period, each of shape (n,)."""

    base: NDArray[np.float64]
    """Share by hour and overall alone."""
    share: NDArray[np.float64]
    shape: NDArray[np.float64]
    """How sure it is: the shape of its gamma distribution."""
    known: NDArray[np.float64]
    """Events that it rests on, with what is given beforehand."""


def blank() -> Shares:
    """No categories."""
    trackers = len(MEMORIES)
    return Shares(
        np.zeros(0), np.zeros((0, HOURS)), np.zeros(HOURS), np.zeros((0, trackers)), np.zeros((0, trackers)),
        np.zeros((0, 1 + trackers)), np.zeros(trackers), 0.0, 0, 0.0, 0.0, 0.0, 0,
    )  # fmt: skip


def wide(state: Shares, categories: int) -> Shares:
    """The state with room for so many categories."""
    if categories <= len(state.overall):
        return state
    return state._replace(
        overall=np.append(state.overall, np.zeros(categories - len(state.overall))),
        hourly=_taller(state.hourly, min(categories, PROFILED)),
        events=_taller(state.events, categories),
        expected=_taller(state.expected, categories),
        trial=_taller(state.trial, categories),
    )


def _taller(table: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    if rows <= len(table):
        return table
    taller = np.zeros((rows, table.shape[1]))
    taller[: len(table)] = table
    return taller


def expect(state: Shares, zone: Zone, time: int) -> Expected:
    """The shares for a period that begins at an instant, s."""
    total = float(state.overall.sum())
    low, high, _ = _hours(zone, time)
    profiled, base = len(state.hourly), _base(state, zone, time)
    events = state.events[:, state.chosen]
    share = base * _ratios(state, state.chosen)[:, 0]
    share /= share.sum() + 0.5 / (total + 1.0)
    sure = events + _LIKE
    sure[:profiled] += 0.5 * (state.hourly[:, low] + state.hourly[:, high])
    learned = max(state.excess, 0.0) / state.square if state.square > 0 else 0.0
    spread = (learned * state.blocks + _GUESS * _TRUST) / (state.blocks + _TRUST)
    # The share over all hours rests on its events, too: on hardly any, soon after the start.
    known = state.overall + _UNSEEN
    return Expected(base, share, 1 / (spread + 1 / sure + 1 / known), known)


def _base(state: Shares, zone: Zone, time: int) -> NDArray[np.float64]:
    """The share of each category by hour and overall."""
    low, high, part = _hours(zone, time)
    base = (state.overall + _UNSEEN) / (float(state.overall.sum()) + _UNSEEN * (len(state.overall) + 1))
    usual = base[: len(state.hourly)]
    usual *= _shaped(state, usual, low) * (1 - part) + _shaped(state, usual, high) * part
    return base


def _ratios(state: Shares, first: int = 0) -> NDArray[np.float64]:
    """How the last hours differ from hour and overall share, by tracker from the first on, shape (n, trackers)."""
    events, expected = state.events[:, first:], state.expected[:, first:]
    told = np.empty_like(events)
    slower: NDArray[np.float64] | float = 1.0
    for at in reversed(range(told.shape[1])):
        slower = told[:, at] = (events[:, at] + _LIKE * slower) / (expected[:, at] + _LIKE)
    return told


def moved(state: Shares, factor: NDArray[np.float64]) -> Shares:
    """What is known where the mix has changed for good: shares times so much each, before they are made to sum to 1.

    All that was learned of days and hours moves along, or it would look as if the last hours differed from them, until
    these have learned the same and it counts twice. Not where a category went, or comes back: of that only the trackers
    know, and its hours are there when it is.
    """
    ratio = _ratios(state, state.chosen)[:, 0]
    went = np.minimum(ratio, factor) <= _GONE
    lately = np.where(went, np.minimum(factor, 1 / ratio), 1.0)
    usual = factor / lately
    overall, hourly = state.overall * usual, _smoothed(state, usual) * usual[: len(state.hourly), None]
    overall *= state.overall.sum() / max(float(overall.sum()), 1e-9)
    hourly *= state.hours / np.maximum(state.hours + (hourly - state.hourly).sum(axis=0), 1e-9)
    wanted = ratio * lately
    events = np.empty_like(state.events)
    slower: NDArray[np.float64] | float = 1.0
    for at in reversed(range(len(MEMORIES))):
        expected = state.expected[:, at]
        events[:, at] = np.maximum(wanted * (expected + _LIKE) - _LIKE * slower, 0.0)
        slower = (events[:, at] + _LIKE * slower) / (expected + _LIKE)
    return state._replace(overall=overall, hourly=hourly, events=events, trial=np.zeros_like(state.trial))


def _smoothed(state: Shares, factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """The events of each hour, drawn towards the share over all hours by as many as its rise makes of few."""
    like = _LIKE * np.maximum(factor[: len(state.hourly), None] - 1, 0.0)
    even = state.overall[: len(state.hourly), None] / max(float(state.overall.sum()), 1e-9) * state.hours
    smoothed: NDArray[np.float64] = even * (state.hourly + like) / np.maximum(even + like, 1e-9)
    return smoothed


def settled(state: Shares) -> bool:
    """Whether the shares are known well enough to see them lean."""
    return bool(state.age >= 1800 and state.overall.sum() >= 40 * len(state.overall))


def unseen(state: Shares) -> float:
    """The share of a category that was never seen. Room made for more of them does not change it."""
    return float(_UNSEEN / (state.overall.sum() + _UNSEEN * (np.count_nonzero(state.overall) + 1)))


def _hours(zone: Zone, time: int) -> tuple[int, int, float]:
    place = (zone.local(time) % DAY) / 3600 - 0.5
    low = math.floor(place)
    return low % HOURS, (low + 1) % HOURS, place - low


def _shaped(state: Shares, usual: NDArray[np.float64], hour: int) -> NDArray[np.float64]:
    told = usual * state.hours[hour]
    factor: NDArray[np.float64] = (state.hourly[:, hour] + _LIKE) / (told + _LIKE)
    return factor


def learn(state: Shares, zone: Zone, start: int, events: NDArray[np.float64], told: Expected) -> Shares:
    """What is known after one more period from `start`, s: its events by category, and what was expected."""
    total = float(events.sum())
    if not state.age:
        # Nothing was expected of the first period.
        told = told._replace(base=(events + _UNSEEN) / (total + _UNSEEN * (len(events) + 1)))
    predicted = told.base[:, None] * _ratios(state)
    predicted *= total / np.maximum(predicted.sum(axis=0), 1e-12)
    hour = zone.local(start) % DAY // 3600
    overall = state.overall + events
    hourly, hours = state.hourly.copy(), state.hours.copy()
    hourly[:, hour] += events[: len(hourly)]
    hours[hour] += total
    trial = state.trial.copy()
    trial[:, 0] += events
    trial[:, 1:] += predicted
    age = state.age + PERIOD
    state = state._replace(
        overall=overall,
        hourly=hourly,
        hours=hours,
        events=state.events * _KEEP + events[:, None],
        expected=state.expected * _KEEP + told.base[:, None] * total,
        trial=trial,
        age=age,
    )
    state = state._replace(expected=state.expected * _grown(state, zone, start, told))
    if age % 600 == 0:
        state = _judged(state)
    if age % DAY == 0:
        state = state._replace(overall=state.overall * _DAYS, hourly=state.hourly * _DAYS, hours=state.hours * _DAYS)
    return state


def _grown(state: Shares, zone: Zone, start: int, told: Expected) -> NDArray[np.float64]:
    """What the expectations of the trackers have to be taken times, as hour and overall have learned since, by tracker.

    They would learn it a second time otherwise. It holds for the hour that runs, as far as they remember it; of
    what is younger than an hour for all of it: its first period, of a second maybe, may lie in the hour before.
    """
    inside = state.age if state.age <= _HOUR else min(state.age, zone.local(start) % _HOUR + PERIOD)
    part = np.expm1(-inside / MEMORIES) / np.expm1(-state.age / MEMORIES)
    return 1 + part * ((_base(state, zone, start) / told.base)[:, None] - 1)


def _judged(state: Shares) -> Shares:
    """A trial is over: how well each tracker foresaw the categories with enough events, and how far off it was."""
    counts, told = state.trial[:, :1], state.trial[:, 1:]
    enough = told[:, 0] >= 2.0
    blank_trial = np.zeros_like(state.trial)
    if not enough.any():
        return state._replace(trial=blank_trial)
    counts, told = counts[enough], np.maximum(told[enough], 0.5)
    squared = np.minimum((counts - told) ** 2, 16 * (told + 0.02 * told**2))
    error = (squared / told).mean(axis=0)
    weight = 1 / min(state.trials + 1, _TRIALS)
    errors = state.error + (error - state.error) * weight
    chosen = int(np.flatnonzero(errors <= _NEAR * errors.min())[-1])
    mean = told[:, chosen]
    blocks = min(state.blocks + 1, _BLOCKS)
    excess = float((squared[:, chosen] - mean).sum())
    return state._replace(
        trial=blank_trial,
        error=errors,
        trials=state.trials + 1,
        chosen=chosen,
        square=state.square + (float((mean**2).sum()) - state.square) / blocks,
        excess=state.excess + (excess - state.excess) / blocks,
        blocks=blocks,
    )
