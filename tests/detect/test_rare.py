"""The laws of single unusual events: together equals alone, and any cut gives the same."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rarebird.detect.rare import Rare, Sightings

FIRE, RECOVER = 0.05, 0.06
RULE = Rare(FIRE, RECOVER)
EVENTS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.01, 0.0499, 0.05, 0.055, 0.06, 0.2])), max_size=60)


def columns(events: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([code for code, _ in events], np.int32), -np.log2(np.array([p for _, p in events], float))


def one_by_one(events: list[tuple[int, float]]) -> list[int]:
    """The rule as its docstring has it."""
    unusual: set[int] = set()
    found = []
    for row, (code, bits) in enumerate(zip(*columns(events), strict=True)):
        p = np.exp2(-bits)
        if p < FIRE:
            unusual.add(code)
        elif p >= RECOVER:
            unusual.discard(code)
        if code in unusual:
            found.append(row)
    return found


@given(EVENTS)
def test_all_events_at_once_are_judged_as_one_by_one(events: list[tuple[int, float]]) -> None:
    rows, _ = Sightings(RULE).take(*columns(events))
    assert rows.tolist() == one_by_one(events)


@given(EVENTS, st.lists(st.integers(0, 60), max_size=5))
def test_how_events_are_cut_into_calls_changes_nothing(events: list[tuple[int, float]], cuts: list[int]) -> None:
    whole, parts = Sightings(RULE), Sightings(RULE)
    rows, shares = whole.take(*columns(events))
    found: list[int] = []
    share: list[float] = []
    edges = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    for start, end in pairwise(edges):
        of_part, of_shares = parts.take(*columns(events[start:end]))
        found += (of_part + start).tolist()
        share += of_shares.tolist()
    assert (found, share) == (rows.tolist(), shares.tolist())
    assert (whole.events, whole.found) == (parts.events, parts.found) == (len(events), len(rows))


@given(EVENTS)
def test_a_category_is_judged_alone_as_among_others(events: list[tuple[int, float]]) -> None:
    together = {row for row in Sightings(RULE).take(*columns(events))[0].tolist() if events[row][0] == 3}
    places = [row for row, (code, _) in enumerate(events) if code == 3]
    alone, _ = Sightings(RULE).take(*columns([events[row] for row in places]))
    assert together == {places[row] for row in alone.tolist()}


@given(EVENTS)
def test_the_share_told_with_an_event_is_that_of_all_up_to_it(events: list[tuple[int, float]]) -> None:
    rows, shares = Sightings(RULE).take(*columns(events))
    for number, (row, share) in enumerate(zip(rows.tolist(), shares.tolist(), strict=True), start=1):
        assert share == number / (row + 1)
