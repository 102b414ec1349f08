"""What a running watch knows of an incident beside what was found: the hour before, what a single event is called."""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec import structs

from rarebird.incident.cause import of_whole
from rarebird.model.incident import Incident
from rarebird.run.names import Names
from rarebird.watch import LONGEST_WINDOW, TICK, Watch

SPANS: Final = 24


def known(watch: Watch, names: Names, found: Incident) -> Incident:
    """What was found, with what else is known of it."""
    code = None if found.category is None else watch.categories.code(found.category)
    return structs.replace(names.given(found, code), course=course(watch, found))


def course(watch: Watch, incident: Incident) -> tuple[int, ...]:
    """Events in `SPANS` equal spans up to when it was detected, of all or of its category.

    Of the last hour, or of as much of it as is known; nothing where it is about several categories.
    """
    recent, code = watch.recent, None
    if incident.category is not None:
        code = watch.categories.code(incident.category)
    elif not of_whole(incident):
        return ()
    until = incident.detected // TICK
    behind = recent.until - until
    size = min(LONGEST_WINDOW // TICK, recent.reach - behind) // SPANS
    if size < 1:
        return ()
    since = until - size * SPANS
    cells = recent.window(recent.until - since)
    wanted = (cells.tick < until) & ((cells.category == code) if code is not None else True)
    place = (cells.tick[wanted] - since) // size
    return tuple(np.bincount(place, cells.events[wanted], SPANS).astype(np.int64).tolist())
