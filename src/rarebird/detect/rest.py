"""The rest: what is not open of its own, by which all others are judged.

The events of an open category, and its usual share, are left out: an event of the rest stands for 1 / (1 - s) of all,
where s is the usual share of what is open. So the others, what is missing, the forms of the mix and the whole stream
are judged as if what is open had brought its usual part. As it opens, its window is taken out of what was expected of
the others in it; no window of theirs begins anew. A mix that leans is known likewise: while a form is open, shares are
expected as it makes them.

Cost: as something opens, a look at all cells that are remembered. Limits: what was counted more than 90 minutes ago is
not corrected; where the rest is less than 5 % of what is usual, or fewer than two categories, no share is judged, and
the whole by all events.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import absence, lean, rate, shares, surge, thin
from rarebird.detect.episode import Episode
from rarebird.detect.explain import between
from rarebird.detect.state import State, unmixed

_LITTLE: Final = 0.05
"""Of the events that are usual: with less of them the rest says nothing of shares."""
_FEW: Final = 2
_STRAY: Final = 0.1
"""Of the square of the logarithm of what a form makes of a share: the variance by which that may be wrong."""
_UNSURE: Final = 4.0
"""Events behind which all of it may be wrong."""


class Rest(NamedTuple):
    """What is counted."""

    apart: NDArray[np.bool_] | None
    """Categories that are not counted, shape (n,); None where all are."""
    scale: float
    """Events of all that one that is counted stands for."""
    judged: bool
    """Whether shares are judged."""

    def of(self, events: NDArray[np.int64]) -> int:
        """How many of so many events of each category are counted."""
        return int(events.sum() if self.apart is None else events[~self.apart[: len(events)]].sum())


_ALL: Final = Rest(None, 1.0, judged=True)


def rest_of(state: State, but: int | None = None) -> Rest:
    """What is counted while so much is open; `but`: this category even if it is open."""
    codes = [each.category for each in state.episodes if each.category is not None and each.category != but]
    if not codes:
        return _ALL
    apart = np.zeros(len(state.clock), np.bool_)
    apart[codes] = True
    share = float(state.told.share[apart].sum())
    others = np.count_nonzero(state.surge.events[: len(apart)]) - len(set(codes))
    if 1 - share < _LITTLE or others < _FEW:
        return _ALL._replace(judged=False)
    return Rest(apart, 1 / (1 - share), judged=True)


def wound(state: State) -> State:
    """The clocks as far as the events of the stretch that runs have moved them; another one begins."""
    total = state.rest * rest_of(state).scale
    return state._replace(
        clock=state.clock + state.told.share * total, base_clock=state.base_clock + state.told.base * total, rest=0
    )


def opened(state: State, episode: Episode, watched: NDArray[np.int64]) -> State:
    """The state with one more open episode, whose window is taken out of what the others are judged by."""
    before = wound(state)
    others = tuple(each for each in before.episodes if each.subject != episode.subject)
    state = before._replace(episodes=(*others, episode))
    if episode.category is not None:
        return _heights(scored(_apart(before, state, episode.category, episode.incident.began), watched))
    if episode.of_form:
        return _leaned(before, state, episode, watched)
    return state


def closed(state: State, ended: Sequence[Episode], watched: NDArray[np.int64]) -> State:
    """The state without some episodes that are over, or the usual. Their own windows alone begin anew."""
    state, over = wound(state), {each.subject for each in ended}
    state = state._replace(episodes=tuple(each for each in state.episodes if each.subject not in over))
    codes = sorted({each.category for each in ended if each.category is not None})
    if codes:
        state = state._replace(
            surge=surge.forget(state.surge, codes),
            thin=tuple(each._replace(surge=surge.forget(each.surge, codes)) for each in state.thin),
            absence=absence.forget(state.absence, codes),
        )
    forms = [each for each in ended if each.of_form]
    if forms:
        # Of all shares it was known only roughly what they were while it was open.
        state = expecting(unmixed(state, state.now), watched)
    return scored(state, watched) if codes or forms else state


def expecting(state: State, watched: NDArray[np.int64], known: shares.Expected | None = None) -> State:
    """The state where what is expected of the categories is as the open forms make it, of what is usual."""
    known = known or state.usual or state.told
    forms = [each for each in state.episodes if each.of_form]
    if not forms:
        return state._replace(told=known, usual=None)
    factor = np.ones(len(known.share))
    for each in forms:
        factor *= np.exp(each.tilt * lean.scores(known.share, _known(watched, known))[each.form] / lean.UNIT)
    factor *= known.share.sum() / (known.share * factor).sum()
    sure = sum(each.incident.events + sum(events for _, events in each.recent) for each in forms)
    stray = (_STRAY + _UNSURE / (sure + _UNSURE)) * np.log(factor) ** 2
    told = known._replace(share=known.share * factor, base=known.base * factor, shape=1 / (1 / known.shape + stray))
    return state._replace(told=told, usual=known)


def scored(state: State, watched: NDArray[np.int64]) -> State:
    """The state with what an event of each category says for each form of the mix of the rest."""
    found = rest_of(state)
    scores = _scores(state.told, found, watched)
    if state.usual is not None:
        own = np.concatenate([each.forms for each in state.episodes if each.of_form])
        scores[own] = _scores(state.usual, found, watched)[own]
    return state._replace(scores=scores)


def _scores(known: shares.Expected, found: Rest, watched: NDArray[np.int64]) -> NDArray[np.int64]:
    if found.apart is None:
        return lean.scores(known.share, _known(watched, known))
    rows = np.flatnonzero(~found.apart)
    watched = np.flatnonzero(np.isin(rows, _known(watched, known)))
    scores = np.zeros((lean.FORMS, len(found.apart)), np.int64)
    scores[:, rows] = lean.scores(known.share[rows] * found.scale, watched)
    return scores


def _known(watched: NDArray[np.int64], known: shares.Expected) -> NDArray[np.int64]:
    return watched[watched < len(known.share)]


class _Stretch(NamedTuple):
    """The seconds [since, now]."""

    since: int
    now: int

    @property
    def length(self) -> int:
        return self.now - self.since

    def at(self, column: NDArray[np.float64], second: NDArray[np.int64]) -> NDArray[np.float64]:
        """The value of each second, that of the first for all before."""
        place = second - self.since
        # np.clip takes as long again to look up the limits of the type.
        return column.take(np.minimum(np.maximum(place, 0, out=place), self.length, out=place))


def _stretch(state: State, began: int) -> _Stretch:
    return _Stretch(max(began, state.now - rate.REACH, state.start), state.now)


def _counted(state: State, stretch: _Stretch) -> NDArray[np.int64]:
    """Events of what was counted before each second of a stretch, and before now, since it began."""
    events = state.rate.events[rate.REACH - stretch.length :]
    counted: NDArray[np.int64] = events - events[0]
    return counted


def _apart(before: State, state: State, category: int, began: int) -> State:
    """The state where a category is not counted any more, since it began."""
    stretch = _stretch(before, began)
    was, found = rest_of(before), rest_of(state)
    if found.apart is None or (was.apart is not None and was.apart[category]):
        return state
    all_, own = _counted(before, stretch), surge.since(before.surge, category, stretch.since, stretch.now)
    own = np.minimum(own, all_)
    beyond = all_ * was.scale - (all_ - own) * found.scale
    ones = np.ones(len(state.clock))
    state = _corrected(state, stretch, beyond[-1] - beyond, ones)
    usual = 1 - was.scale / found.scale
    events, base = state.rate.events.copy(), state.rate.base.copy()
    at = slice(rate.REACH - stretch.length, None)
    events[at] -= own
    base[at] -= np.rint(usual * (base[at] - base[at][0])).astype(np.int64)
    slots = tuple(
        each._replace(total=max(each.total - _lately(own, stretch, stretch.now % slot), 0))
        for slot, each in zip(thin.SLOTS, state.thin, strict=True)
    )
    return state._replace(rate=state.rate._replace(events=events, base=base), thin=slots)


def _heights(state: State) -> State:
    """The state where forms have no more evidence than the events of the rest since it began bring, all of them."""
    sums = state.lean.sum.copy()
    for form in np.flatnonzero(sums):
        events = between(state.surge, state.absence, int(state.lean.began[form]), state.now)[: len(state.clock)]
        sums[form] = min(max(int((state.scores[form] * events).sum()), 0), int(sums[form]))
    return state._replace(lean=state.lean._replace(sum=sums))


def _lately(own: NDArray[np.int64], stretch: _Stretch, seconds: int) -> int:
    return int(own[-1] - own[-1 - min(seconds, stretch.length)])


def _leaned(before: State, state: State, episode: Episode, watched: NDArray[np.int64]) -> State:
    """The state where shares are expected as a form makes them, since it began."""
    state = expecting(state, watched)
    stretch = _stretch(before, episode.incident.began)
    all_ = _counted(before, stretch) * rest_of(before).scale
    state = _corrected(state, stretch, all_[-1] - all_, before.told.share / state.told.share - 1)
    others = np.setdiff1d(np.arange(lean.FORMS), episode.forms)
    return scored(state._replace(lean=lean.without(state.lean, others, state.now)), watched)


def _corrected(
    state: State, stretch: _Stretch, less: NDArray[np.float64], part: NDArray[np.float64]
) -> State:  # fmt: skip
    """The state where less was expected of each category from any second of a stretch until now.

    `less`: events of all, by second; `part`: of the share of each category in them.
    """
    n, told = len(state.clock), state.told

    def since(second: NDArray[np.int64]) -> NDArray[np.float64]:
        return stretch.at(less, second)

    surge.corrected(state.surge, state.base_clock, since, told.base * part)
    for slot, each in zip(thin.SLOTS, state.thin, strict=True):
        events = float(_counted(state, stretch)[-1]) * slot / max(stretch.length, 1)
        surge.corrected(each.surge, each.clock, since, told.share * part * np.exp(-told.share * events))
    known = state.absence
    rows = min(len(known.last), n)
    ends = state.now // 60 * 60 - 60 * np.arange(absence.REACH, -1, -1)
    share, now = (told.share * part)[:rows], state.clock[:rows]
    clock = np.minimum(share[:, None] * since(ends), surge.LESS * (now[:, None] - known.clock))
    last = np.minimum(share * since(surge.last(state.surge)[:rows]), surge.LESS * (now - known.last))
    clock = known.clock + np.where(np.isfinite(known.clock), clock, 0.0)
    return state._replace(absence=known._replace(clock=clock, last=known.last + last))
