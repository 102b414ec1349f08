"""Alarms: evidence over the limit, made into incidents with the numbers that explain them.

Which windows, what is expected and how sure it is are those of the evidence that rang: N events where M were expected,
with 95 of 100 such counts within M ± 1.96 sqrt(M + v M²), v the relative variance of what was expected. An alarm over
its limit by s nats comes by chance exp(-s) times as often as the budget allows.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import feedback, judge, lean, rate, rest
from rarebird.detect.counts import Counts
from rarebird.detect.episode import Episode, first_factor
from rarebird.detect.evidence import changed, interval
from rarebird.detect.explain import between, contributions
from rarebird.detect.finding import Direction, Finding, Kind, Turned
from rarebird.detect.growth import favours
from rarebird.detect.judge import ABSENT, DOWN, FAMILIES, LEAN, MIX, SILENT, SURGE, SURGES, UP
from rarebird.detect.look import Look, beyond
from rarebird.detect.state import State

_PART: Final = 1 / 3
"""Of what a mix that leans has moved: a category that makes so much may be all of it."""
_SURER: Final = 1.0
"""Nats by which one category has to say more than the form of which it is a part."""
_ALL: Final = 0.8
"""Of what too few events say: where the time since the last one says so much, they are none rather than few."""
_LIFTED: Final = 3.0
"""Nats for a rate that departs with a category, with which it is said."""
_WORTH: Final = math.log(1.2)
"""What departs by less is not worth a word, however sure it is."""
_TOGETHER: Final = 600
"""Seconds between the begins of what may have begun together."""


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


class Ringing(NamedTuple):
    """The strongest alarm of a tick."""

    family: int
    score: float
    """How far it is over the limit, nats."""
    held: bool
    """Held back by feedback or a habit."""


def begins(state: State, over: NDArray[np.float64], plain: NDArray[np.float64]) -> int:
    """The first tick with which an incident begins, told or held back; as many as there are where none does.

    `over`: how far all evidence is over the limit and what feedback asks beyond it; `plain`: over the limit alone.
    """
    most = over[_free(state, held=False)].max(axis=0, initial=0.0)
    if plain is not over:
        most = np.maximum(most, plain[_free(state, held=True)].max(axis=0, initial=0.0))
    ringing = most > 0
    return int(ringing.argmax()) if ringing.any() else over.shape[1]


def strongest(state: State, over: NDArray[np.float64], plain: NDArray[np.float64]) -> Ringing | None:
    """What begins with the last tick: what is told before what is held back."""
    for held, scores in ((False, over), (True, plain)) if plain is not over else ((False, over),):
        found = np.where(_free(state, held=held), scores[:, -1], 0.0)
        if found[:MIX].max() > 0:
            # The rate first: where it is made by a category, that one is told beside it.
            found[MIX:] = 0.0
        if found.max() > 0:
            return Ringing(int(found.argmax()), float(found.max()), held)
    return None


def _free(state: State, *, held: bool) -> NDArray[np.bool_]:
    """The families in which something may begin: not in those of a form or direction that is open, shape (families,).

    What is held back hides nothing of the whole stream but what would be held back, too.
    """
    free = np.ones(len(FAMILIES), np.bool_)
    free[SURGE:] = not (state.is_full and any(each.of_many for each in state.episodes))
    for each in state.episodes:
        if each.of_whole and held:
            free[UP:MIX] = False
        elif each.of_whole and not each.held:
            free[slice(UP, DOWN) if each.factor > 1 else slice(DOWN, MIX if each.is_silence else SILENT)] = False
        elif each.of_form:
            free[LEAN + each.forms] = False
    return free


def opened(  # noqa: PLR0913, PLR0917 - what was seen, what rings, and what is watched
    state: State, counts: Counts, seen: Look, ringing: Ringing, budget: float, watched: NDArray[np.int64]
) -> tuple[State, list[Finding]]:  # fmt: skip
    """The state before a tick, with what rings in it open, and what there is to tell of it.

    What turns from more to less than usual, or back, is over as the other begins. What feedback holds back is followed
    like what is told, so that the same is learned of it.
    """
    told: list[Finding] = []
    family, held = ringing.family, ringing.held
    cause = _cause(counts, seen, family, () if held else seen.asked, seen.open if held else seen.told)
    episode = _episode(state, counts, seen, cause, ringing, budget)
    evidence = float((seen.evidence if held else seen.heard)[family, -1])
    if episode.of_whole and _makes_room(state, counts, episode):
        episode = episode._replace(joined=True)
    held = episode.held or episode.joined
    turned = next((each for each in state.episodes if each.subject == episode.subject), None)
    if turned is not None and not turned.held and not turned.joined:
        told.append(turned.over(cause.now, lasting=False)._replace(turned=_turn(episode)))
        if episode.of_whole:
            # Windows that reach back into what is over would speak for it still.
            state = state._replace(rate=state.rate._replace(floor=max(state.rate.floor, cause.began)))
    state = state._replace(judge=judge.rang(state.judge, family, evidence, ringing.score, told=not held))
    if not held:
        state = state._replace(told_so_far=state.told_so_far + 1)
        told.append(episode.incident)
    state = rest.opened(state, episode, watched)
    over = _explained(state, episode)
    if over:
        told += [one for each in over for one in each.ending(cause.now, lasting=False)]
        state = rest.closed(state, over, watched)
    return state, told


def _turn(episode: Episode) -> Turned:
    """What the whole stream turned into as an episode began."""
    if not episode.of_whole:
        return ""
    return "silence" if episode.is_silence else "up" if episode.factor > 1 else "down"


def _together(one: Episode, other: Episode) -> bool:
    """Whether both may have begun together."""
    return abs(one.incident.began - other.incident.began) <= _TOGETHER


def _makes_room(state: State, counts: Counts, episode: Episode) -> bool:
    """Whether the rest only makes room for a category that began with it, so that all together come as they do.

    Or fills the room of one that went.
    """
    is_there = any(
        each.category is not None and (each.factor > 1) != (episode.factor > 1) and _together(each, episode)
        for each in state.episodes
    )
    if not is_there:
        return False
    all_ = float(_counted(state, counts, episode.incident.began).sum())
    usual = episode.incident.expected * rest.rest_of(state).scale
    return math.log((all_ + 0.5) / (usual + 0.5)) / math.log(episode.factor) < _PART


def _explained(state: State, episode: Episode) -> list[Episode]:
    """What is open and nothing of its own any more, as an episode that begins explains it.

    A rate that a category found within ten minutes makes; categories that a form makes as large as they are.
    """
    now = episode.incident.detected
    if episode.category is not None:
        return [each for each in state.episodes if each.of_whole and now - each.incident.detected <= _TOGETHER
                and (each.factor > 1) == (episode.factor > 1) and _is_gone(state, each)]  # fmt: skip
    if not episode.of_form or state.usual is None:
        return []
    made = state.told.share / state.usual.share
    return [
        each
        for each in state.episodes
        if each.category is not None
        and each.incident.began >= episode.incident.began - _TOGETHER
        and abs(math.log(each.factor / float(made[each.category]))) < math.log(2)
    ]


def _is_gone(state: State, whole: Episode) -> bool:
    """Whether the rest comes as it did before a rate began that one category has been taken out of."""
    back = min(state.now - whole.incident.began, rate.REACH)
    events = int(state.rate.events[-1] - state.rate.events[-1 - back])
    mean = float(state.rate.base[-1] - state.rate.base[-1 - back]) / rate.UNIT * whole.ratio
    return mean > 0 and math.log((events + 0.5) / (mean + 0.5)) / math.log(whole.factor) < _PART


def _cause(
    counts: Counts, seen: Look, family: int, asked: tuple[NDArray[np.float64], ...], open_: NDArray[np.bool_] | None
) -> _Cause:  # fmt: skip
    """What the evidence of the last tick is about, less what is asked of each category, but for those open."""
    at, now = counts.length - 1, counts.start + counts.length
    form = family - SURGE
    if family == SILENT or (DOWN <= family < SILENT and seen.seen.silent[at] >= _ALL * seen.evidence[family, at]):
        return _Cause(SILENT, None, now - int(seen.seen.quiet[at]), now)
    if family < MIX:
        up = family < DOWN
        longest = seen.seen.longest(family - (UP if up else DOWN), at, up=up)
        return _Cause(family, None, now - longest, now)
    if 0 <= form < SURGES and (surging := seen.surges[form]) is not None:
        found, cells = surging.found, surging.cells
        rows = np.flatnonzero(cells.place[found.cell] == at)
        depth = seen.depths[form][rows]
        codes = cells.category[found.cell[rows]]
        row = rows[beyond(depth, codes, asked[family] if asked else None, open_).argmax()]
        category = int(cells.category[found.cell[row]])
        count, expected, shape = int(found.events[row]), float(found.expected[row]), float(found.shape[row])
        return _Cause(family, category, int(found.began[row]), now, count, expected, shape)
    if family == ABSENT:
        nats, minutes = seen.misses[at]
        category = int(beyond(nats, np.arange(len(nats)), asked[family] if asked else None, open_).argmax())
        return _Cause(family, category, now - int(minutes[category]) * 60, now)
    return _Cause(family, None, int(seen.leaning[family - LEAN, at]), now)


def _episode(  # noqa: PLR0913, PLR0917 - what was seen, and what rings
    state: State, counts: Counts, seen: Look, cause: _Cause, ringing: Ringing, budget: float
) -> Episode:  # fmt: skip
    since = max(cause.began, state.start)
    counted, share = _of_rest(state, counts, cause, since)
    all_ = int(counted.sum())
    cause = _subject(state, cause, counted, share)
    ratio, total, spread = _total(seen.rate, since, cause.now)
    if cause.family < MIX:
        events, mean = int(seen.rate.events[-1] - seen.rate.events[since - cause.now - 1]), total
        told = contributions(counted, share * total, events - total)
    else:
        told = contributions(counted, share * all_, 0.0)
        events, mean, spread = _of_mix(state, cause, counted, share)
    many = cause.category is None and cause.family >= SURGE
    asked = 0.0 if many else feedback.asked(state.feedback, cause.family, len(share))[cause.category or 0]
    expected = bool(seen.asked) and _is_expected(seen, cause, ringing, counted, share * total)
    held = ringing.held or (expected and cause.category is not None)
    low, high = interval(mean, spread)
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
        score=ringing.score,
        part=float(judge.PARTS[cause.family]),
        chance=budget * math.exp(-ringing.score - asked),
        events=events,
        expected=mean,
        low=low,
        high=high,
        whole=float(sum(one.events for one in told)),
        contributions=told,
    )
    if cause.category is not None and state.whole is None:
        incident = incident._replace(lifted=_lifted(seen.rate, incident))
    joined = expected and not held
    episode = Episode(incident, cause.family, _factor(cause, incident), ratio, 0.0, (), held, joined)
    return _tilted(state, episode, counted, share) if episode.of_form else episode


def _subject(state: State, cause: _Cause, counted: NDArray[np.int64], share: NDArray[np.float64]) -> _Cause:
    """The cause as it is told: many categories where no more fit, and the one that a form is."""
    if state.is_full and cause.family >= SURGE:
        return cause._replace(category=None)
    if cause.category is None and cause.family >= LEAN and not state.is_full:
        return _single(state, cause, counted, share)
    return cause


def _tilted(
    state: State, episode: Episode, counted: NDArray[np.int64], share: NDArray[np.float64]
) -> Episode:  # fmt: skip
    """A form with how far the mix leans by it in its window."""
    says = float((state.scores[episode.form] * counted).sum()) / lean.UNIT / max(int(counted.sum()), 1)
    return episode._replace(tilt=lean.tilt(state.scores[episode.form], share, says))


def _lifted(rates: rate.Rate, incident: Finding) -> tuple[int, float]:
    """Events of all in its window and those expected, where a category makes the rate depart; 0 of 0 where not.

    That is where chance hardly brings as many, and the category makes a third of it or more.
    """
    back = min(incident.detected - incident.began, rate.REACH)
    events = int(rates.events[-1] - rates.events[-1 - back])
    _, total, spread = _total(rates, incident.detected - back, incident.detected)
    if total <= 0:
        return 0, 0.0
    nats = float(changed(np.array([events]), np.array([total]), np.array([1 / spread]))[0])
    beyond_, own = events - total, incident.events - incident.expected
    is_far = abs(nats) > _LIFTED and abs(math.log((events + 0.5) / total)) > _WORTH
    is_made = is_far and own * beyond_ > 0 and abs(own) >= _PART * abs(beyond_)
    return (events, total) if is_made else (0, 0.0)


def _of_rest(
    state: State, counts: Counts, cause: _Cause, since: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
    """Events of each category since an instant and its usual share, both of what is not open beside the cause."""
    net = rest.rest_of(state, but=cause.category)
    counted = _counted(state, counts, since)
    known = state.usual if state.usual is not None and cause.category is None and cause.family >= LEAN else state.told
    if net.apart is None:
        return counted, known.share
    return np.where(net.apart, 0, counted), np.where(net.apart, 0.0, known.share) * net.scale


def _is_expected(
    seen: Look, cause: _Cause, ringing: Ringing, counted: NDArray[np.int64], expected: NDArray[np.float64]
) -> bool:  # fmt: skip
    """Whether it is only a category of which less is to be told: a form that is one, or a rate that one makes."""
    if cause.category is not None:
        return cause.family != ringing.family and _asks(seen, cause.family, cause.category)
    if cause.family >= MIX:
        return False
    up = cause.family < DOWN
    moved = (counted - expected) * (1 if up else -1)
    category, now, usual = int(moved.argmax()), float(counted.sum()), float(expected.sum())
    if not _asks(seen, SURGE if up else ABSENT, category):
        return False
    left = (now - counted[category] + 0.5) / (usual - expected[category] + 0.5)
    return math.log(left) / math.log((now + 0.5) / (usual + 0.5)) < _PART


def _asks(seen: Look, family: int, category: int) -> bool:
    return bool(seen.asked[family][category] > 0)


def _counted(state: State, counts: Counts, since: int) -> NDArray[np.int64]:
    """Events of each category since an instant, up to the end of a tick behind the state, shape (n,)."""
    n = len(state.told.share)
    before = between(state.surge, state.absence, since, state.now)[:n]
    return before + np.bincount(counts.category, weights=counts.events, minlength=n).astype(np.int64)


def _single(state: State, cause: _Cause, counted: NDArray[np.int64], share: NDArray[np.float64]) -> _Cause:
    """The one category that makes a mix lean, where there is one; else what it was said to be.

    It makes a third or more of what moved, and says more by itself than the form does by all.
    """
    form, all_ = cause.family - LEAN, int(counted.sum())
    beyond_ = counted - share * all_
    category = int(np.abs(beyond_).argmax())
    moved = float(beyond_[category])
    if not all_ or form >= len(lean.BENDS) or abs(moved) < _PART * np.abs(beyond_).sum() / 2:
        return cause
    part, came = float(share[category]) / float(share.sum()), counted[category] / all_
    own = sum(all_ * now * math.log(now / was) for now, was in ((came, part), (1 - came, 1 - part)) if now > 0)
    says = float((state.scores[form] * counted).sum()) / lean.UNIT
    if own < lean.speaks(state.scores[form], share, says, all_) + _SURER:
        return cause
    return cause._replace(family=SURGE if moved > 0 else ABSENT, category=category)


def _total(rates: rate.Rate, since: int, now: int) -> tuple[float, float, float]:
    """The level over what the hour expects when a window begins, the events expected in it, their variance."""
    last = np.array([now])
    place = int(rate.minutes(np.array([since]), last)[0])
    ratio = float(rates.ratio[place])
    first, end = (rate.REACH - min(now - second, rate.REACH) for second in (since, now))
    mean = (rates.base[end] - rates.base[first]) / rate.UNIT * ratio
    window = min(int(np.searchsorted(rate.WINDOWS, now - since)), len(rate.WINDOWS) - 1)
    spread = rate.variance(rates)[window] + 1 / max(float(rates.support[place]), 1.0)
    return ratio, float(mean), float(spread)


def _of_mix(
    state: State, cause: _Cause, counted: NDArray[np.int64], share: NDArray[np.float64]
) -> tuple[int, float, float]:  # fmt: skip
    """Events, those expected, their relative variance: of the category, the watched, or those that departed."""
    shape, total = state.told.shape, int(counted.sum())
    if cause.category is not None:
        if cause.events is not None:
            return cause.events, cause.expected, 1 / cause.shape
        return int(counted[cause.category]), float(share[cause.category]) * total, 1 / float(shape[cause.category])
    if cause.family >= SURGE:
        rows = np.flatnonzero(counted < share * total if cause.family == ABSENT else counted > share * total)
    else:
        rows = np.flatnonzero(favours(state, cause.family - LEAN))
    return int(counted[rows].sum()), float(share[rows].sum()) * total, 0.0


def _kind(cause: _Cause, events: int) -> Kind:
    if not events and (cause.family < MIX or (cause.family == ABSENT and cause.category is not None)):
        return "silence"
    if cause.family < MIX:
        return "rate"
    is_event = cause.family == SURGE and cause.category is not None and events == 1
    return "event" if is_event else "mix"


def _direction(cause: _Cause, events: int, mean: float) -> Direction:
    form = cause.family - LEAN
    if 0 <= form < len(lean.BENDS):
        return "even" if lean.BENDS[form] < 1 else "concentrated"
    return "up" if events > mean else "down"


def _factor(cause: _Cause, incident: Finding) -> float:
    """By how much the change multiplies: of counts kept away from 1 and from 0."""
    is_form = cause.category is None and LEAN <= cause.family < SURGE
    return incident.factor if is_form else first_factor(incident)
