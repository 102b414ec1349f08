"""The judge: the evidence of all families on one scale, against one budget of false alarms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import lean, surge, tail, thin

FAMILIES: Final = (
    "rate up", "rate down", "silence", "evenest", "evener", "concentrated", "most concentrated", "watched up",
    "watched far up", "watched down", "surge", "surge of slots", "surge of long slots", "absence",
)  # fmt: skip
PARTS: Final = np.array([0.11, 0.09, 0.06, 0.05, 0.06, 0.04, 0.03, 0.05, 0.03, 0.03, 0.22, 0.07, 0.07, 0.09])
"""Of the budget; they sum to 1."""
UP, DOWN, SILENT, LEAN, SURGE, ABSENT = 0, 1, 2, 3, 10, 13
SURGES: Final = 1 + len(thin.SLOTS)
MIX: Final = LEAN
"""Families from here on are about the mix, those before about the whole stream."""
_GUESS: Final = np.array([7.0, 7.0, 6.0, *([6.0] * lean.FORMS), 0.0, 0.0, 0.0, 6.0])
"""How many tries a half hour brings, as a logarithm, before any was seen."""
_KIND_GUESS: Final = np.tile(np.repeat([5.0, 6.0, 6.0, 6.0, 5.5, 5.5, 5.0, 5.0, 5.0, 5.0, 5.0], len(surge.SPANS) + 1), SURGES)
_WARM: Final = 600


class Judge(NamedTuple):
    """What was learned of the evidence itself."""

    families: tail.Maxima
    kinds: tail.Maxima
    """Of windows of surges: by form, and in it by events and length."""
    bank: tail.Maxima
    family_scale: tail.Scale
    kind_scale: tail.Scale
    bank_scale: tail.Scale
    ceiling: NDArray[np.float64]
    """By family: where an alarm was rung in the block that runs, the evidence that was enough for it; else inf."""
    spoiled: bool
    """An incident was open when the block began."""


def blank() -> Judge:
    """Nothing learned."""
    count = len(FAMILIES)
    none = tail.Scale(*(np.zeros(0) for _ in range(3)))
    judge = Judge(tail.blank(count, 0.0), tail.blank(SURGES * surge.CLASSES, surge.LITTLE), tail.blank(1), none, none, none, np.full(count, np.inf), False)
    return _scaled(judge)


def limit(budget: float) -> float:
    """How deep in the tail of the bank's own maxima an alarm begins, for `budget` alarms a week."""
    return math.log(tail.PER_WEEK * tail.TOP / budget)


def surge_depth(judge: Judge, form: int, found: surge.Found) -> NDArray[np.float64]:
    """The depth of each window of a form of surge in the tail of its kind."""
    return judge.kind_scale.each(found.kind + form * surge.CLASSES).depth(found.nats[:, None])[:, 0]


def weigh(judge: Judge, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Depths in the tails of the families, each less what its part of the budget costs; shape (families, ticks)."""
    depth = judge.family_scale.depth(evidence) + np.log(PARTS)[:, None]
    return np.where(evidence > 0, depth, tail.LEAST)


def score(judge: Judge, weighed: NDArray[np.float64], budget: float) -> NDArray[np.float64]:
    """How far each lies over the limit, nats: above 0 is an alarm."""
    return judge.bank_scale.depth(weighed.ravel()[None, :]).reshape(weighed.shape) - limit(budget)


def note(
    judge: Judge, evidence: NDArray[np.float64], weighed: NDArray[np.float64], surges: Sequence[surge.Look | None]
) -> Judge:
    """Takes in the maxima of some ticks."""
    kinds = judge.kinds.running.copy()
    for form, seen in enumerate(surges):
        if seen is not None:
            np.maximum.at(kinds, seen.found.kind + form * surge.CLASSES, seen.found.nats)
    return judge._replace(
        families=judge.families._replace(running=np.maximum(judge.families.running, evidence.max(axis=1))),
        kinds=judge.kinds._replace(running=kinds),
        bank=judge.bank._replace(running=np.maximum(judge.bank.running, weighed.max())),
    )


def rang(judge: Judge, family: int, evidence: float) -> Judge:
    """An alarm was rung for so much evidence of a family."""
    ceiling = judge.ceiling.copy()
    ceiling[family] = min(ceiling[family], evidence)
    return judge._replace(ceiling=ceiling)


def end_block(judge: Judge, budget: float, *, warm: bool, open_: bool) -> Judge:
    """A half hour is over. One in which an incident was open from the start says nothing of usual evidence."""
    ceiling = np.full(len(FAMILIES), np.inf)
    if judge.spoiled or not warm:
        return judge._replace(
            families=tail.drop(judge.families), kinds=tail.drop(judge.kinds), bank=tail.drop(judge.bank),
            ceiling=ceiling,
            spoiled=open_,
        )
    alarmed = bool(np.isfinite(judge.ceiling).any())
    most = judge.bank_scale.reach(limit(budget)) if alarmed else None
    return _scaled(
        judge._replace(
            families=tail.close(judge.families, judge.ceiling),
            kinds=tail.close(judge.kinds),
            bank=tail.close(judge.bank, most),
            ceiling=ceiling,
            spoiled=open_,
        )
    )


def _scaled(judge: Judge) -> Judge:
    return judge._replace(
        family_scale=tail.scale(judge.families, _GUESS),
        kind_scale=tail.scale(judge.kinds, _KIND_GUESS),
        bank_scale=tail.scale(judge.bank, np.array([math.log(-math.log(1 - tail.TOP))])),
    )
