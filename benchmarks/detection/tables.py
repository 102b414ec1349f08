"""The tables of this benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.changes import LENGTH, Placed
from benchmarks.detection.delay import Aftermath, Delays, Trial
from benchmarks.detection.known import Known, bound
from benchmarks.detection.quiet import Quiet
from benchmarks.detection.work import Match
from benchmarks.section import table

_WORST: Final = {"season": (2.0, 1.5), "restless": (7.0, 5.0)}
"""What the worst of the nine must and aims to reach."""


def delay_table(trials: Sequence[Trial], known: Sequence[Known], regime: str) -> str:
    """How long each change took, beside the CUSUM that knows it and the Poisson bound, over the same changes.

    "must" and "aim" are the issue's: over the CUSUM, for the restless regime over the bound. Silence counts net of one
    tick.
    """
    rows, worst = [], 0.0
    for each in known:
        own = [one for one in trials if one.placed.change == each.change]
        delays = Delays.of(own)
        best = float(np.mean([each.delay(one.placed) for one in own]))
        least = float(np.mean([bound(one.placed) for one in own]))
        tick = float(each.change.name == "silence")
        over_best, over_least = (delays.mean - tick) / (best - tick), (delays.mean - tick) / least
        must, aim = each.change.restless if regime == "restless" else each.change.season
        judged = over_least if regime == "restless" else over_best
        worst = max(worst, judged)
        row = [each.change.name, f"{len(own)}", f"{1 - delays.missed:.3f}"]
        row += [f"{value:,.1f}" for value in (delays.mean, delays.median, delays.late, best, least)]
        rows.append([*row, f"{over_best:.2f}", f"{over_least:.2f}", f"{must}", f"{aim}", _judgement(judged, must, aim)])
    must, aim = _WORST.get(regime, _WORST["season"])
    rows.append(["worst", *[""] * 9, f"{must}", f"{aim}", f"{worst:.2f}, {_judgement(worst, must, aim)}"])
    head = ["change", "times", "told", "mean, s", "median", "90 %", "CUSUM, mean", "bound, mean"]
    return table([*head, "over CUSUM", "over bound", "must", "aim", ""], rows)


def _judgement(value: float, must: float, aim: float) -> str:
    return "aim" if value <= aim else "must" if value <= must else "short"


def first_told(trials: Sequence[Trial]) -> str:
    """By what each change was told first."""
    rows = []
    for change in dict.fromkeys(one.placed.change.name for one in trials):
        names = [one.name or "missed" for one in trials if one.placed.change.name == change]
        counted = sorted(((names.count(name), name) for name in set(names)), reverse=True)
        rows.append([change, ", ".join(f"{name} {number}" for number, name in counted)])
    return table(["change", "told first by"], rows)


def ending_table(found: Sequence[Aftermath]) -> str:
    """How often each change was told, and whether that was over half an hour after it."""
    rows = []
    for name in dict.fromkeys(one.placed.change.name for one in found):
        own = [one for one in found if one.placed.change.name == name]
        number = np.array([len(one.told) for one in own])
        more = (f"{np.mean(number > most):.2f}" for most in (1, 2))
        still = np.mean([one.is_open for one in own])
        rows.append([name, f"{len(own)}", f"{np.mean(number == 0):.2f}", f"{number.mean():.2f}", *more, f"{still:.2f}"])
    return table(["change", "times", "never told", "told, mean", "more than once", "than twice", "open after"], rows)


def quiet_table(found: Sequence[Quiet]) -> str:
    """Alarms a week and time in alarm of each seed, and of all."""
    rows = [
        [
            f"{one.world.seed}",
            f"{one.weeks}",
            f"{one.a_week:.2f}",
            f"{max(one.by_week)}",
            f"{100 * one.open_share:.3f} %",
            f"{len(one.learning)}",
            f"{one.seconds:.2f}",
            ", ".join(f"{name} {number}" for name, number in one.kinds.most_common()),
        ]
        for one in found
    ]
    weeks = sum(one.weeks for one in found)
    rows.append(
        [
            "all",
            f"{weeks}",
            f"{sum(len(one.told) for one in found) / weeks:.2f}",
            f"{max(max(one.by_week) for one in found)}",
            f"{100 * sum(one.open_share * one.weeks for one in found) / weeks:.3f} %",
            f"{sum(len(one.learning) for one in found)}",
            f"{float(np.mean([one.seconds for one in found])):.2f}",
            "",
        ]
    )
    head = [
        "seed",
        "weeks",
        "alarms a week",
        "most in one",
        "time in alarm",
        "while learning",
        "CPU s a week",
        "by what",
    ]
    return table(head, rows)


def rival_table(found: Sequence[Match]) -> str:
    """Mean delay of each rival in seconds, and the share it told where that is not all."""
    names = list(found[0].delays)
    rows = [
        [
            one.limited.rival.name,
            f"{one.limited.limit:.2f}",
            f"{one.a_week:.2f}",
            f"{100 * one.open_share:.3f} %",
            *(_rival_cell(np.array(one.delays[name])) for name in names),
        ]
        for one in found
    ]
    return table(["rival", "limit", "alarms a week", "time in alarm", *names], rows)


def _rival_cell(delays: NDArray[np.float64]) -> str:
    told = float(np.mean(delays < LENGTH))
    return f"{delays.mean():,.0f}" + (f" ({told:.0%})" if told < 1 else "")


def known_table(known: Sequence[Known], placed: Sequence[Placed]) -> str:
    """The CUSUM that knows each change and the Poisson bound, at the moments of the changes given."""
    rows = []
    for one in known:
        own = [each for each in placed if each.change == one.change]
        delays = [one.delay(each) for each in own]
        least = float(np.mean([bound(each) for each in own]))
        spread = (np.mean(delays), np.median(delays), np.quantile(delays, 0.9))
        rows.append([one.change.name, f"{one.limit:.2f}", *(f"{value:,.1f}" for value in spread), f"{least:,.1f}"])
    return table(["change", "limit, nats", "CUSUM, mean s", "median", "90 %", "bound, mean s"], rows)
