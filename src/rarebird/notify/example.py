"""An example of what people get, which says that it is a test."""

from __future__ import annotations

from rarebird.incident.telling import Nouns, telling
from rarebird.model.incident import Contribution, Incident
from rarebird.model.instant import SECOND
from rarebird.notify.contract import Notice


def example(now: int) -> Notice:
    """The notice of an incident of fixed numbers that was told at an instant, µs UTC.

    >>> example(0).text[:66]
    'This is a test of rarebird. Events of a test came 12 times as ofte'
    """
    incident = Incident(
        id=1,
        kind="mix",
        direction="up",
        family="surge",
        category="a test",
        began=now - 240 * SECOND,
        detected=now,
        ended=None,
        lasting=False,
        score=1.2,
        budget_share=0.2,
        chance_per_week=0.02,
        events=24,
        expected=2.0,
        low=0.0,
        high=4.8,
        whole=0.0,
        contributions=(Contribution("a test", 22.0),),
    )
    nouns = Nouns()
    return Notice(now, f"This is a test of rarebird. {telling(incident, nouns)}", "test", incident, nouns)
