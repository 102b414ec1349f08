"""Following: what is open, after one more minute.

Each minute is held against the usual and against the change that was told. What is over frees its windows: they begin
anew behind it. What has become the usual sets the level, or the shares, to that of its last minutes; shares do so at
the end of a period. Limit: an incident of the mix hides another one of the mix, and one of the whole stream another of
that.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import lean, level, rate, shares
from rarebird.detect.absence import REACH
from rarebird.detect.episode import Episode, counted, leaned
from rarebird.detect.finding import Finding
from rarebird.detect.judge import LEAN
from rarebird.detect.level import MINUTE
from rarebird.detect.shares import PERIOD
from rarebird.detect.state import State, unmixed
from rarebird.model.clock import Zone

_LIKE: Final = 10.0
"""Events that speak for a share being what it was, and for others having changed just as the incident says."""
_LONG: Final = 3600
"""What is held back for so long, s, teaches its hours. What is shorter comes sooner or later than the day before, so a
profile that knew it would miss it: on streams with a batch each night that was three alarms more."""
_FAR: Final = 9.0
"""Times the variance of a count: by as much a category has changed otherwise."""
_MOST: Final = 0.99
"""The largest share that a category is believed to have from then on."""


def followed(state: State, zone: Zone) -> tuple[State, list[Finding]]:
    """Each open episode at the end of a minute; those that are over are told."""
    told: list[Finding] = []
    # Of the minute in which it was told nothing is known but what told it.
    if state.total is not None and state.total.incident.detected + MINUTE <= state.now:
        state, ended = _total(state, state.total, zone)
        told += ended
    if state.mix is not None and state.mix.incident.detected < state.now:
        state, ended = _mix(state, state.mix)
        told += ended
    return state, told


def _total(state: State, episode: Episode, zone: Zone) -> tuple[State, list[Finding]]:
    now = state.now
    events = float(state.rate.events[-1] - state.rate.events[-1 - MINUTE])
    hour = float(state.rate.base[-1] - state.rate.base[-1 - MINUTE]) / rate.UNIT
    episode = counted(episode, events, hour * episode.ratio, hour)
    if episode.is_over():
        fresh = state.rate._replace(floor=now)
        usual = episode.held and now - episode.incident.detected >= _LONG
        known = level.settled(state.level, zone, episode.incident.detected, usual=usual)
        return state._replace(total=None, level=known, rate=fresh), episode.ending(now, lasting=False)
    if now - episode.incident.detected < episode.patience():
        return state._replace(total=episode), []
    recent, hours = (float(sum(column)) for column in zip(*episode.recent, strict=True))
    known, factor = level.moved(state.level, recent, hours, episode.ratio, whole=not episode.held)
    known = level.settled(known, zone, episode.incident.detected, usual=True)
    fresh = rate.rebased(state.rate._replace(floor=now), factor)
    state = state._replace(total=None, level=known, rate=fresh)
    return state, episode.ending(now, lasting=True)


def _mix(state: State, episode: Episode) -> tuple[State, list[Finding]]:
    now, category = state.now, episode.incident.category
    if category is None:
        says = (state.scores[episode.family - LEAN] * state.minute).sum() / lean.UNIT
        episode = leaned(episode, float(says), float(state.minute.sum()))
    else:
        events = float(state.minute[category])
        expected = float(state.told.share[category]) * float(state.minute.sum())
        episode = counted(episode, events, expected, expected)
    over = episode.is_over()
    # The shares of a period are known at its beginning, so they move at the end of one.
    if not over and (now % PERIOD or now - episode.incident.detected < episode.patience()):
        return state._replace(mix=episode), []
    known = state.shares if over else shares.moved(state.shares, _moved(state, episode))
    return unmixed(state._replace(mix=None, shares=known), now), episode.ending(now, lasting=not over)


def _moved(state: State, episode: Episode) -> NDArray[np.float64]:
    """What each share has to be taken times, before all are made to sum to the same, to be that of the last minutes."""
    share, category = state.told.share[: len(state.shares.overall)], episode.incident.category
    minutes = min((state.now - episode.incident.detected) // MINUTE, REACH)
    came = state.absence.events[: len(share), -1] - state.absence.events[: len(share), -1 - minutes]
    first, second = (float(sum(column)) for column in zip(*episode.recent, strict=True))
    factor = np.ones(len(share))
    if category is None:
        factor = lean.factor(state.scores[episode.family - LEAN, : len(share)], share, first / max(second, 1.0))
    elif category < len(share):
        was = float(share[category])
        events, of_all = (came[category], came.sum()) if category < len(came) else (first, second / was)
        now = min(float((events + _LIKE * was) / (of_all + _LIKE)), _MOST)
        factor[category] = now * (1 - was) / (was * (1 - now))
    # Other categories may have changed along, where their events of these minutes speak for it.
    told = share[: len(came)] * factor[: len(came)]
    told *= came.sum() / told.sum()
    also = (came - told) ** 2 > _FAR * (told + 1)
    factor[: len(came)][also] *= (came[also] + _LIKE) / (told[also] + _LIKE)
    return factor
