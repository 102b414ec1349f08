"""The score: how well what was told fits what is known to have happened."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median
from typing import Final, NamedTuple

from msgspec import Struct

from rarebird.backtest.spans import covered
from rarebird.model.instant import SECOND
from rarebird.stats.rate import poisson_interval

_WEEK: Final = 7 * 86_400 * SECOND
UNTOLD: Final = ("disconnect",)
"""Kinds of changes that alter no event: nothing is to be told of them."""


class Told(NamedTuple):
    """An incident; instants are µs UTC."""

    id: int
    category: str | None
    detected: int
    ended: int | None


class Known(NamedTuple):
    """A change that is known to have happened in [began, ended), µs UTC."""

    kind: str
    category: str
    """Empty where it is not about one."""
    began: int
    ended: int


class Trial(Struct, frozen=True):
    """A change and how it was told."""

    kind: str
    category: str
    began: int
    """µs UTC."""
    told: int | None
    """The id of the first incident that told it; None where none did."""
    delay_s: float | None
    """From its beginning to the detection of that incident."""


class Score(Struct, frozen=True, kw_only=True):
    """Delays are over the changes told, None where none was. Rates are None where no time is left for them."""

    changes: int
    told: int
    detection_probability: float | None
    delay_median_s: float | None
    delay_mean_s: float | None
    delay_90_s: float | None
    """Within which 90 of 100 of them were told: the smallest of the delays that is enough."""
    incidents: int
    false_alarms: int
    """Incidents that told no change."""
    false_alarms_per_week: float | None
    """Over the time outside all changes and their grace."""
    false_alarms_per_week_low: float | None
    false_alarms_per_week_high: float | None
    """The exact 95 % interval of a Poisson rate."""
    time_in_alarm: float | None
    """The share of the span in which an incident was open."""
    time_in_false_alarm: float | None
    """That in which a false alarm was."""
    trials: tuple[Trial, ...]
    """In the order of the changes."""


def score(told: Sequence[Told], known: Sequence[Known], span: tuple[int, int], grace: int) -> Score:
    """How incidents fit changes over a span of event time, µs UTC.

    An incident tells a change when it was detected within [began, ended + grace], unless both are about one category
    and not about the same. What it says of the change is not judged: a surge may be told as a rate or as a mix. The
    first incident that tells a change gives its delay; one incident may tell several changes, and one that was open
    before a change began does not tell it. An incident that tells no change is a false alarm.

    >>> found = score([Told(1, "ME", 90, 120)], [Known("surge", "ME", 60, 100)], (0, 1_000), grace=10)
    >>> found.detection_probability, found.delay_mean_s, found.false_alarms
    (1.0, 3e-05, 0)
    """
    changes = [change for change in known if change.kind not in UNTOLD]
    trials = tuple(_trial(change, told, grace) for change in changes)
    false = [one for one in told if not any(_tells(one, change, grace) for change in changes)]
    delays = sorted(trial.delay_s for trial in trials if trial.delay_s is not None)
    length = span[1] - span[0]
    free = length - covered([(change.began, change.ended + grace) for change in changes], span)
    low, high = poisson_interval(len(false))
    return Score(
        changes=len(changes),
        told=len(delays),
        detection_probability=len(delays) / len(changes) if changes else None,
        delay_median_s=median(delays) if delays else None,
        delay_mean_s=fmean(delays) if delays else None,
        delay_90_s=delays[math.ceil(0.9 * len(delays)) - 1] if delays else None,
        incidents=len(told),
        false_alarms=len(false),
        false_alarms_per_week=len(false) / free * _WEEK if free else None,
        false_alarms_per_week_low=low / free * _WEEK if free else None,
        false_alarms_per_week_high=high / free * _WEEK if free else None,
        time_in_alarm=covered(_open(told, span), span) / length if length else None,
        time_in_false_alarm=covered(_open(false, span), span) / length if length else None,
        trials=trials,
    )


def _open(told: Sequence[Told], span: tuple[int, int]) -> list[tuple[int, int]]:
    return [(one.detected, max(span[1], one.detected) if one.ended is None else one.ended) for one in told]


def _tells(told: Told, change: Known, grace: int) -> bool:
    other = bool(change.category) and told.category is not None and told.category != change.category
    return change.began <= told.detected <= change.ended + grace and not other


def _trial(change: Known, told: Sequence[Told], grace: int) -> Trial:
    telling = [one for one in told if _tells(one, change, grace)]
    first = min(telling, key=lambda one: one.detected, default=None)
    delay = None if first is None else (first.detected - change.began) / SECOND
    return Trial(change.kind, change.category, change.began, None if first is None else first.id, delay)
