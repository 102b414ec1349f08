"""The daily digest: that a watch lives, and what there was since the last one, in words."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

from msgspec import Struct

from rarebird.incident.telling import Nouns, begun
from rarebird.incident.wording import clock, percent, span
from rarebird.model.clock import DAY, Zone
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.model.plural import counted
from rarebird.model.tally import Tally

_SHOWN: Final = 5
_LITTLE: Final = 0.05
"""A part by which the events of a day may differ from the usual without a word."""
_MUCH: Final = 0.01
"""The part of the messages from which on those that were not counted are worth a word."""


class Hour(Struct, frozen=True):
    """When the digest is due: each day, when the clock on the wall of a zone shows a time."""

    at: int
    """s since midnight."""
    zone: Zone

    def after(self, time: int) -> int:
        """The first such instant after another one, both µs UTC.

        A time that clocks show twice is its first; one that they skip is as long after midnight as it says.

        >>> from rarebird.model.clock import UTC
        >>> Hour(9 * 3600, UTC).after(0) // SECOND, Hour(9 * 3600, UTC).after(9 * 3600 * SECOND) // SECOND
        (32400, 118800)
        """
        today = self.zone.local(time // SECOND) // DAY
        days = (self._on(day) * SECOND for day in range(today - 1, today + 3))
        return next(each for each in days if each > time)

    def _on(self, day: int) -> int:
        """When it is due on a day, numbered from 1970-01-01 on the wall; s UTC."""
        shown = day * DAY + self.at
        before, after = (shown - (self.zone.local(near) - near) for near in (shown - DAY, shown + DAY))
        return after if self.zone.local(before) != shown == self.zone.local(after) else before


class Past(Struct, frozen=True):
    """What there was since the last digest. Instants are µs UTC."""

    since: int
    until: int
    events: int
    usual: Sequence[float] = ()
    """Events a day of the days before it."""
    tally: Tally = Tally()
    """What became of the messages."""
    incidents: Sequence[Incident] = ()
    """Those that began, or were not over by `since`, the first first; as they were at `until`."""


def digest(past: Past, nouns: Nouns) -> str:
    """The message, in one line.

    >>> digest(Past(0, 86_400 * SECOND, 92_114), Nouns("RSVPs"))
    'Alive; nothing unusual; 92,114 RSVPs in 24 h.'
    """
    events = f"{counted(past.events, nouns.noun)} in {_length(past)}{_against_usual(past)}"
    lead = f"Alive; {_found(past.incidents)}; {events}."
    told = [_line(incident, past, nouns) for incident in past.incidents[:_SHOWN]]
    if (more := len(past.incidents) - _SHOWN) > 0:
        told.append(f"And {more} more.")
    return " ".join(filter(None, [lead, *told, _lost(past.tally)]))


def _found(incidents: Sequence[Incident]) -> str:
    if not incidents:
        return "nothing unusual"
    still, unsent = sum(one.ended is None for one in incidents), sum(bool(one.muted) for one in incidents)
    parts = [counted(len(incidents), "incidents")]
    parts += [f"{still} still open"] if still else []
    parts += [f"{unsent} not sent"] if unsent else []
    return ", ".join(parts)


def _length(past: Past) -> str:
    hours = round((past.until - past.since) / SECOND / 3600)
    return f"{hours} h" if 20 <= hours <= 28 else span((past.until - past.since) / SECOND)


def _against_usual(past: Past) -> str:
    """How many events that is against what is usual."""
    usual = median(past.usual) if past.usual else 0.0
    if not usual or past.until <= past.since:
        return ""
    ratio = past.events / usual * DAY / ((past.until - past.since) / SECOND)
    if abs(ratio - 1) < _LITTLE:
        return ", as many as usual"
    if ratio >= 2:
        return f", {ratio:.1f} times as many as usual"
    return f", {percent(abs(ratio - 1))} {'more' if ratio > 1 else 'fewer'} than usual"


def _line(incident: Incident, past: Past, nouns: Nouns) -> str:
    what = begun(incident, nouns.of_incident(incident)).partition(". ")[0].rstrip(".")
    parts = [what, "still open" if incident.ended is None else f"over at {clock(incident.ended, past.until)}"]
    if incident.muted:
        parts.append(f"not sent ({incident.muted})")
    return f"{clock(incident.opened or incident.detected, past.until)}: {', '.join(parts)}."


def _lost(tally: Tally) -> str:
    """What was not counted, where that is much."""
    counts = {"came too late": tally.late, "lay in the future": tally.future, "could not be read": tally.malformed}
    if sum(counts.values()) <= _MUCH * tally.read:
        return ""
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    return f"Of {counted(tally.read, 'messages')} {told}."
