"""The life of incidents: from what detection finds to what people are told, each time with a named reason.

An incident is firing while something that was found is open. When all of it is over it is recovering for a while, so
that what comes back at once is no news; then it is resolved. What comes back later is the same incident again: pending
until it has lasted, unless it is larger than before, and then it is told as reopened. What has the same cause as an
incident joins it, and is named in its message rather than in one of its own.

The law: all that is found is named in what is sent, is kept from people by a choice of theirs, or is the return of what
they know. They know of what it was once decided to notify them of, and of what a mute kept from them; not of what was
too old to be sent.

A value that hovers at its limit is so told once and resolved once: each return makes the wait before it is said to be
over four times as long, what comes back and does not last is not told at all, and that it then goes as far to the other
side is no news. A total silence is none of this: see `silences`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import structs

from rarebird.incident import silences
from rarebird.incident.cause import joins, same_cause
from rarebird.incident.decision import Decision, Hush, never
from rarebird.incident.entry import (
    LARGER,
    Entry,
    Life,
    changed,
    come_back,
    ended_at,
    grown,
    has_grown_much,
    is_in,
    is_larger,
    key,
    part_of,
    recorded,
    replaced,
)
from rarebird.incident.silences import is_total_silence
from rarebird.model.incident import Incident, Reason, Tells
from rarebird.model.instant import SECOND

_MESSAGES: Final = frozenset({"began", "again", "larger", "reopened", "over", "lasting", "unfollowed"})
HOLD: Final = 300 * SECOND
"""For how long it is over before that is said, µs; four times as long after each return."""
LONGEST: Final = 6 * 3600 * SECOND
"""The longest such wait; what comes back within it is the same incident."""
LASTS: Final = 900 * SECOND
"""How long what came back has to last before it is told."""


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
    entries = (_resolved(each, ended_at(each), told) if is_in(each, "recovering") else each for each in life.entries)
    return Life(tuple(entries)), told


def replied(life: Life, id: int, *, acknowledged: str, feedback: str) -> Life:
    """With what people have said of an incident."""
    return Life(
        tuple(
            changed(each, acknowledged=acknowledged, feedback=feedback) if each.incident.id == id else each
            for each in life.entries
        )
    )


def taken_over(incidents: Sequence[Incident]) -> Life:
    """The life of incidents as they stand, the oldest first, where nothing else is known of it.

    What is kept from people is asked again; of all else they know.
    """
    entries = []
    for each in incidents:
        due = each.ended + HOLD if each.phase == "recovering" and each.ended is not None else None
        if each.phase == "pending":
            due = each.detected + LASTS
        entries.append(Entry(each, (each.id,) if each.ended is None else (), told=not each.muted, due=due))
    return Life(tuple(entries))


def open_in(life: Life) -> list[Incident]:
    """Those of which something is not over."""
    return [entry.incident for entry in life.entries if entry.open]


def reviewed(life: Life, at: int) -> Life:
    """With all that is kept from people to be asked again at an instant."""
    return Life(
        tuple(
            structs.replace(each, due=at) if each.incident.muted and is_in(each, "firing") and not each.told else each
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
        life = replaced(life, at, _due(entry, due, hush, told))
    kept = tuple(each for each in life.entries if not (is_in(each, "resolved") and ended_at(each) + LONGEST < before))
    return Life(kept)


def _due(entry: Entry, at: int, hush: Hush, told: list[Decision]) -> Entry:
    if is_in(entry, "recovering"):
        return _resolved(entry, at, told)
    return _notified(changed(entry, phase="firing"), at, _why(entry), hush, told)


def _why(entry: Entry) -> Reason:
    """Why people are told that it goes on, who were not told yet."""
    if not entry.is_known:
        return "began"
    return "again" if entry.incident.returned else "reopened" if entry.incident.reopened else "began"


def _begun(life: Life, found: Incident, hush: Hush, told: list[Decision]) -> Life:
    """After something was found: what is open grew, it comes back, now or after it was over, is a part, or is new."""
    entries = life.entries
    of = next((at for at, entry in enumerate(entries) if found.id in entry.open), None)
    if of is not None:
        return replaced(life, of, _grown(entries[of], found, hush, told))
    returns = [at for at, entry in enumerate(entries) if _is_return(entry, found, hush)]
    at = next((at for at in returns if not is_in(entries[at], "resolved")), None)
    if at is not None:
        return replaced(life, at, _returned(entries[at], found, hush, told))
    for at, entry in enumerate(entries):
        if _is_part(entry, found) and _is_kept_alike(entry, found, hush):
            return replaced(life, at, _joined(entry, found, told))
    if returns:
        return replaced(life, returns[0], _returned(entries[returns[0]], found, hush, told))
    begun = Entry(structs.replace(found, opened=found.detected), (found.id,), main=found.id)
    return Life((*life.entries, _notified(begun, found.detected, "began", hush, told)))


def _is_return(entry: Entry, found: Incident, hush: Hush) -> bool:
    """Whether it, or a part of it, came back: of what people know, or of what is kept from them as what was found is.

    What joined it and comes back for another cause is no return.
    """
    before = entry.incident
    if key(before) != key(found):
        is_part = any(key(each) == key(found) for each in before.joined)
        if not (is_part and (_is_other_way(before, found) or same_cause(before, found))):
            return False
    if not entry.is_known:
        return _is_kept_alike(entry, found, hush)
    is_muted = is_in(entry, "firing") and not entry.told and bool(before.muted)
    return not is_muted or hush(found, found.detected) is not None


def _is_part(entry: Entry, found: Incident) -> bool:
    """Whether it has the cause of what goes on, or did a moment ago."""
    if is_in(entry, "firing"):
        return joins(entry.incident, found, still=entry.main_goes_on)
    if not is_in(entry, "recovering"):
        return False
    is_recent = found.detected - ended_at(entry) <= HOLD
    return (is_recent and same_cause(entry.incident, found, still=False)) or _swings(entry, found)


def _is_kept_alike(entry: Entry, found: Incident, hush: Hush) -> bool:
    """Whether people are to know of both, or of neither for the same reason: none hides behind the other."""
    hushed = hush(found, found.detected)
    if entry.told:
        return hushed is None
    return hushed is not None and hushed.text == entry.incident.muted


def _swings(entry: Entry, found: Incident) -> bool:
    """Whether what hovers at its limit, as it came back before, has gone beyond the other one by no more."""
    is_hovering = entry.returns > 0 and is_in(entry, "recovering")
    return is_hovering and _is_other_way(entry.incident, found) and found.size <= LARGER * entry.incident.size


def _is_other_way(before: Incident, found: Incident) -> bool:
    """Whether there is more of what there was less of, or the other way round."""
    return key(before)[::2] == key(found)[::2] and {before.direction, found.direction} == {"up", "down"}


def _returned(entry: Entry, found: Incident, hush: Hush, told: list[Decision]) -> Entry:
    """After it, or a part of it, came back."""
    open_, is_news = (*entry.open, found.id), is_larger(entry, found)
    if is_in(entry, "firing") or is_in(entry, "pending"):
        if not is_news or (is_in(entry, "firing") and not entry.told):
            return _decided(structs.replace(entry, open=open_), found.detected, "known", told)
        entry = structs.replace(come_back(entry, found), open=open_, due=None)
        return _notified(entry, found.detected, "larger" if entry.told else "reopened", hush, told)
    was_resolved = is_in(entry, "resolved")
    entry = structs.replace(come_back(entry, found), open=open_, returns=entry.returns + 1, due=None)
    if was_resolved:
        entry = structs.replace(entry, told=False, known=entry.is_known)
        entry = changed(entry, reopened=entry.incident.reopened + entry.known)
    if is_total_silence(found):
        return _silent_again(entry, found.detected, hush, told)
    if was_resolved:
        return _anew(entry, found.detected, hush, told, is_news=is_news)
    if is_news and entry.told:
        return _notified(entry, found.detected, "larger", hush, told)
    entry = _decided(entry, found.detected, "returned", told)
    # What has never been told may be told yet.
    return entry if entry.told else structs.replace(entry, due=found.detected)


def _anew(entry: Entry, now: int, hush: Hush, told: list[Decision], *, is_news: bool) -> Entry:
    """After what was said to be over came back: what people know waits until it has lasted, unless it is larger."""
    if is_news or not entry.known:
        return _notified(entry, now, _why(entry), hush, told)
    return _decided(structs.replace(changed(entry, phase="pending"), due=now + LASTS), now, "pending", told)


def _silent_again(entry: Entry, now: int, hush: Hush, told: list[Decision]) -> Entry:
    """After nothing comes once more: told at once, or as soon as enough time has passed since that was told."""
    entry = changed(entry, returned=entry.incident.returned + 1)
    due = silences.due(entry.silences, now)
    if due <= now:
        return _notified(entry, now, _why(entry), hush, told)
    return structs.replace(_decided(entry, now, "returned", told), due=due)


def _grown(entry: Entry, found: Incident, hush: Hush, told: list[Decision]) -> Entry:
    """After what is open has grown."""
    is_news = entry.told and is_in(entry, "firing") and has_grown_much(entry, found)
    entry = grown(entry, found)
    if is_news:
        return _notified(entry, found.detected, "larger", hush, told)
    return _decided(entry, found.detected, "grown", told)


def _joined(entry: Entry, found: Incident, told: list[Decision]) -> Entry:
    """After something of the same cause was found."""
    entry = structs.replace(
        changed(entry, joined=(*entry.incident.joined, part_of(found)), phase="firing", ended=None, turned=""),
        open=(*entry.open, found.id),
        # What has never been told may be told yet.
        due=entry.due if is_in(entry, "firing") else None if entry.told else found.detected,
    )
    return _decided(entry, found.detected, "joined", told)


def _ended(life: Life, found: Incident, told: list[Decision]) -> Life:
    """After something that was found is over."""
    assert found.ended is not None
    for at, entry in enumerate(life.entries):
        if found.id in entry.open:
            rest = tuple(number for number in entry.open if number != found.id)
            left = structs.replace(entry, open=rest)
            return replaced(life, at, left if rest else _quieted(left, found, found.ended, told))
    return life


def _quieted(entry: Entry, found: Incident, now: int, told: list[Decision]) -> Entry:
    """After all of it is over."""
    was_pending = is_in(entry, "pending")
    turned = found.turned if key(entry.incident) == key(found) else ""
    phase = "resolved" if was_pending else "recovering"
    over = changed(entry, ended=now, lasting=found.lasting, turned=turned, phase=phase)
    if was_pending:
        return structs.replace(_decided(over, now, "brief", told), due=None)
    if found.lasting:
        return _resolved(over, now, told)
    # Each silence is news, so each is soon said to be over.
    wait = HOLD if is_total_silence(entry.incident) else min(HOLD * 4**entry.returns, LONGEST)
    return structs.replace(_decided(over, now, "recovering", told), due=now + wait)


def _resolved(entry: Entry, at: int, told: list[Decision]) -> Entry:
    over = structs.replace(changed(entry, phase="resolved"), due=None)
    if over.incident.turned == "unfollowed":
        return _decided(over, at, "unfollowed", told)
    return _decided(over, at, "lasting" if over.incident.lasting else "over", told)


def _notified(entry: Entry, at: int, reason: Reason, hush: Hush, told: list[Decision]) -> Entry:
    """After people were told of it as it begins or comes back, or why they were not."""
    hushed = hush(entry.incident, at)
    if hushed is None:
        return _decided(_told(entry, at), at, reason, told)
    if entry.told:
        return _decided(structs.replace(entry, due=None), at, hushed.reason, told)
    is_repeated = bool(entry.incident.muted)
    known = entry.known or hushed.reason == "muted"
    muted = structs.replace(
        changed(entry, muted=hushed.text), known=known, due=max(hushed.until, at + SECOND)
    )  # fmt: skip
    return muted if is_repeated else _decided(muted, at, hushed.reason, told)


def _told(entry: Entry, at: int) -> Entry:
    """As people know of it from an instant on."""
    is_silent = is_total_silence(entry.incident)
    return structs.replace(
        changed(entry, muted=""),
        told=True,
        known=True,
        due=None,
        size=max(entry.size, entry.incident.size),
        silences=(*silences.within(entry.silences, at), at) if is_silent else (),
    )


def _decided(entry: Entry, at: int, reason: Reason, told: list[Decision]) -> Entry:
    """The entry with a decision, which is added to all that is decided."""
    tells = _tells(entry, reason)
    entry = recorded(entry, at, reason, tells)
    told.append(Decision(at, entry.incident, reason, tells))
    return entry


def _tells(entry: Entry, reason: Reason) -> Tells:
    """What people get: of what nobody was told, nobody is told that it goes on or is over.

    The message of a silence is changed with each return, also of those that have none of their own.
    """
    if reason in {"known", "pending", "brief", "muted", "old"}:
        return "nothing"
    if entry.told:
        return "message" if reason in _MESSAGES else "edit"
    is_shown = is_total_silence(entry.incident) and entry.known and not entry.incident.muted
    return "edit" if is_shown else "nothing"
