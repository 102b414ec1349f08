"""The work of the benchmark for several seeds, on a few processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from multiprocessing import get_context
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np

from benchmarks.detection.contract import Maker
from benchmarks.detection.delay import Aftermath, Trial, aftermaths, delays, placed
from benchmarks.detection.known import Known, calibrated
from benchmarks.detection.plan import Plan
from benchmarks.detection.quiet import Quiet, quiet
from benchmarks.detection.regimes import Regime
from benchmarks.detection.rivals import rivals
from benchmarks.detection.rivals.contract import Limited, Rival, alarms, limited, quiet_scores
from benchmarks.detection.world import World

T = TypeVar("T")
KEPT_APART: Final = (1_001, 1_002)
"""Seeds that limits are taken from and that are not reported on."""
_KNOWN_WEEKS: Final = 3
_RIVAL_WEEKS: Final = 10


def quiets(make: Maker, regime: Regime, plan: Plan) -> list[Quiet]:
    """What is told while nothing happens, by seed."""
    return each(quiet, [(make, World(regime, seed), plan) for seed in plan.seeds], plan.workers)


def trials(make: Maker, regime: Regime, plan: Plan) -> list[Trial]:
    """Each change at each moment of each seed."""
    tasks = [(make, World(regime, seed), plan) for seed in plan.seeds]
    return [one for part in each(delays, tasks, plan.workers) for one in part]


def endings(make: Maker, regime: Regime, plan: Plan) -> list[Aftermath]:
    """What is told of each change up to half an hour after its end."""
    tasks = [(make, World(regime, seed), plan) for seed in plan.seeds]
    return [one for part in each(aftermaths, tasks, plan.workers) for one in part]


def known(regime: Regime, plan: Plan) -> list[Known]:
    """The CUSUM that knows each change, with its limit for one alarm a week."""
    return calibrated([World(regime, seed) for seed in KEPT_APART], plan.changes, _KNOWN_WEEKS)


class Match(NamedTuple):
    """A rival on the streams of a regime."""

    limited: Limited
    a_week: float
    """Alarms a week on the seeds reported."""
    open_share: float
    """Share of the time with its score above the limit."""
    delays: dict[str, list[int]]
    """Seconds, by the name of the change."""


def match(rival: Rival, regime: Regime, plan: Plan) -> Match:
    """A rival with one alarm a week for itself, at the same moments as `trials`."""
    kept_apart = [World(regime, seed) for seed in KEPT_APART]
    found = limited(rival, kept_apart, plan.learn, _RIVAL_WEEKS)
    worlds = [World(regime, seed) for seed in plan.seeds]
    scores = [quiet_scores(rival, world, plan.learn, plan.weeks) for world in worlds]
    number = sum(len(alarms(each, found.limit)) for each in scores)
    over = float(np.mean([np.mean(each.value > found.limit) for each in scores]))
    delays: dict[str, list[int]] = {change.name: [] for change in plan.changes}
    for world in worlds:
        for each in placed(world, plan):
            delays[each.change.name].append(found.delay(each))
    return Match(found, number / (plan.weeks * len(worlds)), over, delays)


def matches(regime: Regime, plan: Plan) -> list[Match]:
    """All rivals on the same streams."""
    return each(match, [(rival, regime, plan) for rival in rivals()], plan.workers)


def each(work: Callable[..., T], tasks: Sequence[tuple[Any, ...]], workers: int) -> list[T]:
    """The results of `work(*task)` in the order of the tasks."""
    if workers == 1 or len(tasks) == 1:
        return [work(*task) for task in tasks]
    with get_context("fork").Pool(workers) as pool:
        return pool.starmap(work, tasks, chunksize=1)
