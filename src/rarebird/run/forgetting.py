"""Forgetting: a stretch taken out of what a watch has learned, in the store that holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import msgspec

from rarebird.detect.judge import FAMILIES, MIX
from rarebird.detect.relearn import LeftOut
from rarebird.errors import ConfigError
from rarebird.model import instant
from rarebird.model.history import Past
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.model.state import pack
from rarebird.run.held import unpacked
from rarebird.run.looking import Committed
from rarebird.run.running import Running
from rarebird.store.contract import Saved, Step, Store, no_watch

REACH: Final = 90 * 86_400
"""How far back is looked, s: what is older counts for next to nothing in level and shares."""
_MINUTES: Final = 7 * 86_400 - 7_200
"""What is surely held by the minute, s."""
_HOUR: Final = 3600
_INCIDENTS: Final = 10_000


class Forgotten(NamedTuple):
    """What was done."""

    since: int
    """From where on it was learned anew, s since 1970."""
    until: int
    incidents: int
    """Stretches that were left out besides, as an incident was open in them."""


async def forget(store: Store, start: int, end: int, clock: Callable[[], int]) -> Forgotten:
    """Learns level and shares of a watch anew without a stretch, µs UTC; its former owner can write no more.

    Raises ConfigError where the stretch is not within what is known, StoreError where the store cannot be used.
    """
    saved = await store.open(write=True)
    if saved.checkpoint is None:
        raise no_watch(store.url, await store.watches())
    running = Committed(store, saved, clock).running
    detection, watermark = running.watch.detection, running.watch.watermark
    if detection is None or watermark is None:
        raise ConfigError(
            f"expected a watch that looks for what is out of the ordinary in {store.url}; this one does not"
        )
    until = watermark // SECOND
    past = await _past(store, until)
    since = min((int(each.spans.start[0]) for each in past if len(each.spans.start)), default=until)
    if not since * SECOND <= start < end <= watermark:
        known = f"{instant.text(since * SECOND)} to {instant.text(watermark)}"
        raise ConfigError(f"--from, --to: expected a stretch within {known}, the history of this watch, the end last")
    incidents = list(_incidents(await store.incidents(_INCIDENTS), until))
    gaps = [LeftOut(gap.start // SECOND, -(-gap.end // SECOND)) for gap in running.missing.gaps]
    stretch = LeftOut(start // SECOND, -(-end // SECOND))
    detection.relearn(past, [stretch, *gaps, *incidents])
    await store.commit(_step(running, saved, store.url))
    return Forgotten(since, until, len(incidents))


async def _past(store: Store, until: int) -> list[Past]:
    """The last days by the minute, what is older by the hour."""
    between = (until - _MINUTES) // _HOUR * _HOUR
    hours = await store.history(until - REACH, between, 0)
    minutes = await store.history(between, until, _MINUTES // 60 + 60)
    return [hours, minutes]


def _incidents(bodies: Iterable[bytes], until: int) -> Iterable[LeftOut]:
    """The stretches in which an incident was open: while one is, nothing is learned of what it is about."""
    for body in bodies:
        incident = msgspec.json.decode(body, type=Incident)
        end = until if incident.ended is None else -(-incident.ended // SECOND)
        of_level = FAMILIES.index(incident.family) < MIX
        yield LeftOut(incident.detected // SECOND, end, of_level=of_level, of_mix=not of_level)


def _step(running: Running, saved: Saved, place: str) -> Step:
    """The state as it is now; what only the process that runs the watch knows stays as it was."""
    held, state = unpacked(saved, place).state, running.state()
    state["own"]["live"] = held["own"]["live"]
    state["parts"] = {**held["parts"], **state["parts"]}
    return Step(checkpoint=pack(state), positions=saved.positions, answered=running.answers.last)
