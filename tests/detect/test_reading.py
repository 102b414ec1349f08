"""Readings of each second are those of a watch that has just closed it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.detect.reading import RATE_S, Readings
from rarebird.model.instant import SECOND
from rarebird.stats.spans import spans_of
from rarebird.watch import Watch

START = 1_700_000_000
EVENTS = st.lists(st.tuples(st.integers(0, 400_000), st.sampled_from("abcd")), min_size=1, max_size=80)


@given(EVENTS, st.integers(1, 500))
def test_a_reading_is_what_a_watch_says_at_the_close_of_the_second(events: list[tuple[int, str]], window: int) -> None:
    watch = Watch(time="t", by="k", watched=["a", "c"], lateness="0s")
    readings = Readings(window, watched=True)
    at: int | None = None
    for milliseconds, kind in sorted(events):
        closed = watch.feed([f'{{"t": {START * 1000 + milliseconds}, "k": "{kind}"}}'])
        if closed.ticks is None:
            continue
        codes = map(watch.categories.code, watch.watched)
        readings.codes = [code for code in codes if code is not None]
        known = {span.start: span for span in spans_of(closed.ticks.cells).each()}
        at = min(known, default=None) if at is None else at
        while at is not None and at < closed.ticks.until // SECOND:
            readings.add(at, known.get(at))
            at += 1
        if at is None:
            continue
        reading, rate = readings.reading(), watch.rate(window=RATE_S * SECOND)
        entropy = watch.entropy(window * SECOND)
        assert (reading.mean_gap_s, reading.rate_per_s) == (rate.mean_gap_s, rate.rate_per_s)
        assert reading.entropy_nats == (None if entropy is None else entropy.nats)
        assert reading.watched_share == watch.watched_share(window * SECOND)
        assert reading.count == (0 if entropy is None else entropy.count)


def test_a_reading_over_the_life_of_the_stream_forgets_nothing() -> None:
    watch = Watch(time="t", by="k", watched=["a"])
    closed = [watch.feed([f'{{"t": {START + 500 * at}, "k": "{"ab"[at % 2]}"}}' for at in range(9)]), watch.finish()]
    readings = Readings(None, watched=True)
    readings.codes = [watch.categories.encode(["a"])[0]]
    for each in closed:
        for span in spans_of(each.ticks.cells).each() if each.ticks else []:
            readings.add(span.start, span)
    assert readings.reading().count == 9
    assert readings.reading().watched_share == pytest.approx(5 / 9)
    assert readings.reading().mean_gap_s is None
