"""The table: what a backtest found, as lines of text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from rarebird.backtest.outcome import Outcome
from rarebird.incident.telling import Nouns, telling
from rarebird.incident.wording import number, percent, span
from rarebird.model import budget, instant
from rarebird.model.incident import Incident

_NAMES: Final = 22


def incident_lines(incident: Incident, nouns: Nouns, width: int) -> list[str]:
    """An incident in words, behind its number and the time at which it was told, or was over."""
    over = incident.ended is not None
    time = instant.text(incident.detected if incident.ended is None else incident.ended)[:19].replace("T", " ")
    head = f"{incident.id:>3} {time} {'·' if over else '!'} "
    return _wrapped(head, telling(incident, nouns), width)


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
    left = ", ".join(f"{getattr(counters, part):,} {part}" for part in parts if getattr(counters, part))
    rows = [
        ("events", f"{outcome.events:,} in {outcome.categories:,} categories" + (f"; {left}" if left else "")),
        ("span", _span(outcome)),
        ("incidents", _incidents(outcome)),
    ]
    if outcome.incidents_per_week is not None:
        low, high = outcome.incidents_per_week_low or 0.0, outcome.incidents_per_week_high or 0.0
        often = f"{number(outcome.incidents_per_week)} (95 %: {number(low)} to {number(high)})"
        rows.append(("incidents a week", f"{often}; by chance at most {budget.text(outcome.budget_per_week)}"))
    if outcome.time_in_alarm is not None:
        rows.append(("time in alarm", percent(outcome.time_in_alarm)))
    return rows


def _span(outcome: Outcome) -> str:
    if outcome.first is None or outcome.last is None:
        return "-"
    first, last = (instant.text(each)[:19].replace("T", " ") for each in (outcome.first, outcome.last))
    return f"{span(outcome.span_s)}, {first} to {last} UTC"


def _incidents(outcome: Outcome) -> str:
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(outcome.by_kind.items()))
    open_ = f"; {outcome.open} not over at the end" if outcome.open else ""
    return f"{outcome.incidents:,}" + (f": {kinds}" if kinds else "") + open_
