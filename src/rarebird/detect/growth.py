"""Growth: whether what is open departs further than was found.

At the end of a minute the last 1 to 15 minutes of what is open are held against what it brought in the 20 before them:
N events where M f were expected, f the factor so far, by `evidence.changed`. That is no surer than the events that f
rests on, the usual spread, and how an incident strays by itself. It has grown where this would be an alarm of its
family, and the factor is larger than people know by a third or so; what grew within less than 15 minutes is counted
once more when it has lasted as long. Limits: growth is found at the end of a minute; of a form it is seen in the events
of the categories that it favours, as far as they are among those that may be missed.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import absence, judge, lean, rate, surge
from rarebird.detect.episode import RECENT, Episode, first_factor
from rarebird.detect.evidence import changed, interval
from rarebird.detect.explain import between, contributions
from rarebird.detect.finding import Finding
from rarebird.detect.judge import ABSENT, DOWN, SURGE, UP
from rarebird.detect.level import MINUTE
from rarebird.detect.rest import rest_of
from rarebird.detect.state import State

LASTS: Final = 15
"""Minutes after which a change is no passing one."""
_WINDOWS: Final = np.array([1, 2, 3, 5, 8, LASTS])
"""Minutes."""
_STRAY: Final = 0.01
"""The least relative variance of what an incident brings. With 0.03 twice as much was never told from straying."""
_MORE: Final = 0.35
"""By so much larger, as a logarithm of its factor, it is worth saying."""


def grown(state: State, episode: Episode, budget: float) -> Episode:
    """The episode at the end of a minute, with the numbers of its last minutes where it has grown; else itself.

    What is not told does not grow.
    """
    told = episode.incident
    since = min((state.now - told.detected) // MINUTE, RECENT)
    if episode.held or episode.joined or since < 1:
        return episode
    events, usual = _minutes(state, episode, since)
    is_brief = told.grown and told.detected - told.grown < LASTS * MINUTE
    goes_on = (events[-LASTS:].sum() > usual[-LASTS:].sum()) == (episode.factor > 1)
    if is_brief and len(events) >= LASTS and goes_on:
        return _as(state, episode, LASTS, events, usual, told.score)
    windows = _WINDOWS[len(events) >= _WINDOWS]
    if not len(windows):
        return episode
    came, mean = (np.cumsum(column[::-1])[windows - 1] for column in (events, usual))
    over = _over(state, episode, windows, came, mean, events.sum() - came, usual.sum() - mean, budget)
    size = np.log((came + 0.5) / (mean + 0.5)) * (1 if episode.factor > 1 else -1)
    over = np.where(size > abs(math.log(told.factor)) + _MORE, over, -np.inf)
    best = int(over.argmax())
    if over[best] <= 0 or (episode.of_whole and not came[best]):
        return episode
    return _as(state, episode, int(windows[best]), events, usual, float(over[best]))


def _minutes(state: State, episode: Episode, since: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Events of each of its last minutes, so many at most, and those that are usual."""
    if not episode.of_form:
        recent = episode.recent[-since:]
        events, usual = np.array(recent, np.float64).reshape(-1, 2).T
        return events, usual * episode.ratio if episode.of_whole else usual
    share, favoured = (state.usual or state.told).share, favours(state, episode.form)
    counted = np.diff(state.absence.events[: len(share), -1 - min(since, absence.REACH) :], axis=1)
    rows, apart = len(counted), rest_of(state).apart
    rest = np.ones(rows, np.bool_) if apart is None else ~apart[:rows]
    part = float(share[:rows][rest & favoured[:rows]].sum() / share[:rows][rest].sum())
    return counted[rest & favoured[:rows]].sum(axis=0).astype(np.float64), counted[rest].sum(axis=0) * part


def favours(state: State, form: int) -> NDArray[np.bool_]:
    """The categories whose events a form is seen by, shape (n,)."""
    losing = form >= len(lean.BENDS) and lean.GROWTH[form - len(lean.BENDS)] < 1
    scores = state.scores[form]
    return np.asarray(scores < 0 if losing else scores > 0)


def _over(  # noqa: PLR0913, PLR0917 - windows, what they brought, and what came before them
    state: State, episode: Episode, windows: NDArray[np.int64], came: NDArray[np.float64], mean: NDArray[np.float64],
    before: NDArray[np.float64], usual: NDArray[np.float64], budget: float,
) -> NDArray[np.float64]:  # fmt: skip
    """How far each window is over what is an alarm of its family, nats of it."""
    told, up = episode.incident, episode.factor > 1
    known = np.maximum(told.events + before, 0.5)
    factor = known / np.maximum(told.expected + usual, 1e-9)
    shape = 1 / (np.maximum(_spread(state, episode, windows), _STRAY) + 1 / known)
    expected, count = np.maximum(mean * factor, 1e-9), np.rint(came).astype(np.int64)
    nats = changed(count, expected, shape) * (1 if up else -1)
    enough = judge.enough(state.judge, budget, 0.0)
    if episode.category is not None and up:
        span = np.searchsorted(surge.SPANS, windows * MINUTE)
        kind = np.searchsorted(surge.SIZES, count, side="right") * (len(surge.SPANS) + 1) + span
        scale = state.judge.kind_scale.each(kind)
        return np.asarray(scale.depth(nats[:, None])[:, 0] - enough[SURGE])
    if episode.category is not None or episode.of_form:
        return np.asarray(nats - enough[episode.family if episode.of_form else ABSENT])
    long = (windows * MINUTE > rate.LENGTHS[0]).astype(np.int64)
    return np.asarray(nats - enough[(UP if up else DOWN) + long])


def _spread(state: State, episode: Episode, windows: NDArray[np.int64]) -> NDArray[np.float64]:
    """The relative variance of what is usual."""
    if episode.category is not None:
        return np.full(len(windows), 1 / float(state.told.shape[episode.category]))
    if episode.of_form:
        return np.zeros(len(windows))
    return rate.variance(state.rate)[np.searchsorted(rate.WINDOWS, windows * MINUTE)]


def _as(  # noqa: PLR0913, PLR0917 - the window and what it brought
    state: State, episode: Episode, minutes: int, events: NDArray[np.float64], usual: NDArray[np.float64], score: float
) -> Episode:  # fmt: skip
    """The episode with the numbers of its last minutes."""
    count, mean = round(float(events[-minutes:].sum())), float(usual[-minutes:].sum())
    since, window = state.now - minutes * MINUTE, np.array([minutes])
    low, high = interval(mean, float(_spread(state, episode, window)[0]))
    known = (state.usual or state.told) if episode.of_form else state.told
    n = len(known.share)
    counted, share = between(state.surge, state.absence, since, state.now)[:n], known.share
    apart = rest_of(state, but=episode.category).apart
    if apart is not None:
        counted, share = np.where(apart, 0, counted), np.where(apart, 0.0, share) / float(share[~apart].sum())
    beyond = count - mean if episode.of_whole else 0.0
    made_of = contributions(counted, share * (mean if episode.of_whole else float(counted.sum())), beyond)
    incident = episode.incident._replace(
        kind="rate" if episode.of_whole else "mix" if count else "silence",
        detected=state.now, score=score, events=count, expected=mean, low=low, high=high,
        whole=float(sum(one.events for one in made_of)), contributions=made_of, grown=since,
    )  # fmt: skip
    return episode._replace(incident=incident, factor=_factor(episode, incident), against=0.0)


def _factor(episode: Episode, incident: Finding) -> float:
    return incident.factor if episode.of_form else first_factor(incident)
