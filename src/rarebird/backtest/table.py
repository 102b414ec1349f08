"""The table: what a backtest found, and how it fits what happened, as lines of text for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from rarebird.backtest.outcome import LEAST_S, WEEK_S, Outcome
from rarebird.backtest.score import Score
from rarebird.incident.decision import Decision
from rarebird.incident.telling import Nouns, addition, telling
from rarebird.incident.wording import number, percent, span
from rarebird.model import budget, instant
from rarebird.model.plural import counted
from rarebird.stats.rate import poisson_interval

_NAMES: Final = 22
_UNSENT: Final = {
    "pending": "It came back; not sent unless it lasts.",
    "returned": "It came back; not sent, as that was sent three times within six hours and once within the last.",
}


def decision_lines(decision: Decision, nouns: Nouns, width: int) -> list[str]:
    """What is sent in words, behind the number of its incident and the time at which it is, or that it is not."""
    incident, is_sent = decision.incident, decision.reason == "joined" or decision.tells == "message"
    ended = incident.ended if decision.reason in {"over", "lasting"} else None
    if decision.reason == "joined":
        mark, text = "+", addition(incident, nouns)
    else:
        mark, text = "·" if ended is not None else "!" if is_sent else "-", telling(incident, nouns)
    unsent = "" if is_sent else f" {_UNSENT[decision.reason]}"
    return _wrapped(f"{incident.id:>3} {instant.shown(decision.time)} {mark} ", text + unsent, width)


def outcome_lines(outcome: Outcome, width: int) -> Iterator[str]:
    """The numbers of the outcome, by name."""
    for name, value in _rows(outcome):
        yield from _wrapped(f"{name:<{_NAMES}}", value, width)


def _wrapped(head: str, text: str, width: int) -> list[str]:
    """The text behind a head, on lines of at most `width`, but of 40 letters at least."""
    first, *more = wrap(text, max(width - len(head), 40))
    return [head + first, *(" " * len(head) + line for line in more)]


def _rows(outcome: Outcome) -> Sequence[tuple[str, str]]:
    counters = outcome.counters
    parts = ("filtered", "repeats", "late", "future", "malformed")
    left = ", ".join(counted(getattr(counters, part), part) for part in parts if getattr(counters, part))
    rows = [
        (
            "events",
            f"{outcome.events:,} in {counted(outcome.categories, 'categories')}" + (f"; {left}" if left else ""),
        ),
        ("span", _span(outcome)),
        ("incidents", _incidents(outcome)),
    ]
    if outcome.incidents_per_week is not None:
        low, high = outcome.incidents_per_week_low or 0.0, outcome.incidents_per_week_high or 0.0
        often = f"{number(outcome.incidents_per_week)} (95 %: {number(low)} to {number(high)})"
        rows.append(("incidents a week", f"{often}; by chance at most {budget.text(outcome.budget_per_week)}"))
    else:
        rows.append(("by chance", f"at most {budget.text(outcome.budget_per_week)}"))
    if outcome.time_in_alarm is not None:
        rows.append(("time in alarm", percent(outcome.time_in_alarm)))
    rows += (
        ("rule", f"{rule.rule}: alerts on {percent(rule.share)}, fired {counted(rule.fired, 'times')}")
        for rule in outcome.rules
    )
    return rows


def _span(outcome: Outcome) -> str:
    if outcome.first is None or outcome.last is None:
        return "-"
    first, last = (instant.shown(each) for each in (outcome.first, outcome.last))
    return f"{span(outcome.span_s)}, {first} to {last} UTC"


def _incidents(outcome: Outcome) -> str:
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(outcome.by_kind.items()))
    open_ = f"; {outcome.open} not over at the end" if outcome.open else ""
    within = f" in {span(outcome.span_s)}" if outcome.span_s else ""
    return f"{outcome.incidents:,}{within}" + (f": {kinds}" if kinds else "") + open_


def score_lines(score: Score) -> Iterator[str]:
    """A score for people: its numbers, then each change."""
    for name, value in _score_rows(score):
        yield f"{name:<{_NAMES}}{value}"
    if score.trials:
        yield ""
    for trial in score.trials:
        began = instant.shown(trial.began)
        told = f"told after {span(trial.delay_s)} ({trial.told})" if trial.delay_s is not None else "not told"
        yield f"  {began}  {f'{trial.kind} {trial.category}'.strip():<14}{told}"


def _seen_s(score: Score) -> float:
    """The time in which nothing was changed, s, as the interval of the false alarms tells it."""
    return poisson_interval(score.false_alarms)[1] / (score.false_alarms_per_week_high or math.inf) * WEEK_S


def _score_rows(score: Score) -> Iterator[tuple[str, str]]:
    probable = f" ({percent(score.detection_probability)})" if score.detection_probability is not None else ""
    yield "changes told", f"{score.told:,} of {score.changes:,}{probable}"
    if score.delay_median_s is not None and score.delay_mean_s is not None and score.delay_90_s is not None:
        yield "delay, median", span(score.delay_median_s)
        yield "delay, mean", span(score.delay_mean_s)
        yield "delay, 90 of 100", span(score.delay_90_s)
    often = ""
    low, high = score.false_alarms_per_week_low or 0.0, score.false_alarms_per_week_high or 0.0
    if score.false_alarms_per_week is not None and _seen_s(score) >= LEAST_S:
        often = f": {number(score.false_alarms_per_week)} a week (95 %: {number(low)} to {number(high)})"
    yield "false alarms", f"{score.false_alarms:,} of {counted(score.incidents, 'incidents')}{often}"
    if score.time_in_alarm is not None:
        yield "time in alarm", percent(score.time_in_alarm)
    if score.time_in_false_alarm is not None:
        yield "time in false alarm", percent(score.time_in_false_alarm)
