"""Following: what is open, after one more minute.

Each minute is held against the usual and against the change that was told. What is over frees its windows: they begin
anew behind it. What has become the usual sets the level to that of its last minutes; shares learn by themselves.
Limit: an incident of the mix hides another one of the mix, and one of the whole stream another of that.
"""

from __future__ import annotations

from rarebird.detect import lean, level, rate
from rarebird.detect.episode import OVER, Episode, counted, leaned
from rarebird.detect.finding import Finding
from rarebird.detect.judge import LEAN
from rarebird.detect.level import MINUTE
from rarebird.detect.state import State, unmixed


def followed(state: State) -> tuple[State, list[Finding]]:
    """Each open episode at the end of a minute; those that are over are told."""
    told: list[Finding] = []
    # Of the minute in which it was told nothing is known but what told it.
    if state.total is not None and state.total.incident.detected + MINUTE <= state.now:
        state, ended = _total(state, state.total)
        told += ended
    if state.mix is not None and state.mix.incident.detected < state.now:
        state, ended = _mix(state, state.mix)
        told += ended
    return state, told


def _total(state: State, episode: Episode) -> tuple[State, list[Finding]]:
    now = state.now
    events = float(state.rate.events[-1] - state.rate.events[-1 - MINUTE])
    hour = float(state.rate.base[-1] - state.rate.base[-1 - MINUTE]) / rate.UNIT
    episode = counted(episode, events, hour * episode.ratio, hour)
    if episode.against > OVER:
        fresh = state.rate._replace(floor=now)
        return state._replace(total=None, rate=fresh), episode.ending(now, lasting=False)
    if now - episode.incident.detected < episode.patience():
        return state._replace(total=episode), []
    recent, hours = (float(sum(column)) for column in zip(*episode.recent, strict=True))
    known, factor = level.moved(state.level, recent, hours, episode.ratio)
    fresh = rate.rebased(state.rate._replace(floor=now), factor)
    state = state._replace(total=None, level=known, rate=fresh)
    return state, episode.ending(now, lasting=True)


def _mix(state: State, episode: Episode) -> tuple[State, list[Finding]]:
    now, category = state.now, episode.incident.category
    if category is None:
        says = (state.scores[episode.family - LEAN] * state.minute).sum() / lean.UNIT
        episode = leaned(episode, float(says))
    else:
        events = float(state.minute[category])
        expected = float(state.told.share[category]) * float(state.minute.sum())
        episode = counted(episode, events, expected, expected)
    lasting = now - episode.incident.detected >= episode.patience()
    if episode.against <= OVER and not lasting:
        return state._replace(mix=episode), []
    return unmixed(state._replace(mix=None), now), episode.ending(now, lasting=lasting and episode.against <= OVER)
