"""Episodes: what an alarm has begun, followed until it is over or has become the new usual."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from rarebird.detect import absence, lean, level, rate, surge
from rarebird.detect.counts import Counts

if TYPE_CHECKING:
    from rarebird.detect.bank import State

_OVER: Final = 6.0
"""Nats for the usual against the change, with which it is over."""


class Incident(NamedTuple):
    """What is told of an alarm."""

    id: int
    kind: str
    family: int
    direction: str
    category: int | None
    began: int
    detected: int
    ended: int | None
    score: float
    factor: float
    lasting: bool = False


class Episode(NamedTuple):
    """An incident that is open."""

    id: int
    family: int
    category: int | None
    began: int
    detected: int
    score: float
    factor: float
    ratio: float
    against: float
    recent: tuple[tuple[float, float], ...]

    def told(self, ended: int | None = None, *, lasting: bool = False) -> Incident:
        kind = "rate" if self.family < 2 else "silence" if self.family == 2 else "category" if self.family in (10, 11, 12, 13) else "mix"
        return Incident(self.id, kind, self.family, "up" if self.factor > 1 else "down", self.category, self.began,
                        self.detected, ended, self.score, self.factor, lasting)


def begun(
    state: State, counts: Counts, family: int, category: int | None, since: int, now: int, score: float
) -> Episode:
    factor, ratio = 1.0, 1.0
    if family < 3:
        r = state.rate
        behind = counts.start + counts.length - now
        back = min(now - since, rate.REACH - behind)
        i, j = rate.REACH - behind - back, rate.REACH - behind
        n = int(r.events[j] - r.events[i])
        ratio = float(r.ratio[rate._minutes(np.array([since]), np.array([counts.start + counts.length]))[0]])
        m = float(r.base[j] - r.base[i]) / (1 << 20) * ratio
        factor = (n + 0.5) / (m + 0.5)
        factor = min(max(factor, 0.03), 0.9) if family else max(factor, 1.1)
    elif category is not None:
        factor = 3.0 if family < 13 else 0.2
    elif family in (9,):
        factor = 0.6
    else:
        factor = 1.5
    return Episode(state.count + 1, family, category, since, now, score, factor, ratio, 0.0, ())


def followed(state: State, now: int) -> tuple[State, list[Incident]]:
    """Each open episode after one more minute."""
    told: list[Incident] = []
    if state.total is not None:
        state, ended = _total(state, state.total, now)
        told += ended
    if state.mix is not None:
        state, ended = _mix(state, state.mix, now)
        told += ended
    return state, told


def _total(state: State, episode: Episode, now: int) -> tuple[State, list[Incident]]:
    seconds = min(60, now - episode.detected)
    if seconds <= 0:
        return state, []
    n = float(state.rate.events[-1] - state.rate.events[-1 - seconds])
    base = float(state.rate.base[-1] - state.rate.base[-1 - seconds]) / (1 << 20)
    m = base * episode.ratio
    against = max(0.0, episode.against + m * (episode.factor - 1) - n * math.log(episode.factor))
    recent = (*episode.recent[-19:], (n, base))
    if against > _OVER:
        state = state._replace(total=None, rate=state.rate._replace(floor=now))
        return state, [episode.told(now)]
    size = abs(math.log(episode.factor))
    patience = 900 if size < 0.25 else 1800 if size < 0.35 else 3 * 3600
    if now - episode.detected >= patience:
        events, bases = (sum(part) for part in zip(*recent))
        k = len(level.MEMORIES)
        lev = state.level._replace(
            events=np.full(k, events), expected=np.full(k, max(bases, 1e-9))
        )
        state = state._replace(total=None, level=lev, rate=state.rate._replace(floor=now))
        return state, [episode.told(now, lasting=True)]
    return state._replace(total=episode._replace(against=against, recent=recent)), []


def _mix(state: State, episode: Episode, now: int) -> tuple[State, list[Incident]]:
    if now - episode.detected < 30:
        return state, []
    if episode.category is not None:
        n = float(state.minute[episode.category])
        m = float(state.told.share[episode.category] * state.minute.sum())
        against = max(0.0, episode.against + m * (episode.factor - 1) - n * math.log(episode.factor))
    elif episode.family == 14:
        against = _OVER + 1
    else:
        says = float((state.scores[episode.family - 3] * state.minute).sum()) / (1 << 20)
        against = max(0.0, episode.against - says)
    lasting = now - episode.detected >= 3 * 3600
    if against > _OVER or lasting:
        state = unmixed(state._replace(mix=None), now)
        return state, [episode.told(now, lasting=lasting)]
    return state._replace(mix=episode._replace(against=against)), []


def unmixed(state: State, now: int) -> State:
    """All windows over the mix begin anew."""
    return state._replace(
        surge=surge.forget(state.surge, None),
        thin=tuple(each._replace(surge=surge.forget(each.surge, None)) for each in state.thin),
        absence=absence.forget(state.absence, None),
        lean=lean.blank(now),
    )
