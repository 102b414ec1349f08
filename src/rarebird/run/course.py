"""What a running watch knows of an incident beside what was found: what came before, how a single event is called."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from msgspec import structs

from rarebird.incident.cause import of_whole
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.run.names import Names
from rarebird.watch import LONGEST_WINDOW, TICK, Watch

SPANS: Final = 24
_OWN: Final = 4
"""Spans that lie within the incident's own window, so that the change shows."""


def known(watch: Watch, names: Names, found: Incident) -> Incident:
    """What was found, with what else is known of it."""
    code = None if found.category is None else watch.categories.code(found.category)
    named = names.given(found, code)
    if found.category is None and not of_whole(found):
        return named
    spans, seconds = course(watch, found, code)
    return structs.replace(named, course=spans, course_s=seconds)


def course(watch: Watch, incident: Incident, code: int | None) -> tuple[tuple[int, ...], int]:
    """Events in `SPANS` equal spans up to when it was detected, of all or of one category; the length of all, s.

    Of the last hour at most; nothing where not as much is known.
    """
    recent = watch.recent
    until = incident.detected // TICK
    behind = recent.until - until
    known = min(LONGEST_WINDOW // TICK, recent.reach - behind) // SPANS
    size = known if incident.kind == "event" else min(known, math.ceil(incident.window_s / _OWN))
    if size < 1:
        return (), 0
    since = until - size * SPANS
    cells = recent.window(recent.until - since)
    wanted = (cells.tick < until) & ((cells.category == code) if code is not None else True)
    place = (cells.tick[wanted] - since) // size
    counts = np.bincount(place, cells.events[wanted], SPANS).astype(np.int64)
    return tuple(counts.tolist()), size * SPANS * TICK // SECOND
