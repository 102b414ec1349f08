"""Relearning: from a history comes what was learned when the events came, but for what is left out."""

from __future__ import annotations

import numpy as np
import pytest

from rarebird.detect import level
from rarebird.detect.bank import Bank
from rarebird.detect.counts import Counts
from rarebird.detect.relearn import LeftOut
from rarebird.detect.shares import expect
from rarebird.model.clock import UTC
from rarebird.model.history import Past, Span, Spans
from tests.detect.streams import DAY, HOUR, START, USUAL, as_bytes, begun, drawn, run
from tests.effort import slow_after_first


def history(counts: Counts, length: int, start: int = 0, end: int = 1 << 40) -> Past:
    """What a store holds of counts, in spans of so many seconds that begin in [start, end)."""
    span = counts.tick // length * length
    spans = []
    for begin in np.unique(span[(span >= start) & (span < end)]).tolist():
        rows = span == begin
        codes, place = np.unique(counts.category[rows], return_inverse=True)
        events = np.bincount(place, counts.events[rows]).astype(np.int64)
        spans.append(Span(begin, begin, begin, codes, events))
    return Past(length, Spans.of(spans))


@pytest.mark.parametrize(("late", "length"), slow_after_first((137, 60), (0, 60), (0, 1), (137, 1)))
def test_where_nothing_is_left_out_the_same_comes_out_to_the_bit(length: int, late: int) -> None:
    bank, stream = Bank(), drawn(3, [(DAY + 7_201, USUAL)], START + late)
    state, told = run(bank, [stream])
    assert told == []
    again = bank.relearned(run(bank, [stream])[0], [history(stream, length)], [])
    assert as_bytes((again.level, again.shares)) == as_bytes((state.level, state.shares))


def test_what_was_counted_by_the_hour_gives_nearly_the_same() -> None:
    bank, stream = Bank(), drawn(3, [(3 * DAY, USUAL)])
    state, _ = run(bank, [stream])
    at = START + 2 * DAY
    past = [history(stream, 3600, end=at), history(stream, 60, start=at)]
    again = bank.relearned(run(bank, [stream])[0], past, [])
    assert again.level.age == state.level.age
    for hour in range(0, DAY, HOUR):
        now = state.now + hour
        assert level.expected(again.level, UTC, now) == pytest.approx(level.expected(state.level, UTC, now), rel=0.05)
    one, other = (expect(each.shares, UTC, state.now).share for each in (state, again))
    assert other == pytest.approx(one, rel=0.05)


def test_a_stretch_that_is_left_out_is_as_if_it_had_never_been() -> None:
    bank = Bank()
    poisoned = [3 * rate for rate in (0.2, 0.5, 0.3, 1.4)]
    stream = drawn(3, [(2 * DAY, USUAL), (8 * HOUR, poisoned), (2 * HOUR, USUAL)])
    stretch = LeftOut(START + 2 * DAY, START + 2 * DAY + 8 * HOUR)
    state, _ = run(bank, [stream])
    before = level.expected(state.level, UTC, stretch.start + 5 * HOUR)
    state = bank.relearned(state, [history(stream, 60)], [stretch])
    assert level.expected(state.level, UTC, stretch.start + 5 * HOUR) == pytest.approx(sum(USUAL), rel=0.1)
    assert before > 1.2 * sum(USUAL)
    assert expect(state.shares, UTC, state.now).share[:4] == pytest.approx(np.array(USUAL) / sum(USUAL), rel=0.2)
    _, told = run(bank, [drawn(9, [(6 * HOUR, USUAL)], state.now)], state)
    assert begun(told) == []


def test_of_the_level_or_of_the_mix_alone_nothing_is_learned() -> None:
    bank, stream = Bank(), drawn(3, [(4 * HOUR, USUAL)])
    past = [history(stream, 60)]
    whole = bank.relearned(run(bank, [stream])[0], past, [])
    for of_level in (True, False):
        part = LeftOut(START + HOUR, START + 2 * HOUR, of_level=of_level, of_mix=not of_level)
        state = bank.relearned(run(bank, [stream])[0], past, [part])
        assert (state.level.age, state.shares.age) == (
            whole.level.age - HOUR * of_level,
            whole.shares.age - HOUR * (not of_level),
        )


def test_a_bank_that_has_seen_nothing_stays_as_it_is() -> None:
    assert as_bytes(Bank().relearned(Bank().blank(), [], [])) == as_bytes(Bank().blank())
