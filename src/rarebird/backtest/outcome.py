"""The outcome: what a backtest found, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from rarebird.backtest.replay import Replay
from rarebird.backtest.spans import covered
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.model.snapshot import Counters
from rarebird.stats.rate import poisson_interval

WEEK_S: Final = 7 * 86_400
DAY_S: Final = 86_400
LEAST_S: Final = 3 * DAY_S
"""Of less than this no rate by the day or the week is said: two incidents in three hours are not 112 a week."""


class RuleOutcome(Struct, frozen=True):
    """How often a rule with a limit of its own would have alerted."""

    rule: str
    """What it looks at, and its limit."""
    fired: int
    """How often it began to alert; of single events, how many it would have told."""
    readings: int
    """How many readings, or single events, it judged."""
    share: float
    """On which part of them it alerts."""


class Outcome(Struct, frozen=True, kw_only=True):
    """Instants are µs UTC; None where there was no event, or the span is too short for a rate."""

    first: int | None
    """Event time of the first event."""
    last: int | None
    """Event time of the last."""
    span_s: float
    learned_s: int
    """How long the level was learned, s of event time."""
    events: int
    categories: int
    incidents: int
    open: int
    """Of them, those that were not over at the end."""
    by_kind: dict[str, int]
    """How many incidents of each kind."""
    incidents_per_day: float | None
    incidents_per_week: float | None
    incidents_per_week_low: float | None
    incidents_per_week_high: float | None
    """The exact 95 % interval of a Poisson rate; real changes are among the incidents."""
    budget_per_week: float
    """How many chance may bring."""
    time_in_alarm: float | None
    """The share of the span in which an incident was open."""
    counters: Counters
    rules: tuple[RuleOutcome, ...]
    """Of the rules that were asked for."""


def outcome(replay: Replay, rules: Sequence[RuleOutcome] = ()) -> Outcome:
    """What a replay that is finished found, and what some rules would have told."""
    watch, incidents = replay.watch, replay.incidents.values()
    gaps, tally = watch.gaps, watch.tally
    known = gaps.events > 0
    span = (gaps.last - gaps.first) / SECOND if known else 0.0
    weeks, is_long = span / WEEK_S, span >= LEAST_S
    low, high = poisson_interval(len(incidents))
    return Outcome(
        first=gaps.first if known else None,
        last=gaps.last if known else None,
        span_s=span,
        learned_s=replay.detection.learned_s,
        events=gaps.events,
        categories=int((watch.counts.events > 0).sum()),
        incidents=len(incidents),
        open=sum(incident.ended is None for incident in incidents),
        by_kind=_by_kind(incidents),
        incidents_per_day=len(incidents) / span * DAY_S if is_long else None,
        incidents_per_week=len(incidents) / weeks if is_long else None,
        incidents_per_week_low=low / weeks if is_long else None,
        incidents_per_week_high=high / weeks if is_long else None,
        budget_per_week=replay.budget,
        time_in_alarm=covered(_open(incidents, gaps.last), (gaps.first, gaps.last)) / SECOND / span if span else None,
        counters=Counters(**tally._asdict(), undecided=tally.undecided),
        rules=tuple(rules),
    )


def _open(incidents: Iterable[Incident], end: int) -> list[tuple[int, int]]:
    """For each incident from when it was detected until it was over, or to the end, µs UTC."""
    since = [(each, each.opened if each.grown else each.detected) for each in incidents]
    return [(found, max(end, found) if each.ended is None else each.ended) for each, found in since]


def _by_kind(incidents: Iterable[Incident]) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for incident in incidents:
        kinds[incident.kind] = kinds.get(incident.kind, 0) + 1
    return kinds
