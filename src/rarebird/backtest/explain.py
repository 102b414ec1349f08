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
from rarebird.detect.tail import LEAST
from rarebird.incident.account import decided, with_part
from rarebird.incident.telling import Nouns, telling
from rarebird.incident.wording import number, percent
from rarebird.model import instant
from rarebird.model.incident import DecisionRecord, Incident
from rarebird.model.instant import SECOND

MINUTE: Final = 60 * SECOND
_ALARMS: Final = {"began", "again", "larger", "reopened", "joined"}


class Evidence(Struct, frozen=True):
    """What one family had to say, at its most within the minute."""

    family: str
    evidence: float
    """Nats, or how deep in the tail of its kind; 0 where nothing, or only what is open, spoke for a change."""
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
    """Whether it was decided in it to notify people of something, or of what joined it."""
    learned_s: int
    """How long the level had been learned, s of event time."""
    families: tuple[Evidence, ...]
    """Those nearest to an alarm first."""
    incidents: tuple[Incident, ...]
    """Those of which something was decided in it, and those open at its end."""

    def decisions(self, incident: Incident) -> list[DecisionRecord]:
        """What was decided of an incident in the minute."""
        return [made for made in incident.decisions if self.start < made.time <= self.end]


def explanation(replay: Replay, end: int) -> Explanation:
    """Of the minute that ends at an instant, up to which a replay has gone."""
    start = end - MINUTE
    parts = zip(replay.detection.families(), PARTS.tolist(), strict=True)
    families = [_evidence(family, part, replay.budget) for family, part in parts]
    incidents = [one for one in replay.incidents.values() if one.ended is None or one.decisions[-1].time > start]
    return Explanation(
        start=start,
        end=end,
        alarm=any(
            start < made.time <= end and made.reason in _ALARMS and made.tells != "nothing"
            for one in incidents
            for made in one.decisions
        ),
        learned_s=replay.detection.learned_s,
        families=tuple(sorted(families, key=lambda one: (one.over is None, -(one.over or one.usual)))),
        incidents=tuple(incidents),
    )


def _evidence(said: tuple[str, float, float, float], part: float, budget: float) -> Evidence:
    family, evidence, over, usual = said
    if evidence <= usual:
        return Evidence(family, max(evidence, 0.0), None, None, part, usual)
    if over < LEAST / 2:
        return Evidence(family, 0.0, None, None, part, usual)
    return Evidence(family, evidence, over, budget * math.exp(-over), part, usual)


def explanation_lines(told: Explanation, nouns: Nouns) -> Iterator[str]:
    """For people: the verdict, what is open, and a table."""
    start = instant.text(told.start)[:16].replace("T", " ")
    yield f"{start} UTC, for a minute: {_verdict(told)}."
    for incident in told.incidents:
        yield f"  {incident.id}, found at {instant.text(incident.detected)[11:19]}: {telling(incident, nouns)}"
        for made in told.decisions(incident):
            why = decided(made, with_part(incident, made, nouns))
            yield f"    {instant.text(made.time)[11:19]} {made.reason}: {why}."
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
        "decisions": [
            {"incident": incident.id, "time": instant.text(made.time), "reason": made.reason, "tells": made.tells}
            for incident in told.incidents
            for made in told.decisions(incident)
        ],
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
    open_ = ", as the incident that is open holds it" if nearest.over > 0 else ""
    apart = f"{number(abs(nearest.over))} nats {'over' if nearest.over > 0 else 'below'} its limit"
    return f"no new alarm{open_}; the nearest was {nearest.family}, {apart}{returns}"
