"""Incidents in words: each kind and direction, and always whole sentences."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from rarebird.incident.telling import Nouns, telling
from rarebird.model.incident import Contribution, Direction, Incident, Joined, Kind
from rarebird.model.instant import SECOND

MINUTE = 60 * SECOND
RSVPS = Nouns("RSVPs", "states", {"ME": "Maine", "CA": "California", "NY": "New York"})


def incident(kind: Kind, direction: Direction, **other: Any) -> Incident:
    base: dict[str, Any] = {
        "id": 1, "kind": kind, "direction": direction, "family": "", "category": None, "began": 0,
        "detected": 4 * MINUTE, "ended": None, "lasting": False, "score": 1.2, "budget_share": 0.1,
        "chance_per_week": 0.3, "events": 24, "expected": 2.0, "low": 0.0, "high": 4.8, "whole": 22.0,
        "contributions": (),
    }  # fmt: skip
    return Incident(**{**base, **other})


TOLD = [
    (
        incident("mix", "up", category="ME"),
        "RSVPs from Maine came 12 times as often as expected: 24 instead of 2 (0 to 4.8) in 4 min.",
    ),
    (
        incident("mix", "up", contributions=(Contribution("CA", 14.2), Contribution("NY", 6), Contribution(None, 2))),
        "RSVPs of many states at once came 12 times as often as expected: 24 instead of 2 (0 to 4.8) in 4 min. "
        "Most of it: California +14, New York +6.",
    ),
    (
        incident("mix", "up", category="ME", expected=0.06),
        "RSVPs from Maine came 24 times in 4 min, where only 0.06 were expected.",
    ),
    (
        incident("mix", "down", category="ME", events=4, expected=20, low=12, high=28),
        "RSVPs from Maine fell to 20 % of what is expected: 4 instead of 20 (12 to 28) in 4 min.",
    ),
    (
        incident("rate", "up", contributions=(Contribution("CA", 14.2), Contribution("NY", 6), Contribution(None, 2))),
        "RSVPs came 12 times as often as expected: 24 instead of 2 (0 to 4.8) in 4 min. "
        "Most of it: California +14, New York +6.",
    ),
    (
        incident("rate", "down", events=57, expected=118, low=97, high=139),
        "RSVPs fell to 48 % of what is expected: 57 instead of 118 (97 to 139) in 4 min.",
    ),
    (
        incident("silence", "down", events=0, expected=38, low=26, high=50, detected=35 * SECOND),
        "No RSVPs for 35 s, where 38 (26 to 50) were expected.",
    ),
    (
        incident("silence", "down", events=0, category="ME", expected=12, low=5.2, high=19),
        "No RSVPs from Maine for 4 min, where 12 (5.2 to 19) were expected.",
    ),
    (
        incident("event", "up", events=1, category="ME", expected=0.002, detected=2 * SECOND),
        "A rare one: 1 of the RSVPs from Maine where only 0.002 were expected in 2 s.",
    ),
    (
        incident("mix", "even", events=120, expected=80, low=63, high=97),
        "RSVPs spread more evenly over the states than expected: those that gained have 120 instead of 80 (63 to 97) "
        "in 4 min.",
    ),
    (
        incident("mix", "concentrated", events=120, expected=80, low=63, high=97),
        "RSVPs crowd into fewer states than expected: those that gained have 120 instead of 80 (63 to 97) in 4 min.",
    ),
    (
        incident("mix", "up", family="watched up", events=120, expected=80, low=63, high=97),
        "RSVPs of the watched states together came 1.5 times as often as expected: 120 instead of 80 (63 to 97) "
        "in 4 min.",
    ),
]


@pytest.mark.parametrize(("incident", "words"), TOLD, ids=[f"{one.kind} {one.direction}" for one, _ in TOLD])
def test_an_incident_is_told_with_its_numbers(incident: Incident, words: str) -> None:
    assert telling(incident, RSVPS) == words


def test_a_category_without_a_name_is_told_by_its_code() -> None:
    assert telling(incident("mix", "up", category="ak"), Nouns()).startswith("Events of ak came 12 times")


ENDED = [
    (
        incident("mix", "up", category="ME", ended=12 * MINUTE),
        "RSVPs from Maine: back to what is expected, after 12 min.",
    ),
    (incident("silence", "down", ended=12 * MINUTE), "RSVPs come again, after 12 min."),
    (
        incident("silence", "down", category="ME", ended=12 * MINUTE),
        "RSVPs from Maine: back to what is expected, after 12 min.",
    ),
    (
        incident("rate", "up", ended=12 * MINUTE, turned="silence"),
        "RSVPs: more than expected for 12 min, until none came.",
    ),
    (
        incident("rate", "down", ended=12 * MINUTE, turned="up"),
        "RSVPs: fewer than expected for 12 min, until more than expected came.",
    ),
    (
        incident("silence", "down", ended=12 * MINUTE, turned="up"),
        "RSVPs: none for 12 min, until more than expected came.",
    ),
    (
        incident("mix", "even", ended=12 * MINUTE),
        "How RSVPs spread over the states: back to what is expected, after 12 min.",
    ),
    (
        incident("rate", "up", ended=12 * MINUTE, turned="unfollowed"),
        "RSVPs: not followed any more after 12 min, as another version of rarebird began.",
    ),
    (
        incident("rate", "up", ended=180 * MINUTE, lasting=True),
        "RSVPs: what changed 3 h ago has stayed, and is what is expected from now on.",
    ),
]


@pytest.mark.parametrize(("incident", "words"), ENDED, ids=[words for _, words in ENDED])
def test_its_end_is_told_with_what_it_was_for_that_may_not_have_been_told(incident: Incident, words: str) -> None:
    began = telling(replace(incident, ended=None, lasting=False), RSVPS)
    told = telling(incident, RSVPS)
    assert told.startswith(f"{words} It began as: ")
    assert began.lower().startswith(told.removeprefix(f"{words} It began as: ").lower())


def test_a_rate_that_departs_with_a_category_is_named_with_how_much_it_departs() -> None:
    part = Joined("rate", "up", "rate up", None, 4 * MINUTE, 0, 280, 200.0)
    words = "With it: more RSVPs than expected (x1.4)."
    for given in ({"lifted": part}, {"joined": (part,)}, {"lifted": part, "joined": (part,)}):
        told = telling(incident("mix", "up", category="ME", **given), RSVPS)
        assert told.partition(words)[1:] == (words, "")
