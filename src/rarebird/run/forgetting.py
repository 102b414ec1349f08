"""Forgetting: a stretch taken out of what a watch has learned, in the store that holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rarebird.detect.relearn import LeftOut
from rarebird.errors import ConfigError
from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.model.state import pack
from rarebird.run.held import unpacked
from rarebird.run.looking import Committed
from rarebird.run.relearning import history, incidents, left_out, upgrade
from rarebird.run.running import Running
from rarebird.store.contract import Saved, Step, Store, no_watch


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
    listed = await incidents(store)
    running = Committed(store, saved, clock, listed if unpacked(saved, store.url).is_outdated else ()).running
    await upgrade(store, running)
    detection, watermark = running.watch.detection, running.watch.watermark
    if detection is None or watermark is None:
        raise ConfigError(
            f"expected a watch that looks for what is out of the ordinary in {store.url}; this one does not"
        )
    until = watermark // SECOND
    past = await history(store, until)
    since = min((int(each.spans.start[0]) for each in past if len(each.spans.start)), default=until)
    if not since * SECOND <= start < end <= watermark:
        known = f"{instant.text(since * SECOND)} to {instant.text(watermark)}"
        raise ConfigError(f"--from, --to: expected a stretch within {known}, the history of this watch, the end last")
    stretch = LeftOut(start // SECOND, -(-end // SECOND))
    detection.relearn(past, [stretch, *left_out(running, listed, until)])
    await store.commit(_step(running, saved, store.url))
    return Forgotten(since, until, sum(not each.lasting for each in listed))


def _step(running: Running, saved: Saved, place: str) -> Step:
    """The state as it is now; what only the process that runs the watch knows stays as it was."""
    held, state = unpacked(saved, place).state, running.state()
    state["own"]["live"] = held["own"]["live"]
    state["parts"] = {**held["parts"], **state["parts"]}
    return Step(checkpoint=pack(state), positions=saved.positions, answered=running.answers.last)
