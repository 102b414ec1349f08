"""The restless regime with other values, one at a time: what a detector makes of streams it was not tuned on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from benchmarks.detection.contract import Maker
from benchmarks.detection.delay import Delays, Trial
from benchmarks.detection.known import bound
from benchmarks.detection.plan import Plan
from benchmarks.detection.quiet import Quiet
from benchmarks.detection.regimes import RESTLESS, Regime
from benchmarks.detection.work import quiets, trials
from benchmarks.section import table

VARIANTS: Final = {
    "as it is": RESTLESS,
    "0.1 a second": RESTLESS._replace(rate=0.1),
    "0.3 a second": RESTLESS._replace(rate=0.3),
    "1 a second": RESTLESS._replace(rate=1),
    "20 a second": RESTLESS._replace(rate=20),
    "50 a second": RESTLESS._replace(rate=50),
    "100 a second": RESTLESS._replace(rate=100),
    "20 categories": RESTLESS._replace(categories=20),
    "200 categories": RESTLESS._replace(categories=200),
    "wander 4 %": RESTLESS._replace(wander=0.04),
    "wander 16 %": RESTLESS._replace(wander=0.16),
    "wander of 20 min": RESTLESS._replace(wander_time=1_200),
    "wander of 12 h": RESTLESS._replace(wander_time=43_200),
    "2 % follow": RESTLESS._replace(followers=0.02),
    "12 % follow": RESTLESS._replace(followers=0.12),
    "growth 3 % a week": RESTLESS._replace(growth=0.03),
}


class Row(NamedTuple):
    """A variant: what was told while nothing happened, and of the changes."""

    name: str
    regime: Regime
    quiet: list[Quiet]
    trials: list[Trial]


def variants(make: Maker, plan: Plan, names: Sequence[str] = tuple(VARIANTS)) -> list[Row]:
    """Each variant with the same plan."""
    return [
        Row(name, VARIANTS[name], quiets(make, VARIANTS[name], plan), trials(make, VARIANTS[name], plan))
        for name in names
    ]


def variant_table(rows: Sequence[Row]) -> str:
    """Alarms a week, time in alarm, and mean delay over the Poisson bound (silence net of one tick)."""
    names = list(dict.fromkeys(one.placed.change.name for one in rows[0].trials))
    cells = [
        [
            row.name,
            f"{np.mean([one.a_week for one in row.quiet]):.2f}",
            f"{100 * np.mean([one.open_share for one in row.quiet]):.3f} %",
            *(_over_bound([one for one in row.trials if one.placed.change.name == name]) for name in names),
        ]
        for row in rows
    ]
    return table(["restless, but", "alarms a week", "time in alarm", *names], cells)


def _over_bound(own: Sequence[Trial]) -> str:
    delays = Delays.of(own)
    tick = float(own[0].placed.change.name == "silence")
    ratio = (delays.mean - tick) / float(np.mean([bound(one.placed) for one in own]))
    return f"{ratio:.2f}" + (f" ({1 - delays.missed:.0%})" if delays.missed else "")
