"""Alarms: evidence over the limit, made into incidents with the numbers that explain them.

Which windows, what is expected and how sure it is are those of the evidence that rang: N events where M were expected,
with 95 of 100 such counts within M ± 1.96 sqrt(M + v M²), v the relative variance of what was expected. An alarm over
its limit by s nats comes by chance exp(-s) times as often as the budget allows.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import feedback, judge, lean, rate
from rarebird.detect.counts import Counts
from rarebird.detect.episode import Episode, first_factor
from rarebird.detect.explain import between, contributions
from rarebird.detect.finding import Direction, Finding, Kind
from rarebird.detect.judge import ABSENT, DOWN, FAMILIES, LEAN, MIX, SILENT, SURGE, SURGES, UP
from rarebird.detect.look import Look
from rarebird.detect.state import State

_Z = 1.96


class _Cause(NamedTuple):
    """What an alarm is about."""

    family: int
    category: int | None
    began: int
    now: int
    events: int | None = None
    """Of the category in the window, where the evidence knows them."""
    expected: float = 0.0
    shape: float = 1.0
    """How sure that is."""


def begins(state: State, over: NDArray[np.float64], plain: NDArray[np.float64]) -> int:
    """The first tick with which an incident begins, told or held back; as many as there are where none does.

    `over`: how far all evidence is over the limit and what feedback asks beyond it; `plain`: over the limit alone.
    """
    rings = [over[rows] for rows in _closed(state)]
    if plain is not over:
        rings += [plain[rows] for rows in _untouched(state)]
    ringing = np.concatenate(rings or [over[:0]]).max(axis=0, initial=0.0) > 0
    return int(ringing.argmax()) if ringing.any() else over.shape[1]


def _closed(state: State) -> list[slice]:
    """The families of what is not open: of the whole stream, also where it goes the other way, and of its mix.

    What feedback holds back hides nothing but that the mix leans by it.
    """
    rows = [slice(MIX, len(FAMILIES))] if state.mix is None else []
    if state.mix is not None and state.mix.held:
        rows = [slice(SURGE, len(FAMILIES))]
    if state.total is None or state.total.held:
        return [slice(UP, MIX), *rows]
    return [slice(DOWN, MIX) if state.total.factor > 1 else slice(UP, DOWN), *rows]


def _untouched(state: State) -> list[slice]:
    """The families of the whole stream and of its mix, where neither told nor held back is anything open."""
    both = (state.total, slice(UP, MIX)), (state.mix, slice(MIX, len(FAMILIES)))
    return [rows for episode, rows in both if episode is None]


def opened(  # noqa: PLR0913, PLR0917 - what was seen, and how far it is over what
    state: State, counts: Counts, seen: Look, over: NDArray[np.float64], plain: NDArray[np.float64], budget: float
) -> tuple[State, list[Finding]]:  # fmt: skip
    """The incidents that the last of some ticks begins: at most one of the whole stream and one of its mix.

    Where the stream turns from more to less than usual, or back, the one that is open ends as the other begins. What
    feedback holds back is followed like what is told, so that the same is learned of it.
    """
    told: list[Finding] = []
    for rows in _closed(state):
        if over[rows, -1].max() <= 0:
            continue
        family = rows.start + int(over[rows, -1].argmax())
        cause = _cause(counts, seen, family, seen.asked)
        episode = _episode(state, cause, float(over[family, -1]), budget)
        rang = judge.rang(state.judge, family, float(seen.heard[family, -1]))
        state = state._replace(told_so_far=state.told_so_far + 1, judge=rang)
        if family < MIX and state.total is not None and not state.total.held:
            told.append(state.total.over(state.now, lasting=False))
            # Windows that reach back into what is over would speak for it still.
            state = state._replace(rate=state.rate._replace(floor=max(state.rate.floor, cause.began)))
        state = state._replace(total=episode) if family < MIX else state._replace(mix=episode)
        told.append(episode.incident)
    return state if plain is over else _held(state, counts, seen, plain, budget), told


def _held(state: State, counts: Counts, seen: Look, plain: NDArray[np.float64], budget: float) -> State:
    """What would begin now if nothing had been said."""
    for rows in _untouched(state):
        if plain[rows, -1].max() <= 0:
            continue
        family = rows.start + int(plain[rows, -1].argmax())
        episode = _episode(state, _cause(counts, seen, family, ()), float(plain[family, -1]), budget)
        rang = judge.rang(state.judge, family, float(seen.evidence[family, -1]), told=False)
        held = episode._replace(held=True)
        state = state._replace(judge=rang)
        state = state._replace(total=held) if family < MIX else state._replace(mix=held)
    return state


def _cause(counts: Counts, seen: Look, family: int, asked: tuple[NDArray[np.float64], ...]) -> _Cause:
    """What the evidence of the last tick is about, less what is asked of each category."""
    at, now = counts.length - 1, counts.start + counts.length
    form = family - SURGE
    if family == SILENT:
        return _Cause(family, None, now - int(seen.seen.quiet[at]), now)
    if family < MIX:
        up = family < DOWN
        longest = seen.seen.longest(family - (UP if up else DOWN), at, up=up)
        return _Cause(family, None, now - longest, now)
    if 0 <= form < SURGES and (surging := seen.surges[form]) is not None:
        found, cells = surging.found, surging.cells
        rows = np.flatnonzero(cells.place[found.cell] == at)
        depth = seen.depths[form][rows]
        row = rows[(depth - asked[family][cells.category[found.cell[rows]]] if asked else depth).argmax()]
        category = int(cells.category[found.cell[row]])
        count, expected, shape = int(found.events[row]), float(found.expected[row]), float(found.shape[row])
        return _Cause(family, category, int(found.began[row]), now, count, expected, shape)
    if family == ABSENT:
        nats, minutes = seen.misses[at]
        category = int((nats - asked[family][: len(nats)] if asked else nats).argmax())
        return _Cause(family, category, now - int(minutes[category]) * 60, now)
    return _Cause(family, None, int(seen.leaning[family - LEAN, at]), now)


def _episode(state: State, cause: _Cause, score: float, budget: float) -> Episode:
    since = max(cause.began, state.start)
    counted = between(state.surge, state.absence, since, cause.now)
    ratio, total, spread = _total(state, since, cause.now)
    share = state.told.share
    if cause.family < MIX:
        events, mean = int(state.rate.events[-1] - state.rate.events[since - cause.now - 1]), total
        told = contributions(counted[: len(share)], share * total, events - total)
    else:
        all_ = int(counted.sum())
        told = contributions(counted[: len(share)], share * all_, 0.0)
        events, mean, spread = _of_mix(state, cause, counted, all_)
    asked = feedback.asked(state.feedback, cause.family, len(share))[cause.category or 0]
    wide = _Z * math.sqrt(mean + spread * mean**2)
    incident = Finding(
        id=state.told_so_far + 1,
        kind=_kind(cause, events),
        direction=_direction(cause, events, mean),
        family=FAMILIES[cause.family],
        category=cause.category,
        began=since,
        detected=cause.now,
        ended=None,
        lasting=False,
        score=score,
        part=float(judge.PARTS[cause.family]),
        chance=budget * math.exp(-score - asked),
        events=events,
        expected=mean,
        low=max(0.0, mean - wide),
        high=mean + wide,
        whole=float(sum(one.events for one in told)),
        contributions=told,
    )
    return Episode(incident, cause.family, _factor(cause, incident), ratio, 0.0, ())


def _total(state: State, since: int, now: int) -> tuple[float, float, float]:
    """The level over what the hour expects when a window begins, the events expected in it, their variance."""
    rates = state.rate
    last = np.array([state.now])
    place = int(rate.minutes(np.array([since]), last)[0])
    ratio = float(rates.ratio[place])
    first, end = (rate.REACH - min(state.now - second, rate.REACH) for second in (since, now))
    mean = (rates.base[end] - rates.base[first]) / rate.UNIT * ratio
    window = min(int(np.searchsorted(rate.WINDOWS, now - since)), len(rate.WINDOWS) - 1)
    spread = rate.variance(rates)[window] + 1 / max(float(rates.support[place]), 1.0)
    return ratio, float(mean), float(spread)


def _of_mix(state: State, cause: _Cause, counted: NDArray[np.int64], total: int) -> tuple[int, float, float]:
    """Events, those expected, their relative variance: of the category, the watched, or those that the form favours."""
    share, shape = state.told.share, state.told.shape
    if cause.category is not None:
        if cause.events is not None:
            return cause.events, cause.expected, 1 / cause.shape
        return int(counted[cause.category]), float(share[cause.category]) * total, 1 / float(shape[cause.category])
    form = cause.family - LEAN
    losing = form >= len(lean.BENDS) and lean.GROWTH[form - len(lean.BENDS)] < 1
    rows = np.flatnonzero(state.scores[form] < 0 if losing else state.scores[form] > 0)
    return int(counted[rows].sum()), float(share[rows].sum()) * total, 0.0


def _kind(cause: _Cause, events: int) -> Kind:
    if not events and (cause.family < MIX or cause.family == ABSENT):
        return "silence"
    if cause.family < MIX:
        return "rate"
    return "event" if cause.family == SURGE and events == 1 else "mix"


def _direction(cause: _Cause, events: int, mean: float) -> Direction:
    form = cause.family - LEAN
    if 0 <= form < len(lean.BENDS):
        return "even" if lean.BENDS[form] < 1 else "concentrated"
    return "up" if events > mean else "down"


def _factor(cause: _Cause, incident: Finding) -> float:
    """By how much the change multiplies: of counts kept away from 1 and from 0."""
    return first_factor(incident) if cause.family < MIX or cause.category is not None else incident.factor
