"""The sentence: what is going on, in words, from a snapshot alone."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from msgspec import Struct

from rarebird.incident.departure import CLEAR, departures, distance
from rarebird.incident.silences import is_total_silence
from rarebird.incident.states import full_names
from rarebird.incident.telling import Nouns, telling
from rarebird.incident.wording import clock, number, pace, percent, plain, span
from rarebird.model.outside import capital
from rarebird.model.plural import counted, were
from rarebird.model.snapshot import CategoryReading, Snapshot, SourceReading

LEARNING: Final = 100
"""With fewer events than this no share is known to better than ten points."""
STALE_S: Final = 60.0
QUIET: Final = 10.0
"""Events expected since the last one, from which on it is said that nothing comes: chance leaves such a gap out once in
e^10 events, and a stream in clumps more often."""
LEAST_S: Final = 5.0
"""Shorter gaps are those of how messages arrive."""

State = Literal["waiting", "learning", "live", "stale", "failing", "unkept", "finished"]


class Sentence(Struct, frozen=True):
    """What is going on, for people."""

    state: State
    headline: str
    detail: str


class _Words(NamedTuple):
    headline: str
    details: tuple[str, ...]


def state_of(snapshot: Snapshot) -> State:
    """Which of the seven states a watch is in; the first that holds counts, in the order unkept to live."""
    if is_unkept(snapshot):
        return "unkept"
    if snapshot.finished:
        return "finished"
    if failing(snapshot):
        return "failing"
    if not snapshot.counters.kept:
        return "waiting"
    if snapshot.behind_s is not None and snapshot.behind_s > STALE_S:
        return "stale"
    life = snapshot.entropy_life
    return "learning" if life is None or life.count < LEARNING else "live"


def failing(snapshot: Snapshot) -> list[SourceReading]:
    """The sources that are failing now."""
    return [source for source in snapshot.sources if source.kind == "failing"]


def is_unkept(snapshot: Snapshot) -> bool:
    """Whether what is learned cannot be kept now."""
    return snapshot.store is not None and snapshot.store.kind == "failing"


def sentence(snapshot: Snapshot) -> Sentence:
    """The headline and the line below it. Pure: the same snapshot gives the same words."""
    state = state_of(snapshot)
    say = {
        "waiting": _waiting,
        "learning": _learning,
        "live": _live,
        "stale": _stale,
        "failing": _failing,
        "unkept": _unkept,
        "finished": _finished,
    }[state]
    words = say(snapshot)
    return Sentence(state, words.headline, " ".join(part for part in (*words.details, _past(snapshot)) if part))


def _waiting(snapshot: Snapshot) -> _Words:
    if snapshot.counters.read:
        return _Words(f"No {snapshot.noun} to count yet.", (_unusable(snapshot),))
    names = ", ".join(source.name for source in snapshot.sources)
    connected = any(source.kind == "connected" for source in snapshot.sources)
    where = f"Connected to {names}; nothing has come so far." if connected else f"Connecting to {names}."
    return _Words(f"Waiting for the first {snapshot.noun}.", (where if names else "",))


def _unusable(snapshot: Snapshot) -> str:
    counters = snapshot.counters
    parts = {
        "filtered out": counters.filtered,
        "malformed": counters.malformed,
        "late": counters.late,
        "stamped in the future": counters.future,
        "waiting for later ones": counters.undecided,
    }
    told = ", ".join(f"{count:,} {what}" for what, count in parts.items() if count)
    return f"{counted(counters.read, 'messages')} {were(counters.read)} read: {told or 'all repeats'}."


def _learning(snapshot: Snapshot) -> _Words:
    count = snapshot.entropy_life.count if snapshot.entropy_life else snapshot.counters.kept
    rest = LEARNING - count
    return _Words(
        f"Learning what is usual: {counted(count, snapshot.noun)} so far{_spread(snapshot)}.",
        (f"After {rest:,} more the shares begin to mean something.", _rate_now(snapshot)),
    )


def _live(snapshot: Snapshot) -> _Words:
    now = _open(snapshot)
    if now:
        return _Words(_summary(snapshot), now)
    if quiet_s(snapshot) is not None:
        return _Words(_summary(snapshot), (_usual(snapshot),))
    return _Words(_summary(snapshot), (_rate_departure(snapshot) or _usual(snapshot), _mix_departure(snapshot)))


def _open(snapshot: Snapshot) -> tuple[str, ...]:
    """What is out of the ordinary now, the newest first."""
    nouns = Nouns(snapshot.noun, snapshot.noun_by, _names(snapshot))
    return tuple(
        f"Since {clock(incident.began, snapshot.watermark)}: {telling(incident, nouns)}"
        for incident in snapshot.incidents
        if incident.ended is None
    )


def _stale(snapshot: Snapshot) -> _Words:
    behind = span(snapshot.behind_s or 0.0)
    return _Words(
        f"The newest number here is {behind} old.",
        ("Either the stream stands still, or the watch is still reading what came before.",),
    )


def _failing(snapshot: Snapshot) -> _Words:
    broken = failing(snapshot)
    name = broken[0].name
    what = f"The connection to {name} is lost" if len(broken) == 1 else f"{len(broken)} connections are lost"
    if 0 < len(broken) < len(snapshot.sources):
        what = f"{len(broken)} of {len(snapshot.sources)} sources cannot be reached"
    until = f"; the numbers are those of {clock(snapshot.watermark)}" if snapshot.watermark is not None else ""
    return _Words(f"{what}{until}.", (_stop(broken[0].detail),))


def _unkept(snapshot: Snapshot) -> _Words:
    return _Words(
        "What is learned cannot be kept now, so the stream is read no further than there is room.",
        (_stop(snapshot.store.detail) if snapshot.store else "",),
    )


def _finished(snapshot: Snapshot) -> _Words:
    if not snapshot.counters.kept:
        told = _unusable(snapshot) if snapshot.counters.read else "It was empty."
        return _Words(f"The input has ended without any {snapshot.noun} to count.", (told,))
    length = ""
    if snapshot.first is not None and snapshot.watermark is not None:
        seconds = (snapshot.watermark - snapshot.first) / 1e6
        length = f"They span {span(seconds)}, to {clock(snapshot.watermark)}." if seconds > 0 else ""
    return _Words(
        f"The input has ended: {counted(snapshot.counters.kept, snapshot.noun)}{_spread(snapshot)}{_leader(snapshot)}.",
        (length, _mix_departure(snapshot)),
    )


def quiet_s(snapshot: Snapshot) -> float | None:
    """For how long nothing has come, s, where that is no mere gap between two events; else None.

    A total silence is open, or `QUIET` events were to be expected since the last one.
    """
    if snapshot.last is None or snapshot.watermark is None or snapshot.finished:
        return None
    seconds = max(0.0, (snapshot.watermark - snapshot.last) / 1e6)
    is_open = any(each.ended is None and is_total_silence(each) for each in snapshot.incidents)
    expected = (snapshot.usual_per_s or 0.0) * seconds
    return seconds if seconds >= LEAST_S and (expected >= QUIET or (is_open and expected >= 1)) else None


def _nothing(snapshot: Snapshot, seconds: float) -> str:
    since = clock(snapshot.last or 0, snapshot.watermark, seconds=True)
    return f"No {snapshot.noun} for {span(seconds)}, since {since}."


def _summary(snapshot: Snapshot) -> str:
    quiet, rate = quiet_s(snapshot), snapshot.rate.rate_per_s
    if quiet is not None:
        return _nothing(snapshot, quiet)
    if rate is None:
        few = f"Quiet: fewer than two {snapshot.noun} in the last {span(snapshot.rate.window_s)}"
        return f"{few}{_leader(snapshot)}."
    return f"{pace(rate, snapshot.noun)}{_spread(snapshot)}{_leader(snapshot)}."


def _spread(snapshot: Snapshot) -> str:
    if snapshot.categories <= 1:
        return ""
    if _names(snapshot):
        return f" from {snapshot.categories} {snapshot.noun_by}"
    return f" in {snapshot.categories:,} {snapshot.noun_by}"


def _leader(snapshot: Snapshot) -> str:
    """Who has the largest share of late, or of all once the input has ended."""

    def share(category: CategoryReading) -> float:
        return category.share if snapshot.finished else category.recent_share

    first = max(snapshot.mix, key=share, default=None)
    if first is None or not share(first) or snapshot.categories <= 1:
        return ""
    return f"; {_name(first, snapshot)} {'led' if snapshot.finished else 'leads'} with {percent(share(first))}"


def _rate_now(snapshot: Snapshot) -> str:
    quiet, rate = quiet_s(snapshot), snapshot.rate.rate_per_s
    if quiet is not None:
        return _nothing(snapshot, quiet)
    return "" if rate is None else f"The rate is {pace(rate, snapshot.noun)}."


def _usual(snapshot: Snapshot) -> str:
    is_mixed = snapshot.categories > 1 and quiet_s(snapshot) is None
    calm = "Nothing in the mix stands out." if is_mixed and not _clear(snapshot) else ""
    if snapshot.usual_per_s is None:
        return calm
    return f"Usual is {pace(snapshot.usual_per_s, snapshot.noun)}. {calm}".strip()


def _rate_departure(snapshot: Snapshot) -> str:
    usual, rate = snapshot.usual_per_s, snapshot.rate
    if usual is None:
        return ""
    away = distance(rate.count, usual * rate.window_s)
    if abs(away) < CLEAR:
        return ""
    more = "More" if away > 0 else "Fewer"
    window = span(rate.window_s)
    expected = number(usual * rate.window_s)
    came = f"{counted(rate.count, snapshot.noun)} in the last {window}"
    return f"{more} than usual: {came} where about {expected} {'is' if expected == '1' else 'are'} usual."


def _clear(snapshot: Snapshot) -> dict[str, float]:
    return {name: away for name, away in departures(snapshot).items() if abs(away) >= CLEAR}


def _mix_departure(snapshot: Snapshot) -> str:
    clear = _clear(snapshot)
    if not clear or snapshot.entropy is None:
        return ""
    category = max((one for one in snapshot.mix if one.name in clear), key=lambda one: abs(clear[one.name]))
    recent = snapshot.entropy.count
    low, high = number(category.low_share * recent), number(category.high_share * recent)
    verb = "stands out" if clear[category.name] > 0 else "is quiet"
    return (
        f"{_name(category, snapshot)} {verb}: {counted(category.recent_count, snapshot.noun)} in the last "
        f"{span(snapshot.recent_window_s)} where {number(category.expected_share * recent)} ({low} to {high}) "
        "were expected."
    )


def _names(snapshot: Snapshot) -> dict[str, str]:
    return full_names([category.name for category in snapshot.mix], snapshot.noun_by)


def _name(category: CategoryReading, snapshot: Snapshot) -> str:
    return _names(snapshot).get(category.name) or plain(category.name)


def _past(snapshot: Snapshot) -> str:
    if snapshot.past_until is None:
        return ""
    return f"What came before {clock(snapshot.past_until, snapshot.watermark)} is a simulated past."


def _stop(text: str) -> str:
    closed = text if not text or text.endswith((".", "!", "?")) else f"{text}."
    return capital(closed)
