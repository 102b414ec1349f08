from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.model.history import Past, Span, Spans
from rarebird.run.past import read
from rarebird.stats.entropy import entropy

COUNTS = st.dictionaries(st.integers(0, 9), st.integers(1, 10**6), min_size=1, max_size=6)


@given(st.lists(st.tuples(COUNTS, st.integers(0, 60_000_000)), max_size=8))
def test_the_readings_of_each_span_are_those_of_its_counts(drawn: list[tuple[dict[int, int], int]]) -> None:
    spans = [
        Span(60 * at, 0, length, np.array(sorted(counts), np.int32), np.array([counts[c] for c in sorted(counts)]))
        for at, (counts, length) in enumerate(drawn)
    ]
    found = read(Past(60, Spans.of(spans)), 3)
    assert found.start == [60 * at for at in range(len(drawn))]
    assert found.events == [sum(counts.values()) for counts, _ in drawn]
    assert found.of_category == [counts.get(3, 0) for counts, _ in drawn]
    bits = [one.bits for span in spans if (one := entropy(span.events))]
    assert found.entropy_bits == pytest.approx(bits, abs=1e-9)
    for gap, (counts, length) in zip(found.mean_gap_s, drawn, strict=True):
        events = sum(counts.values())
        assert gap is None if events < 2 else math.isclose(gap or 0, length / 1e6 / (events - 1))
