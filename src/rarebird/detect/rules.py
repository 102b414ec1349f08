"""Several rules at work over the same readings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from rarebird.detect.adaptive import Adaptive
from rarebird.detect.reading import Reading
from rarebird.detect.record import EARLY_S, Record
from rarebird.detect.rule import News, Rule, Sample
from rarebird.model.state import State

_MIX: Final = ("entropy_nats", "watched_share")


class Told(NamedTuple):
    """News, and how often its rule has alerted so far, this reading included."""

    news: News
    share: float
    """Share of its readings on which the rule alerts, 0 to 1."""
    rule: str = ""
    """Which rule it was."""


class Reach(NamedTuple):
    """What a rule that follows a stream can tell at the rate that its first hour had."""

    metric: str
    rate_per_s: float | None
    events: int
    """Those that a reading rests on."""
    usual: float
    low: float
    """Below it a reading is news."""
    high: float
    is_told: bool
    """Whether readings rest on enough events."""


class Rules:
    """Rules and their records. A rule that finds no value in a reading does not judge it.

    Entropy and watched share that rest on fewer than `least` events are not judged: small counts say little.

    >>> from rarebird.detect.limit import Limit
    >>> rules = Rules([Limit("mean_gap_s", "up", fire=20.0, recover=18.0)], least=0)
    >>> [told.share for value in (10.0, None, 21.0) for told in rules.step(Reading(value))]
    [0.5]
    """

    def __init__(self, rules: Iterable[Rule], *, least: int) -> None:
        self.records = [Record(rule) for rule in rules]
        self.least = least
        self._reaches: list[Reach] = []
        self.restarted = False
        """Whether there was a state of rules that were set otherwise, which have begun again."""

    def step(self, reading: Reading) -> list[Told]:
        """Takes a reading in; what is news by it, in the order of the rules."""
        found = []
        for record in self.records:
            sample = self._sample(record, reading)
            if record.age >= EARLY_S and not record.reviewed:
                self._look_at(record, reading)
            if sample is None:
                record.age += 1
                continue
            news = record.step(sample)
            if news is not None:
                found.append(Told(news, record.share, repr(record.rule)))
        return found

    def hold(self, reading: Reading, times: int) -> list[Told]:
        """The same as so many steps with one reading; it costs no more than the steps that change anything."""
        found: list[Told] = []
        while times:
            before = [record.state for record in self.records]
            found += self.step(reading)
            times -= 1
            if before == [record.state for record in self.records]:
                break
        for record in self.records:
            if self._sample(record, reading) is not None:
                record.stay(times)
            else:
                record.age += times
        return found

    def reaches(self) -> list[Reach]:
        """What rules have come to know that they can tell, since this was asked last."""
        found, self._reaches = self._reaches, []
        return found

    def state(self) -> State:
        """All that the rules have learned."""
        return {"records": [record.put_away() for record in self.records]}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own; rules that were set otherwise then begin again."""
        known = {saved["rule"]: saved for saved in state["records"]}
        for record in self.records:
            if repr(record.rule) in known:
                record.bring_back(known[repr(record.rule)])
            elif known:
                self.restarted = True

    def _look_at(self, record: Record, reading: Reading) -> None:
        """Notes what a rule can tell, once its first hour is over."""
        rule = record.rule
        count = _count(rule.metric, reading)
        if not isinstance(rule, Adaptive) or not count:
            return
        record.reviewed = True
        least = self.least if rule.metric in _MIX else rule.least
        low, high = rule.margins(record.state, count)
        usual = rule.level(record.state)
        self._reaches.append(Reach(rule.metric, reading.rate_per_s, count, usual, low, high, count >= least))

    def _sample(self, record: Record, reading: Reading) -> Sample | None:
        metric = record.rule.metric
        value: float | None = getattr(reading, metric)
        count = _count(metric, reading)
        if value is None or (metric in _MIX and count is not None and count < self.least):
            return None
        return Sample(value, count or 0, early=record.age < EARLY_S)


def _count(metric: str, reading: Reading) -> int | None:
    return reading.count if metric in _MIX else reading.gap_count
