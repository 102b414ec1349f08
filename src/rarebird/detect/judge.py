"""The judge: the evidence of all families on one scale, against one budget of false alarms.

The evidence of a window becomes its depth in the tail of its kind, that of a family its depth in the family's own tail
less -ln of the family's part of the budget; the largest of all families at a tick, and its depth in the tail of the
bank's own half-hourly maxima, decide. An alarm begins where a week brings as much by chance `budget` times:
depth > ln(336 x 0.1 / budget), give or take what past alarms say of it. So the budget holds whatever the families have
in common, and on streams on which their models are wrong.

Memory: 2.5 MB after six weeks. Cost: 6 ms a half hour, 3 µs a tick. Limits: what is rarer than the blocks seen so far
is read off a fitted tail; on the first day it is mostly the guess.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect import lean, surge, tail, thin

FAMILIES: Final = (
    "rate up", "long rate up", "rate down", "long rate down", "silence", "evenest", "evener", "concentrated",
    "most concentrated", "watched up", "watched far up", "watched down", "surge", "surge of slots",
    "surge of long slots", "absence",
)  # fmt: skip
PARTS: Final = np.array(
    [0.27, 0.02, 0.17, 0.01, 0.07, 0.02, 0.06, 0.02, 0.01, 0.04, 0.02, 0.01, 0.20, 0.03, 0.03, 0.02]
)
"""Of the budget; they sum to 1."""
_COST: Final = np.log(PARTS)
UP, DOWN, SILENT, LEAN, SURGE, ABSENT = 0, 2, 4, 5, 12, 15
"""Places of the families; of the rate, up and down, as many as there are lengths of windows."""
SURGES: Final = 1 + len(thin.SLOTS)
MIX: Final = LEAN
"""Families from here on are about the mix, those before about the whole stream."""
_GROWN: Final = 1.5
_FORGET: Final = 1 - 1 / (6 * tail.PER_WEEK)
_PATIENT: Final = 2.0
"""Alarms that speak for the budget being kept."""
_STEERED: Final = 1.7
_CHANCE: Final = 1.2
"""Times the budget: so many alarms may be chance."""
_LOUD: Final = 1.0
"""Nats below the limit from which on there was nearly an alarm."""
_YOUNG: Final = 1 / 7
"""Weeks in which tails are more often wrong than alarms are right."""
_LASTS: Final = 6.0
"""Nats that evidence grows by behind an alarm where a change lasts. Clumps and bursts bring 0 to 3, an hour of the day
that was not known yet 5.6, an outage or a rate that doubles 10 and more. With 4 streams of sessions had 50 alarms on
their first day."""
_UNSEEN: Final = 2.0
"""Times the doubt of a young stream, by which it has to grow more."""
_COMMON: Final = 0.5
"""Of the blocks: where fewer taught the tails, what rings is common. An outage each hour leaves every other."""
_AT_LEAST: Final = 0.05
"""The part of the alarms that tails learn from, however many there are: on some streams much is usual."""
_COLD: Final = 5.0
"""Nats that an alarm has to be over the limit at the start; divided by the half hours seen and one more."""
_GUESS: Final = np.array([7.0, 4.0, 7.0, 4.0, 6.0, *([6.0] * lean.FORMS), 0.0, 0.0, 0.0, 6.0])
"""How many tries a half hour brings, as a logarithm, before any was seen."""
_KIND_GUESS: Final = np.tile(
    np.repeat([5.0, 6.0, 6.0, 6.0, 5.5, 5.5, 5.0, 5.0, 5.0, 5.0, 5.0], len(surge.SPANS) + 1), SURGES
)


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
    """Something else than single categories was open when the block began."""
    alarms: float
    """Alarms so far, forgetting."""
    weeks: float
    """Weeks in which they came, forgetting."""
    heard: float
    """Blocks in which one was rung that tails have learned from, forgetting."""
    loud: float
    """Those in which there was nearly one, or one, forgetting."""
    deaf: tuple[bool, bool] = (False, False)
    """Whether what was open then was of the whole stream, and of its mix."""
    first_score: float = tail.LEAST
    """The largest score with which an alarm began in the block that runs."""
    top_score: float = tail.LEAST
    """The largest score in it, that of what is open included."""


def blank() -> Judge:
    """Nothing learned."""
    count = len(FAMILIES)
    none = tail.Scale(*(np.zeros(0) for _ in range(3)))
    judge = Judge(
        families=tail.blank(count, 0.0),
        kinds=tail.blank(SURGES * surge.CLASSES, surge.LITTLE),
        bank=tail.blank(1),
        family_scale=none,
        kind_scale=none,
        bank_scale=none,
        ceiling=np.full(count, np.inf),
        spoiled=False,
        alarms=0.0,
        weeks=0.0,
        heard=0.0,
        loud=0.0,
    )
    return _scaled(judge)


def surge_depth(judge: Judge, form: int, found: surge.Found) -> NDArray[np.float64]:
    """The depth of each window of a form of surge in the tail of its kind."""
    return judge.kind_scale.each(found.kind + form * surge.CLASSES).depth(found.nats[:, None])[:, 0]


def weigh(judge: Judge, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Depths in the tails of the families, each less what its part of the budget costs; shape (families, ticks)."""
    depth = judge.family_scale.depth(evidence) + _COST[:, None]
    return np.where(evidence > 0, depth, tail.LEAST)


def limit(judge: Judge, budget: float) -> float:
    """How deep in the tail of the bank's own maxima an alarm begins, for `budget` alarms a week.

    It gives way a little, by at most `_STEERED`, to how many alarms there were against how many there should have been.
    """
    steered = (judge.alarms + _PATIENT) / (budget * judge.weeks + _PATIENT)
    return math.log(tail.PER_WEEK * tail.TOP / budget) + math.log(min(max(steered, 1 / _STEERED), _STEERED))


def doubt(judge: Judge) -> float:
    """How far an alarm has to be over the limit, nats, while tails are guessed rather than seen."""
    return _COLD / (1 + judge.weeks * tail.PER_WEEK)


def score(judge: Judge, weighed: NDArray[np.float64], budget: float) -> NDArray[np.float64]:
    """How far each lies over the limit, and over what doubt asks beyond it, nats: above 0 is an alarm."""
    least = limit(judge, budget) + doubt(judge)
    return judge.bank_scale.expected(weighed.ravel()[None, :]).reshape(weighed.shape) - least


def enough(judge: Judge, budget: float, less: float) -> NDArray[np.float64]:
    """The evidence of each family that lies `less` nats below what is an alarm, shape (families,)."""
    depth = max(limit(judge, budget) + doubt(judge) - less, 0.0)
    return judge.family_scale.reach(judge.bank_scale.expected_reach(depth) - _COST)


def note(
    judge: Judge,
    evidence: NDArray[np.float64],
    weighed: NDArray[np.float64],
    surges: Sequence[surge.Look | None],
    top_score: float,
) -> Judge:
    """Takes in the maxima of some ticks; `top_score`: the largest score, that of what is open included."""
    kinds = judge.kinds.running.copy()
    for form, each in enumerate(surges):
        if each is not None:
            np.maximum.at(kinds, each.found.kind + form * surge.CLASSES, each.found.nats)
    return judge._replace(
        families=judge.families._replace(running=np.maximum(judge.families.running, evidence.max(axis=1))),
        kinds=judge.kinds._replace(running=kinds),
        bank=judge.bank._replace(running=np.maximum(judge.bank.running, weighed.max())),
        top_score=max(judge.top_score, top_score),
    )


def rang(judge: Judge, family: int, evidence: float, score: float, *, told: bool = True) -> Judge:
    """An alarm was rung for so much evidence of a family; what it grows to says nothing of usual evidence.

    `score`: how far it was over the limit.

    One that is not told, as feedback holds it back, takes nothing of the budget.
    """
    ceiling = judge.ceiling.copy()
    ceiling[family] = min(ceiling[family], evidence + _GROWN * float(judge.family_scale.excess[family]))
    return judge._replace(ceiling=ceiling, alarms=judge.alarms + told, first_score=max(judge.first_score, score))


def end_block(  # noqa: PLR0913 - what is known, and what is open
    judge: Judge, budget: float, *, warm: bool, whole: bool, mix: bool, unfinished: bool = False
) -> Judge:  # fmt: skip
    """A half hour is over; `whole`, `mix`: what is open as the next begins, single categories aside.

    `unfinished`: whether an alarm of its last minutes is open and nothing speaks against it, so that its evidence may
    still grow.

    What was open from the start says nothing of the usual evidence of its own families, and nothing of that of all
    together. Nor do more half hours in which something began than chance may have brought: with many the bank would go
    deaf.
    """
    judge = judge._replace(
        alarms=judge.alarms * _FORGET,
        weeks=judge.weeks * _FORGET + (1 / tail.PER_WEEK if warm else 0.0),
        heard=judge.heard * _FORGET,
        loud=judge.loud * _FORGET,
    )
    alarmed = bool(np.isfinite(judge.ceiling).any())
    loud = alarmed or bool(score(judge, judge.bank.running, budget)[0] > -_LOUD)
    families, kinds, bank = tail.drop(judge.families), tail.drop(judge.kinds), tail.drop(judge.bank)
    teaches = _may_be_chance(judge, budget, alarmed=alarmed, loud=loud, unfinished=unfinished)
    if warm and not all(judge.deaf) and teaches:
        # What makes one family ring drives others far beyond their usual evidence, too; and some rings none.
        deep = limit(judge, budget) + _GROWN
        most = np.where(np.isfinite(judge.ceiling), judge.ceiling, judge.family_scale.reach(deep - _COST))
        heard = ~np.repeat(judge.deaf, (MIX, len(FAMILIES) - MIX))
        families = tail.close(judge.families, most, heard)
        kinds = kinds if judge.deaf[1] else tail.close(judge.kinds, judge.kind_scale.reach(deep))
        bank = bank if judge.spoiled else tail.close(judge.bank, judge.bank_scale.expected_reach(deep))
        judge = judge._replace(heard=judge.heard + alarmed, loud=judge.loud + loud)
    ceiling = np.full(len(FAMILIES), np.inf)
    judge = judge._replace(families=families, kinds=kinds, bank=bank, ceiling=ceiling)
    judge = judge._replace(first_score=tail.LEAST, top_score=tail.LEAST)
    return _scaled(judge._replace(spoiled=whole or mix, deaf=(whole, mix)))


def _may_be_chance(judge: Judge, budget: float, *, alarmed: bool, loud: bool, unfinished: bool) -> bool:
    """Whether one more block with an alarm, or nearly one, may say what is usual."""
    if is_young(judge):
        return not alarmed or not (unfinished or _has_grown(judge)) or _is_common(judge)
    many = max(_CHANCE * budget * judge.weeks, _AT_LEAST * judge.alarms)
    return not (alarmed and judge.heard + 0.5 > many) and not (loud and judge.loud + 0.5 > many * math.exp(_LOUD))


def is_young(judge: Judge) -> bool:
    """Whether tails are more often wrong than alarms are right; `top_score` is asked for only then."""
    return judge.weeks < _YOUNG


def _has_grown(judge: Judge) -> bool:
    """Whether evidence went on growing behind the alarm as it does where a change lasts: a maximum of chance is brief.

    How far it has to grow is less sure before tails are seen.
    """
    return judge.top_score - judge.first_score > _LASTS + _UNSEEN * doubt(judge)


def _is_common(judge: Judge) -> bool:
    """Whether most blocks said nothing so far: then it is the models that are wrong on this stream."""
    return judge.families.blocks < _COMMON * judge.weeks * tail.PER_WEEK


def _scaled(judge: Judge) -> Judge:
    return judge._replace(
        family_scale=tail.scale(judge.families, _GUESS),
        kind_scale=tail.scale(judge.kinds, _KIND_GUESS),
        bank_scale=tail.scale(judge.bank, np.array([math.log(-math.log(1 - tail.TOP))])),
    )
