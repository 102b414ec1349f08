"""Relearning: level and shares of a watch, learned anew from the history of its store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from rarebird.detect.judge import FAMILIES, MIX
from rarebird.detect.relearn import LeftOut
from rarebird.model.history import Past
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.run.running import Running
from rarebird.store.contract import Store

REACH: Final = 90 * 86_400
"""How far back is looked, s: what is older counts for next to nothing in level and shares."""
_MINUTES: Final = 7 * 86_400 - 7_200
"""What is surely held by the minute, s."""
_HOUR: Final = 3600
_INCIDENTS: Final = 10_000


async def upgrade(store: Store, running: Running) -> bool:
    """Has a watch detect again that an earlier version has run; whether it was one. Raises StoreError.

    What that version had learned of level and shares is relearned from the history of the store.
    """
    if not running.watch.is_outdated:
        return False
    until = running.watch.recent.until
    running.upgrade(await history(store, until), left_out(running, await incidents(store), until))
    return True


async def incidents(store: Store) -> list[Incident]:
    """Those that a store lists, the oldest first."""
    bodies = await store.incidents(_INCIDENTS)
    return [msgspec.json.decode(body, type=Incident) for body in reversed(bodies)]


async def history(store: Store, until: int) -> list[Past]:
    """The last days up to a second by the minute, what is older by the hour."""
    between = (until - _MINUTES) // _HOUR * _HOUR
    hours = await store.history(until - REACH, between, 0)
    minutes = await store.history(between, until, _MINUTES // 60 + 60)
    return [hours, minutes]


def left_out(running: Running, listed: Iterable[Incident], until: int) -> list[LeftOut]:
    """Of what nothing is learned: gaps, and the time in which an incident was open that is not the usual since."""
    found = [LeftOut(gap.start // SECOND, -(-gap.end // SECOND)) for gap in running.missing.gaps]
    for incident in listed:
        if not incident.lasting:
            end = until if incident.ended is None else -(-incident.ended // SECOND)
            of_level = FAMILIES.index(incident.family) < MIX
            found.append(LeftOut(incident.detected // SECOND, end, of_level=of_level, of_mix=not of_level))
    return found
