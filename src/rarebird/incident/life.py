"""The life of incidents: from what detection finds to what people are told, each time with a named reason.

An incident is firing while something that was found is open. When all of it is over it is recovering for a while, so
that what comes back at once is no news; then it is resolved. What comes back later is the same incident again: pending
until it has lasted, unless it is larger than before, and then it is told as reopened. What has the same cause as an
incident joins it, and is not told by itself.

A value that hovers at its limit is so told once and resolved once: each return makes the wait before it is said to be
over four times as long, what comes back and does not last is not told at all, and that it then goes as far to the other
side is no news.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from msgspec import Struct, structs

from rarebird.incident.cause import of_whole, same_cause
from rarebird.model.incident import Direction, Incident, Joined
from rarebird.model.instant import SECOND

Reason = Literal[
    "began", "reopened", "over", "lasting",
    "joined", "recovering", "returned",
    "pending", "brief", "muted", "old", "open",
]  # fmt: skip
Tells = Literal["message", "edit", "nothing"]
"""People get a message of their own; what they got is changed where a service can; they get nothing."""
_MESSAGES: Final = frozenset({"began", "reopened", "over", "lasting"})
HOLD: Final = 300 * SECOND
"""For how long it is over before that is said, µs; four times as long after each return."""
LONGEST: Final = 6 * 3600 * SECOND
"""The longest such wait; what comes back within it is the same incident."""
LASTS: Final = 900 * SECOND
"""How long what came back has to last before it is told."""
_NUMBERS: Final = (
    "kind", "direction", "family", "category", "began", "detected", "score", "budget_share", "chance_per_week",
    "events", "expected", "low", "high", "whole", "contributions", "course", "course_s", "title", "link",
)  # fmt: skip
"""Of an incident, what tells of its latest return."""
_LARGER: Final = 1.5
"""By so much larger, as a logarithm of its factor, what comes back is told at once."""


class Hushed(NamedTuple):
    """Why an incident is not to be told now, and until when, µs UTC of event time; then it is asked again."""

    reason: Literal["muted", "old"]
    text: str
    until: int


Key = tuple[str | None, Direction, str]
"""Category, direction and family, as far as they tell incidents apart."""
Hush = Callable[[Incident, int], Hushed | None]
"""Asked of an incident at an instant of event time."""


class Decision(NamedTuple):
    """What becomes of an incident."""

    time: int
    """When it is decided, event time, µs UTC."""
    incident: Incident
    """As it stands from then on."""
    reason: Reason
    tells: Tells = "nothing"


class Entry(Struct, frozen=True):
    """An incident, and what its life depends on."""

    incident: Incident
    open: tuple[int, ...]
    """The numbers of what was found and is not over."""
    told: bool = False
    """Whether people know of it."""
    returns: int = 0
    due: int | None = None
    """When something is to be decided though nothing is found, µs UTC."""


class Life(Struct, frozen=True):
    """The incidents that are open, or were not long ago; the oldest first."""

    entries: tuple[Entry, ...] = ()


def never(_incident: Incident, _at: int) -> Hushed | None:
    """Nothing is kept from people."""
    return None


def step(
    life: Life, found: Sequence[Incident], until: int, hush: Hush = never
) -> tuple[Life, list[Decision]]:  # fmt: skip
    """What was found up to an instant of event time, in order, and what is decided of it. However it is cut into steps.

    >>> found = Incident(
    ...     id=1, kind="rate", direction="up", family="rate up", category=None, began=0, detected=60 * SECOND,
    ...     ended=None, lasting=False, score=1.0, budget_share=0.2, chance_per_week=0.3, events=360, expected=240.0,
    ...     low=200.0, high=280.0, whole=120.0, contributions=(),
    ... )
    >>> life, told = step(Life(), [found], 60 * SECOND)
    >>> life, over = step(life, [structs.replace(found, ended=120 * SECOND)], 3600 * SECOND)
    >>> [(each.time // SECOND, each.reason) for each in (*told, *over)]
    [(60, 'began'), (120, 'recovering'), (420, 'over')]
    """
    told: list[Decision] = []
    for each in found:
        at = each.detected if each.ended is None else each.ended
        life = _settled(life, at, hush, told)
        life = _begun(life, each, hush, told) if each.ended is None else _ended(life, each, told)
    return _settled(life, until + 1, hush, told), told


def finish(life: Life) -> tuple[Life, list[Decision]]:
    """The end of the input: what is over stays over."""
    told: list[Decision] = []
    entries = (_resolved(each, _at(each), told) if _is(each, "recovering") else each for each in life.entries)
    return Life(tuple(entries)), told


def replied(life: Life, id: int, *, acknowledged: str, feedback: str) -> Life:
    """With what people have said of an incident."""
    return Life(
        tuple(
            _changed(each, acknowledged=acknowledged, feedback=feedback) if each.incident.id == id else each
            for each in life.entries
        )
    )


def reviewed(life: Life, at: int) -> Life:
    """With all that is kept from people to be asked again at an instant."""
    return Life(
        tuple(
            structs.replace(each, due=at) if each.incident.muted and _is(each, "firing") and not each.told else each
            for each in life.entries
        )
    )


def _settled(life: Life, before: int, hush: Hush, told: list[Decision]) -> Life:
    """After all that was due before an instant, each at its own."""
    while True:
        due = min((each.due for each in life.entries if each.due is not None), default=before)
        if due >= before:
            break
        at, entry = next((at, each) for at, each in enumerate(life.entries) if each.due == due)
        life = _with(life, at, _due(entry, due, hush, told))
    kept = tuple(each for each in life.entries if not (_is(each, "resolved") and _at(each) + LONGEST < before))
    return Life(kept)


def _due(entry: Entry, at: int, hush: Hush, told: list[Decision]) -> Entry:
    if _is(entry, "recovering"):
        return _resolved(entry, at, told)
    return _tell(_changed(entry, phase="firing"), at, hush, told)


def _begun(life: Life, found: Incident, hush: Hush, told: list[Decision]) -> Life:
    """After something was found."""
    now = found.detected
    for at, entry in enumerate(life.entries):
        if key(entry.incident) == key(found) or any(key(each) == key(found) for each in entry.incident.joined):
            return _with(life, at, _returned(entry, found, hush, told))
    for at, entry in enumerate(life.entries):
        is_there = _is(entry, "firing") or _is(entry, "recovering")
        is_part = same_cause(entry.incident, found) or _swings(entry, found)
        if is_there and is_part and not _hides(entry, found, hush):
            return _with(life, at, _joined(entry, found, told))
    begun = Entry(structs.replace(found, opened=now), (found.id,))
    return Life((*life.entries, _tell(begun, now, hush, told)))


def _returned(entry: Entry, found: Incident, hush: Hush, told: list[Decision]) -> Entry:
    """After it, or a part of it, came back."""
    open_, now = (*entry.open, found.id), found.detected
    if _is(entry, "firing") or _is(entry, "pending"):
        return structs.replace(entry, open=open_)
    before = entry.incident
    entry = structs.replace(entry, incident=_anew(before, found), open=open_, returns=entry.returns + 1, due=None)
    if before.phase == "recovering":
        _note(entry, now, "returned", told)
        # What has never been told may be told yet.
        return entry if entry.told else structs.replace(entry, due=now)
    entry = _changed(entry, reopened=before.reopened + 1)
    if _size(found) > _LARGER * _size(before):
        return _tell(entry, now, hush, told)
    entry = structs.replace(_changed(entry, phase="pending"), due=now + LASTS)
    told.append(Decision(now, entry.incident, "pending"))
    return entry


def _swings(entry: Entry, found: Incident) -> bool:
    """Whether what hovers at its limit, as it came back before, has gone beyond the other one by no more."""
    before = entry.incident
    other_way = key(before)[::2] == key(found)[::2] and {before.direction, found.direction} == {"up", "down"}
    is_hovering = entry.returns > 0 and _is(entry, "recovering")
    return other_way and is_hovering and _size(found) <= _LARGER * _size(before)


def _hides(entry: Entry, found: Incident, hush: Hush) -> bool:
    """Whether people would not be told of what was found for the sake of an incident that is kept from them."""
    return not entry.told and bool(entry.incident.muted) and hush(found, found.detected) is None


def _anew(before: Incident, found: Incident) -> Incident:
    """The incident with the numbers of what came back of it, and what else it was beside that."""
    beside = tuple(each for each in (_also(before), *before.joined) if key(each) != key(found))
    return structs.replace(
        before,
        **{name: getattr(found, name) for name in _NUMBERS},
        ended=None,
        lasting=False,
        phase="firing",
        joined=beside,
    )


def _joined(entry: Entry, found: Incident, told: list[Decision]) -> Entry:
    """After something of the same cause was found."""
    entry = structs.replace(
        _changed(entry, joined=(*entry.incident.joined, _also(found)), phase="firing", ended=None),
        open=(*entry.open, found.id),
        # What has never been told may be told yet.
        due=entry.due if _is(entry, "firing") else None if entry.told else found.detected,
    )
    _note(entry, found.detected, "joined", told)
    return entry


def _ended(life: Life, found: Incident, told: list[Decision]) -> Life:
    """After something that was found is over."""
    assert found.ended is not None
    for at, entry in enumerate(life.entries):
        if found.id in entry.open:
            rest = tuple(number for number in entry.open if number != found.id)
            left = structs.replace(entry, open=rest)
            return _with(life, at, left if rest else _quieted(left, found, found.ended, told))
    return life


def _quieted(entry: Entry, found: Incident, now: int, told: list[Decision]) -> Entry:
    """After all of it is over."""
    was_pending = _is(entry, "pending")
    over = _changed(entry, ended=now, lasting=found.lasting, phase="resolved" if was_pending else "recovering")
    if was_pending:
        told.append(Decision(now, over.incident, "brief"))
        return structs.replace(over, due=None)
    if found.lasting:
        return _resolved(over, now, told)
    _note(over, now, "recovering", told)
    return structs.replace(over, due=now + min(HOLD * 4**entry.returns, LONGEST))


def _resolved(entry: Entry, at: int, told: list[Decision]) -> Entry:
    over = structs.replace(_changed(entry, phase="resolved"), due=None)
    _note(over, at, "lasting" if over.incident.lasting else "over", told)
    return over


def _tell(entry: Entry, at: int, hush: Hush, told: list[Decision]) -> Entry:
    """After people were told of it as it begins or comes back, or why they were not."""
    hushed = hush(entry.incident, at)
    if hushed is None:
        entry = structs.replace(_changed(entry, muted=""), told=True, due=None)
        _note(entry, at, "reopened" if entry.incident.reopened else "began", told)
        return entry
    is_known = bool(entry.incident.muted)
    muted = _changed(entry, muted=hushed.text)
    if not is_known:
        told.append(Decision(at, muted.incident, hushed.reason))
    return structs.replace(muted, told=False, due=max(hushed.until, at + SECOND))


def _note(entry: Entry, at: int, reason: Reason, told: list[Decision]) -> None:
    """A reason to tell: of what nobody was told, nobody is told that it goes on or is over."""
    tells: Tells = "message" if reason in _MESSAGES else "edit"
    told.append(Decision(at, entry.incident, reason, tells if entry.told else "nothing"))


def _also(incident: Incident) -> Joined:
    return Joined(incident.kind, incident.direction, incident.family, incident.category, incident.detected)


def key(incident: Incident | Joined) -> Key:
    """By which it is known again. Silence is less of the same, and one event more of it."""
    family = "" if incident.category is not None else "whole" if of_whole(incident) else incident.family
    return incident.category, incident.direction, family


def _size(incident: Incident) -> float:
    return abs(math.log((incident.events + 0.5) / (incident.expected + 0.5)))


def _is(entry: Entry, phase: str) -> bool:
    return entry.incident.phase == phase


def _at(entry: Entry) -> int:
    assert entry.incident.ended is not None
    return entry.incident.ended


def _changed(entry: Entry, **values: object) -> Entry:
    return structs.replace(entry, incident=structs.replace(entry.incident, **values))


def _with(life: Life, at: int, entry: Entry) -> Life:
    return Life((*life.entries[:at], entry, *life.entries[at + 1 :]))
