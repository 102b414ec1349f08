"""Several rules at work over the same readings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from rarebird.detect.reading import Reading
from rarebird.detect.record import Record
from rarebird.detect.rule import News, Rule
from rarebird.model.state import State

_SMALL: Final = ("entropy_nats", "watched_share")


class Told(NamedTuple):
    """News, and how often its rule has alerted so far, this reading included."""

    news: News
    share: float
    """Share of its readings on which the rule alerts, 0 to 1."""
    rule: str = ""
    """Which rule it was."""


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
        self._least = least

    def step(self, reading: Reading) -> list[Told]:
        """Takes a reading in; what is news by it, in the order of the rules."""
        found = []
        for record in self.records:
            value = self._value(record.rule.metric, reading)
            news = None if value is None else record.step(value)
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
            if self._value(record.rule.metric, reading) is not None:
                record.stay(times)
        return found

    def state(self) -> State:
        """All that the rules have learned."""
        return {"records": [record.put_away() for record in self.records]}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own; rules that were set otherwise then begin anew."""
        known = {saved["rule"]: saved for saved in state["records"]}
        for record in self.records:
            if repr(record.rule) in known:
                record.bring_back(known[repr(record.rule)])

    def _value(self, metric: str, reading: Reading) -> float | None:
        small = metric in _SMALL and reading.count is not None and reading.count < self._least
        value: float | None = None if small else getattr(reading, metric)
        return value
