"""A record: a rule at work, and how often it would have told something so far."""

from __future__ import annotations

from typing import Any, Final

from rarebird.detect.rule import News, Rule, Sample, State

EARLY_S: Final = 3600
"""How long limits that follow the stream only move, s."""


class Record:
    """A rule, where its readings stand, and counts of them.

    >>> from rarebird.detect.limit import Limit
    >>> record = Record(Limit("mean_gap_s", "up", fire=20.0, recover=18.0))
    >>> told = [record.step(Sample(value)) for value in (10.0, 21.0, 22.0, 17.0)]
    >>> record.share, record.fired
    (0.5, 1)
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.state = rule.blank()
        self.readings = 0
        self.alerting = 0
        """Readings at which its news was open."""
        self.fired = 0
        self.age = 0
        """Seconds since it began, those included in which there was nothing to judge."""
        self.reviewed = False
        """Whether it was looked at what it can tell, once its first hour was over."""

    def step(self, sample: Sample) -> News | None:
        """Takes a reading in; the news if there is one."""
        self.age += 1
        self.state, news = self.rule.step(self.state, sample)
        self.readings += 1
        self.alerting += self.state.firing
        self.fired += news is not None and news.phase == "fired"
        return news

    def stay(self, times: int) -> None:
        """Counts readings that left all as it was."""
        self.age += times
        self.readings += times
        self.alerting += times * self.state.firing

    def put_away(self) -> dict[str, Any]:
        """All that it has learned, and of which rule, as plain values."""
        counts = [self.readings, self.alerting, self.fired, self.age]
        return {"rule": repr(self.rule), "state": list(self.state), "counts": counts}

    def bring_back(self, saved: dict[str, Any]) -> None:
        """Goes on from what was put away."""
        self.state = State(*saved["state"])
        self.readings, self.alerting, self.fired, *age = saved["counts"]
        self.age = age[0] if age else self.readings
        self.reviewed = self.age > EARLY_S

    @property
    def share(self) -> float:
        """The share of readings on which it alerts; 0 without readings."""
        return self.alerting / self.readings if self.readings else 0.0
