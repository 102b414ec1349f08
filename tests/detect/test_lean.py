"""Leaning mixes against Page's recursion, and against the closed forms of what an event says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rarebird.detect import lean
from rarebird.detect.counts import Counts
from tests.detect.streams import START, cut, of_table

SEEDS = st.integers(0, 2**32)
EVENER = np.flatnonzero(lean.BENDS < 1)
CUTS = st.lists(st.integers(0, 100), max_size=8)


def mixes(seed: int, categories: int = 5) -> NDArray[np.float64]:
    return np.random.default_rng(seed).dirichlet(np.full(categories, 0.7)) + 1e-6


@given(SEEDS, st.integers(1, 100), CUTS)
def test_the_evidence_follows_pages_recursion_whatever_the_cut(seed: int, length: int, cuts: list[int]) -> None:
    share = mixes(seed)
    counts = of_table(np.random.default_rng(seed).poisson(share[::-1], (length, 5)))
    told = lean.scores(share, np.array([1, 3]))
    state, heights, since = lean.blank(START), [], []
    for each in cut(counts, cuts):
        state, height, began = lean.step(state, each, told[:, each.category] * each.events)
        heights.append(height)
        since.append(began)
    height, began = np.concatenate(heights, axis=1), np.concatenate(since, axis=1)
    plain, start = np.zeros(lean.FORMS, np.int64), np.full(lean.FORMS, START)
    for at in range(length):
        now = counts.within(START + at, START + at + 1)
        plain = np.maximum(0, plain + (told[:, now.category] * now.events).sum(axis=1))
        start = np.where(plain == 0, START + at + 1, start)
        assert height[:, at].tolist() == (plain / lean.UNIT).tolist()
        assert began[:, at].tolist() == start.tolist()
    assert state.sum.tolist() == plain.tolist()


@given(SEEDS, st.integers(1, 150), CUTS)
def test_of_what_speaks_for_an_evener_mix_no_more_is_heard_in_a_minute_than_it_would_bring(
    seed: int, length: int, cuts: list[int]
) -> None:
    share = mixes(seed)
    counts = of_table(np.random.default_rng(seed).poisson(share[::-1], (length, 5)))
    told = lean.scores(share, np.array([1, 3]))
    minute, found = np.zeros(5, np.int64), []
    for each in cut(counts, cuts):
        for part in cut(each, [60 - each.start % 60 + 60 * more for more in range(3)]):
            minute = minute if part.start % 60 else np.zeros(5, np.int64)
            found.append(lean.said(part, told, share, minute))
            minute = minute + np.bincount(part.category, part.events, 5).astype(np.int64)
    assert np.concatenate(found, axis=1).tolist() == _said(counts, told, share).tolist()


def _said(counts: Counts, told: NDArray[np.int64], share: NDArray[np.float64]) -> NDArray[np.int64]:
    """Cell by cell."""
    said = np.zeros((lean.FORMS, len(counts.tick)), np.int64)
    for at, (tick, category, events) in enumerate(zip(counts.tick, counts.category, counts.events, strict=True)):
        same = (counts.tick // 60 == tick // 60) & (counts.tick <= tick)
        before = counts.events[same & (counts.category == category) & (counts.tick < tick)].sum()
        for form, score in enumerate(told[:, category].tolist()):
            mean = share[category] * np.exp(score / lean.UNIT) * counts.events[same].sum()
            room = max(0.0, 1 + mean + 2 * np.sqrt(mean) - before)
            is_heard = form not in EVENER or score <= 0 or events <= room
            said[form, at] = score * events if is_heard else round(score * room)
    return said


def test_a_group_of_a_rare_category_says_little_more_than_one_event_of_it() -> None:
    share = np.append(np.full(10, 0.0999), 0.001)
    told = lean.scores(share, np.zeros(0, np.int64))
    minute = np.append(np.full(10, 1), 0)
    one, many = (Counts(START, 1, np.array([START]), np.array([10]), np.array([events])) for events in (1, 12))
    alone, group = (lean.said(each, told, share, minute)[0, 0] / lean.UNIT for each in (one, many))
    assert alone == pytest.approx(np.log(1 / 11 / 0.001), rel=1e-4)
    assert alone < group < 6 * alone


@given(SEEDS)
def test_an_event_says_how_much_likelier_the_leaning_mix_makes_it(seed: int) -> None:
    share = mixes(seed)
    share /= share.sum()
    watched = np.array([0, 2])
    told = lean.scores(share, watched) / lean.UNIT
    for row, bend in enumerate(lean.BENDS):
        leaning = share**bend / (share**bend).sum()
        assert told[row].tolist() == pytest.approx(np.log(leaning / share).tolist(), abs=1e-5)
    q = share[watched].sum()
    for row, growth in enumerate(lean.GROWTH, len(lean.BENDS)):
        grown = np.exp(told[row]) * share
        assert grown.sum() == pytest.approx(1, abs=1e-5)
        assert grown[watched].sum() / q == pytest.approx(min(growth, (1 + 1 / q) / 2), rel=1e-4)


@given(SEEDS)
def test_under_the_usual_mix_each_form_loses_and_under_its_own_it_gains(seed: int) -> None:
    share = mixes(seed)
    share /= share.sum()
    told = lean.scores(share, np.array([0])) / lean.UNIT
    assert ((told * share).sum(axis=1) <= 1e-5).all()
    leaning = np.exp(told) * share
    assert ((told * leaning).sum(axis=1) >= -1e-5).all()


def test_where_nothing_is_watched_or_known_nothing_is_said_of_it() -> None:
    none = np.zeros(0, np.int64)
    assert lean.scores(np.zeros(0), none).shape == (lean.FORMS, 0)
    assert lean.scores(np.array([0.4, 0.6]), none)[len(lean.BENDS) :].tolist() == [[0, 0]] * len(lean.GROWTH)


def test_evidence_that_has_grown_large_is_cut_and_small_is_not() -> None:
    state = lean.blank(START)._replace(sum=np.arange(lean.FORMS) * 10**8)
    assert (lean.cut(state).sum <= state.sum).all()
    assert lean.cut(state).sum.tolist() == np.minimum(state.sum, lean.cut(state).sum.max()).tolist()
    assert lean.cut(lean.cut(state)).sum.tolist() == lean.cut(state).sum.tolist()
