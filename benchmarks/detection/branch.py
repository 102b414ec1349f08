"""Branches: a world in which something happens from some moment on."""

from __future__ import annotations

import numpy as np

from benchmarks.detection.changes import Placed
from benchmarks.detection.world import Events, joined, minutes, scatter
from rarebird.detect.counts import Counts


def altered(placed: Placed, start: int, end: int) -> Counts:
    """The counts of the ticks [start, end) with the change in them: a fall takes events away, a rise adds some.

    Before the change they are those of the world itself, to the last event, so a detector that has seen the world up
    to then can go on from there. A fall takes an event together with those that follow it. Those that follow an added
    event come after it as everywhere, if need be after the change.
    """
    old = placed.world.events(start, end)
    return joined((_thinned(placed, old), _added(placed))).counts(start, end)


def _thinned(placed: Placed, events: Events) -> Events:
    minute = minutes(placed.began, placed.ended)
    factor = placed.change.at(placed.world, minute)
    inside = (events.tick >= placed.began) & (events.tick < placed.ended)
    place = np.where(inside, events.tick // 60 - minute[0], 0)
    return events.rows(~inside | (events.coin < factor[place, events.category]))


def _added(placed: Placed) -> Events:
    world, minute = placed.world, minutes(placed.began, placed.ended)
    more = world.intensity(minute) * np.maximum(placed.change.at(world, minute) - 1, 0)
    rng = np.random.default_rng((world.seed, placed.began, 2**41))
    return scatter(rng, world.regime, more, placed.began, placed.ended)
