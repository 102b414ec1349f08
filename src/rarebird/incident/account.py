"""The account of an incident: all its numbers in words, and what was decided of it, for who wants to know why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from rarebird.incident.silences import is_total_silence
from rarebird.incident.telling import Nouns, begun, beside, category_name, signed
from rarebird.incident.wording import number, percent, span
from rarebird.model import instant
from rarebird.model.incident import Contribution, DecisionRecord, Incident, Reason, Tells
from rarebird.model.instant import SECOND
from rarebird.model.plural import counted

_WHY: Final[dict[Reason, str]] = {
    "began": "it is new",
    "again": "nothing comes once more",
    "larger": "it has grown far larger than people were told",
    "reopened": "what came back has lasted, or is larger than before",
    "over": "it stayed over",
    "unfollowed": "an earlier version followed it, and that could not go on",
    "lasting": "what changed is expected from now on",
    "joined": "something else of the same cause",
    "grown": "it has grown, by less than is news",
    "recovering": "all of it is over, and that is said once it stays so",
    "returned": "it came back before it was said to be over",
    "known": "a part of it came back while it goes on",
    "pending": "it came back after it was said to be over, and is sent once it has lasted for 15 min",
    "brief": "what came back did not last for 15 min",
    "muted": "a mute keeps it back",
    "old": "it was older than an hour when it was found",
    "open": "it goes on",
}
_GETS: Final[dict[Tells, str]] = {
    "message": "a message",
    "edit": "its message is changed",
    "nothing": "nothing is sent",
}


class Row(NamedTuple):
    """A part of the account; several of one name follow one another."""

    name: str
    text: str


def summed_up(incident: Incident, nouns: Nouns) -> str:
    """What it was in words, whether or not it is over, and how long it took."""
    told = begun(incident, nouns)
    if incident.ended is None:
        return told
    return f"{told} Over after {span((incident.ended - incident.began) / SECOND)}."


def account(incident: Incident, nouns: Nouns) -> Iterator[Row]:
    """Row by row: when, what, out of what it is made, what joined it, what was decided of it and why.

    >>> from rarebird.model.incident import Incident
    >>> told = Incident(
    ...     id=1, kind="mix", direction="up", family="surge", category="ME", began=0, detected=240_000_000, ended=None,
    ...     lasting=False, score=1.2, budget_share=0.2, chance_per_week=0.3, events=24, expected=2.0, low=0.0, high=4.8,
    ...     whole=0.0, contributions=(Contribution("ME", 22.0), Contribution(None, -22.0)), muted="2h",
    ... )
    >>> [row.text for row in account(told, Nouns("RSVPs", "states")) if row.name in ("made of", "told")]
    ['ME +22', 'all others -22', 'no, kept back: 2h']
    """
    yield Row("state", _state(incident))
    yield Row("began", f"{_time(incident.began)}, as estimated")
    yield Row("found", f"{_time(incident.detected)}, after {span(incident.window_s)}")
    if incident.opened not in (0, incident.detected):
        yield Row("first found", _time(incident.opened))
    if incident.ended is not None:
        length = span((incident.ended - incident.began) / SECOND)
        yield Row("over", f"{_time(incident.ended)}, after {length}: {_how_over(incident)}")
    yield from _evidence(incident)
    for part in incident.contributions:
        yield Row("made of", f"{_named(part, nouns)} {signed(part.events)}")
    if incident.whole:
        yield Row("in all", signed(incident.whole))
    for joined in incident.joined:
        yield Row("beside it", f"{beside(joined, nouns)}, found {_time(joined.detected)}")
    for made in incident.decisions:
        yield Row("decided", f"{_time(made.time)}, {made.reason}: {decided(made, with_part(incident, made, nouns))}")
    yield Row("told", _told(incident))
    yield Row("looked after", incident.acknowledged or "nobody has said so")
    yield Row("feedback", incident.feedback or "none")


def _how_over(incident: Incident) -> str:
    if incident.turned == "unfollowed":
        return "not followed any more, as another version began"
    if incident.turned:
        return {"silence": "nothing came any more", "up": "too many came", "down": "too few came"}[incident.turned]
    if incident.lasting:
        return "what changed has become the usual"
    return "events come again" if is_total_silence(incident) else "back to what is expected"


def decided(made: DecisionRecord, part: str = "") -> str:
    """Why it was decided, and what people get.

    >>> decided(DecisionRecord(0, "brief", "nothing")), decided(DecisionRecord(0, "joined", "edit"), "no RSVPs")
    ('what came back did not last for 15 min; nothing is sent', 'something else of the same cause, no RSVPs; its \
message is changed, or a line added')
    """
    gets = _GETS[made.tells]
    if made.reason == "joined" and made.tells == "edit":
        gets += ", or a line added"
    why = f"{_WHY[made.reason]}, {part}" if part else _WHY[made.reason]
    return f"{why}; {gets}"


def with_part(incident: Incident, made: DecisionRecord, nouns: Nouns) -> str:
    """What joined with a decision; empty where nothing did."""
    found = [part for part in incident.joined if made.reason == "joined" and part.detected == made.time]
    return beside(found[0], nouns) if found else ""


def _evidence(incident: Incident) -> Iterator[Row]:
    around = f"{number(incident.low)} to {number(incident.high)}"
    yield Row("events", f"{incident.events:,} in {span(incident.window_s)}")
    yield Row("expected", f"{number(incident.expected)}; 95 of 100 such counts lie within {around}")
    share = percent(incident.budget_share)
    yield Row(
        "evidence", f"{incident.family}, {number(incident.score)} nats over its limit, with {share} of the budget"
    )


def _state(incident: Incident) -> str:
    again = f", came back {counted(incident.reopened, 'times')}" if incident.reopened > 1 else ", came back once"
    return incident.phase + (again if incident.reopened else "")


def _told(incident: Incident) -> str:
    if incident.muted:
        return f"no, kept back: {incident.muted}"
    if incident.phase == "firing" and incident.returned and not _is_said(incident):
        return "not again yet: what stops so often is told once an hour"
    if incident.phase == "pending":
        return "not again yet: it came back, and is told anew once it has lasted"
    return "yes"


def _is_said(incident: Incident) -> bool:
    """Whether people were told of the latest return."""
    made = [each.tells == "message" for each in incident.decisions if each.time >= incident.detected]
    return not incident.decisions or any(made)


def _named(part: Contribution, nouns: Nouns) -> str:
    return "all others" if part.category is None else category_name(part.category, nouns)


def _time(time: int) -> str:
    return f"{instant.shown(time)} UTC"
