"""Following: what is open, after one more minute.

Each minute is held against the usual and against the change that was told, a category and a form against their usual
part of the rest: a minute in which the rest brings nothing says nothing. More of all events is not over by the quiet
since the last one alone: whether that is a silence is for the silence to say. What is over frees its own windows: they
begin anew behind it. What has become the usual sets the level, or its own share, to that of its last minutes; shares do
so at the end of a period.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import lean, level, rate, shares
from rarebird.detect.absence import REACH
from rarebird.detect.episode import OVER, Episode, counted, leaned
from rarebird.detect.finding import Finding
from rarebird.detect.growth import grown
from rarebird.detect.level import MINUTE
from rarebird.detect.rest import Rest, closed, rest_of
from rarebird.detect.shares import PERIOD
from rarebird.detect.state import State
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


def followed(
    state: State, zone: Zone, watched: NDArray[np.int64], budget: float
) -> tuple[State, list[Finding]]:  # fmt: skip
    """Each open episode at the end of a minute; those that are over, or have grown, are told."""
    found, full = rest_of(state), state.is_full
    ended: list[Episode] = []
    told: list[Finding] = []
    kept: list[Episode] = []
    for each in state.episodes:
        episode = _counted(state, found, each)
        over = episode is not each and episode.is_over() and not _is_quiet(state, episode)
        over |= each.of_many and not full
        lasts = episode is not each and not over and _lasts(state, episode)
        if not over and not lasts:
            before, episode = episode, grown(state, episode, budget)
            told += [episode.incident] if episode is not before else []
        kept.append(episode)
        if over or lasts:
            state = _settled(state, episode, zone) if lasts else _back(state, episode, zone)
            ended.append(episode)
            told += episode.ending(state.now, lasting=lasts)
    state = state._replace(episodes=tuple(kept))
    if any(each.of_whole for each in ended):
        state = state._replace(rate=state.rate._replace(floor=state.now))
    return (closed(state, ended, watched) if ended else state), told


def _counted(state: State, found: Rest, episode: Episode) -> Episode:
    """The episode after the minute that is over; itself where that said nothing of it."""
    began = episode.incident.detected
    if episode.of_whole:
        # Of the minute in which it was told nothing is known but what told it.
        if began + MINUTE > state.now:
            return episode
        events = float(state.rate.events[-1] - state.rate.events[-1 - MINUTE])
        hour = float(state.rate.base[-1] - state.rate.base[-1 - MINUTE]) / rate.UNIT
        return counted(episode, events, hour * episode.ratio, hour)
    all_ = found.of(state.minute) * found.scale
    if began >= state.now or episode.of_many:
        return episode
    if episode.category is None:
        events, score = float(found.of(state.minute)), state.scores[episode.form]
        known = (state.usual or state.told).share
        share = known if found.apart is None else np.where(found.apart, 0.0, known)
        says = float((score * state.minute).sum() / lean.UNIT)
        evidence = lean.spoken(score, share, episode.tilt, says, events)
        return leaned(episode, says, events, evidence) if events else episode
    events = float(state.minute[episode.category])
    expected = float(state.told.share[episode.category]) * all_
    return counted(episode, events, expected, expected) if expected else episode


def _is_quiet(state: State, episode: Episode) -> bool:
    """Whether only the quiet since the last event says that more of all events is over: a silence may have begun."""
    if not episode.of_whole or episode.factor < 1:
        return False
    quiet = rate.in_quiet(state.rate) * episode.ratio * (episode.factor - 1)
    return episode.against - quiet <= OVER


def _lasts(state: State, episode: Episode) -> bool:
    """Whether it has become the usual. The shares of a period are known at its beginning, so they move at the end.

    A form waits for one that began before it: while that is open the shares that it would move are known only roughly.
    """
    waits = not episode.of_whole and state.now % PERIOD
    before = next(each for each in state.episodes if each.of_form) if episode.of_form else episode
    return (
        not waits and before.subject == episode.subject and state.now - episode.incident.detected >= episode.patience()
    )


def _back(state: State, episode: Episode, zone: Zone) -> State:
    """The state in which the usual is back. What was held back for long teaches its hours."""
    if not episode.of_whole:
        return state
    usual = episode.held and state.now - episode.incident.detected >= _LONG
    return state._replace(level=level.settled(state.level, zone, episode.incident.detected, usual=usual))


def _settled(state: State, episode: Episode, zone: Zone) -> State:
    """The state in which what the episode tells is the usual."""
    if not episode.of_whole:
        factors = _moved(state, episode)
        mix = shares.moved(state.shares, factors)
        return state._replace(shares=mix, level=_made_room(state, episode, factors))
    recent, hours = (float(sum(column)) for column in zip(*episode.recent, strict=True))
    known, factor = level.moved(state.level, recent, hours, episode.ratio, whole=not episode.held)
    known = level.settled(known, zone, episode.incident.detected, usual=True)
    return state._replace(level=known, rate=rate.rebased(state.rate, factor))


def _made_room(state: State, episode: Episode, factor: NDArray[np.float64]) -> level.Level:
    """The level where a category that was not counted is counted with another share, and the rest comes as often."""
    apart, category = rest_of(state).apart, episode.category
    if category is None or category >= len(factor) or apart is None or not apart[category]:
        return state.level
    was = float(state.told.share[category])
    return level.scaled(state.level, 1 - was + was * float(factor[category]))


def _moved(state: State, episode: Episode) -> NDArray[np.float64]:
    """What each share has to be taken times, before all are made to sum to the same, to be that of the last minutes."""
    known = state.usual or state.told
    share, category = known.share[: len(state.shares.overall)], episode.category
    minutes = min((state.now - episode.incident.detected) // MINUTE, REACH)
    came = state.absence.events[: len(share), -1] - state.absence.events[: len(share), -1 - minutes]
    first, second = (float(sum(column)) for column in zip(*episode.recent, strict=True))
    factor = np.ones(len(share))
    if category is None:
        factor = lean.factor(state.scores[episode.form, : len(share)], share, first / max(second, 1.0))
    elif category < len(share):
        was = float(share[category])
        others = rest_of(state, but=category)
        all_ = others.of(came) * others.scale
        events, of_all = (came[category], all_) if category < len(came) else (first, second / was)
        now = min(float((events + _LIKE * was) / (of_all + _LIKE)), _MOST)
        factor[category] = now * (1 - was) / (was * (1 - now))
    if category is not None:
        return factor
    # Other categories may have changed along, where their events of these minutes speak for it.
    told = share[: len(came)] * factor[: len(came)]
    told *= came.sum() / told.sum()
    also = (came - told) ** 2 > _FAR * (told + 1)
    also[[each.category for each in state.episodes if each.category is not None and each.category < len(also)]] = False
    factor[: len(came)][also] *= (came[also] + _LIKE) / (told[also] + _LIKE)
    return factor
