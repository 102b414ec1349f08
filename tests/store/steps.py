"""Steps and spans as tests draw and compare them, and a store as simple as its contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import strategies as st

from rarebird.model.history import LEVELS, Span, Spans
from rarebird.model.position import Position
from rarebird.store.contract import Retention, Saved, Step

SECOND = 1_000_000
Plain = tuple[int, int, int, dict[int, int]]

any_text = st.text(st.characters(), max_size=8)
positions = st.builds(
    Position, offset=st.integers(0, 2**62), event_id=st.text(max_size=8), since=st.integers(-9, 2**62)
)
steps = st.builds(
    Step,
    journal=st.lists(st.binary(max_size=20), max_size=4).map(tuple),
    checkpoint=st.none() | st.binary(max_size=20),
    positions=st.none() | st.dictionaries(any_text, positions, max_size=3),
    names=st.lists(any_text, max_size=3).map(tuple),
    status=st.none() | st.binary(max_size=20),
)


def span(start: int, counts: Mapping[int, int], length: int = 1) -> Span:
    """A span whose events are at its beginning and its end."""
    codes = sorted(counts)
    events = np.array([counts[code] for code in codes], np.int64)
    return Span(start, start * SECOND, (start + length) * SECOND - 1, np.array(codes, np.int32), events)


def history(*spans: Span) -> Spans:
    """Spans as a step takes them: of those with one start the last."""
    return Spans.of(sorted({one.start: one for one in spans}.values(), key=lambda one: one.start))


def plain(spans: Sequence[Span]) -> list[Plain]:
    """Spans as values that can be compared."""
    return [(s.start, s.first, s.last, dict(zip(s.category.tolist(), s.events.tolist(), strict=True))) for s in spans]


def after(saved: Saved, step: Step) -> Saved:
    """What a store holds after a step, by the words of the contract."""
    journal = saved.journal + step.journal
    return Saved(
        checkpoint=saved.checkpoint if step.checkpoint is None else step.checkpoint,
        journal=journal if step.checkpoint is None else (),
        positions=saved.positions | (step.positions or {}),
        names=saved.names + step.names,
    )


class PlainHistory:
    """All seconds ever, summed anew for each question; knows when each level was dropped."""

    def __init__(self, retention: Retention) -> None:
        self.kept_for = (retention.s, retention.m, retention.h)
        self.seconds: dict[int, Span] = {}
        self.cuts = [-(10**18)] * 3

    def add(self, spans: Sequence[Span], moved: int | None) -> None:
        """One step."""
        self.seconds |= {span.start: span for span in spans if span.start >= self.cuts[0]}
        if moved is None:
            return
        for level, unit in enumerate((60, 3600, 3600)):
            cut = moved // SECOND - self.kept_for[level]
            cut = min(cut, self.cuts[level - 1]) if level else cut
            self.cuts[level] = max(self.cuts[level], cut - cut % unit)

    def spans(self, level: int, start: int, end: int) -> list[Plain]:
        """The spans of one level that overlap a range and are kept."""
        length = list(LEVELS.values())[level]
        found: dict[int, Plain] = {}
        for at in sorted(self.seconds):
            begin = at - at % length
            if begin < self.cuts[level] or begin >= end or begin + length <= start:
                continue
            (_, first, last, counts) = plain([self.seconds[at]])[0]
            _, first_before, last_before, before = found.get(begin, (begin, first, last, {}))
            summed = {code: before.get(code, 0) + counts.get(code, 0) for code in before | counts}
            found[begin] = begin, min(first, first_before), max(last, last_before), summed
        return list(found.values())

    def asked(self, start: int, end: int, most: int) -> list[Plain]:
        """The finest level of which nothing was dropped within the range, and that has at most so many spans."""
        hours = self.spans(2, -(10**15), 10**15)
        if not hours:
            return []
        for level in (0, 1):
            spans = self.spans(level, start, end)
            if max(start, hours[0][1] // SECOND) >= self.cuts[level] and len(spans) <= most:
                return spans
        return self.spans(2, start, end)
