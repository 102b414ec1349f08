"""Why there was, or was not, an alarm in one minute: the evidence of each family against its limit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from rarebird.backtest.lines import began
from rarebird.backtest.replay import Replay
from rarebird.detect.judge import PARTS
from rarebird.incident.telling import Nouns, telling
from rarebird.incident.wording import number, percent
from rarebird.model import instant
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND

MINUTE: Final = 60 * SECOND


class Evidence(Struct, frozen=True):
    """What one family had to say, at its most within the minute."""

    family: str
    evidence: float
    """Nats, or how deep in the tail of its kind; 0 and below where nothing spoke for a change."""
    over: float | None
    """How far that was over the limit, nats: above 0 is an alarm. None where no more than usual spoke for a change."""
    chance_per_week: float | None
    """How often a week chance alone brings as much, over all families; None there, too."""
    budget_share: float
    usual: float
    """Evidence that returns at this time of the day, the week or the hour, and more than which it takes; else 0."""


class Explanation(Struct, frozen=True):
    """A minute of event time. Instants are µs UTC."""

    start: int
    end: int
    alarm: bool
    """Whether an incident was told in it."""
    learned_s: int
    """How long the level had been learned, s of event time."""
    families: tuple[Evidence, ...]
    """Those nearest to an alarm first."""
    incidents: tuple[Incident, ...]
    """Told in it, or open at its end."""


def explanation(replay: Replay, end: int) -> Explanation:
    """Of the minute that ends at an instant, up to which a replay has gone."""
    start = end - MINUTE
    parts = zip(replay.detection.families(), PARTS.tolist(), strict=True)
    families = [_evidence(family, part, replay.budget) for family, part in parts]
    incidents = [one for one in replay.incidents.values() if one.ended is None or one.ended > start]
    return Explanation(
        start=start,
        end=end,
        alarm=any(start < one.detected <= end for one in incidents),
        learned_s=replay.detection.learned_s,
        families=tuple(sorted(families, key=lambda one: (one.over is None, -(one.over or one.usual)))),
        incidents=tuple(incidents),
    )


def _evidence(said: tuple[str, float, float, float], part: float, budget: float) -> Evidence:
    family, evidence, over, usual = said
    if evidence <= usual:
        return Evidence(family, max(evidence, 0.0), None, None, part, usual)
    return Evidence(family, evidence, over, budget * math.exp(-over), part, usual)


def explanation_lines(told: Explanation, nouns: Nouns) -> Iterator[str]:
    """For people: the verdict, what is open, and a table."""
    start = instant.text(told.start)[:16].replace("T", " ")
    yield f"{start} UTC, for a minute: {_verdict(told)}."
    for incident in told.incidents:
        yield f"  {incident.id}, told at {instant.text(incident.detected)[11:19]}: {telling(incident, nouns)}"
    yield ""
    yield f"{'family':<22}{'evidence':>10}{'over the limit':>16}{'of the budget':>15}"
    for one in told.families:
        over = "-" if one.over is None else f"{one.over:.1f}"
        evidence = number(one.evidence) if one.evidence else "-"
        yield f"{one.family:<22}{evidence:>10}{over:>16}{percent(one.budget_share):>15}{_usual(one)}"


def _usual(one: Evidence) -> str:
    return f"   up to {number(one.usual)} is usual at this time" if one.over is None and one.usual else ""


def explanation_json(told: Explanation) -> str:
    """One JSON object, instants in ISO 8601."""
    builtin = {
        "start": instant.text(told.start),
        "end": instant.text(told.end),
        "alarm": told.alarm,
        "learned_s": told.learned_s,
        "families": told.families,
        "incidents": [began(incident) for incident in told.incidents],
    }
    return msgspec.json.encode(builtin).decode()


def _verdict(told: Explanation) -> str:
    if told.alarm:
        return "an alarm"
    if not told.learned_s:
        return "no alarm; nothing was known yet of what is usual"
    usual = next((one for one in told.families if one.over is None and one.evidence > 0), None)
    returns = "" if usual is None else f"; what {usual.family} says is usual at this time"
    nearest = told.families[0]
    if nearest.over is None:
        return f"no alarm{returns or '; nothing spoke for a change'}"
    open_ = ", as what is open was told before" if nearest.over > 0 else ""
    apart = f"{number(abs(nearest.over))} nats {'over' if nearest.over > 0 else 'below'} its limit"
    return f"no new alarm{open_}; the nearest was {nearest.family}, {apart}{returns}"
