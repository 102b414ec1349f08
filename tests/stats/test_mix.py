"""The laws of the mix: it agrees with a plain float reference, and no cut changes a bit of it."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.eventtime.ticks import gather
from rarebird.model.ticks import Ticks
from rarebird.stats.mix import FIXED, Mix

START = 1_489_925_470
EVENTS = st.lists(st.tuples(st.sampled_from([0, 0, 0, 1, 1, 2, 7, 60, 400]), st.integers(0, 6)), max_size=80)
HALF_LIVES = st.integers(1, 50)


def ticks_of(steps: list[tuple[int, int]], since: int = 0, until: int | None = None) -> Ticks:
    """Ticks of one unit, of events that come so many units after each other and have these categories."""
    time = START + np.cumsum([step for step, _ in steps], dtype=np.int64)
    category = np.array([category for _, category in steps], np.int32)
    until = int(time[-1]) + 1 if until is None else until
    inside = (time >= since) & (time < until)
    return gather(time[inside], category[inside], 1, until)


class Plain:
    """Each event's share by the definition: all earlier ones discounted by their age."""

    def __init__(self, half_life: int) -> None:
        self.half_life = half_life
        self.past: list[tuple[int, int]] = []

    def probability(self, category: int, tick: int) -> float:
        """Of an event of a tick, by what came in earlier ones."""
        weights: defaultdict[int, float] = defaultdict(float)
        for then, seen in self.past:
            weights[seen] += 2.0 ** (-(tick - 1 - then) / self.half_life)
        return (weights.get(category, 0) + 0.5) / (sum(weights.values()) + 0.5 * (len(weights) + 1))

    def surprisals(self, ticks: Ticks) -> list[float]:
        bits, rows = [], [*zip(ticks.time.tolist(), ticks.category.tolist(), strict=True)]
        for tick in dict.fromkeys(ticks.time.tolist()):
            bits += [-math.log2(self.probability(category, tick)) for then, category in rows if then == tick]
            self.past += [row for row in rows if row[0] == tick]
        return bits


@given(EVENTS.filter(bool), HALF_LIVES)
def test_every_surprisal_is_that_of_the_definition(steps: list[tuple[int, int]], half_life: int) -> None:
    mix, plain, ticks = Mix(half_life), Plain(half_life), ticks_of(steps)
    scored = mix.step(ticks)
    assert scored.bits.tolist() == pytest.approx(plain.surprisals(ticks), rel=1e-6)
    assert scored.total == sum(round(bits * FIXED) for bits in scored.bits.tolist())
    now = ticks.until - 1
    expected = [plain.probability(category, now + 1) for category in range(9)]
    assert mix.probabilities(np.arange(9, dtype=np.int32), now).tolist() == pytest.approx(expected, rel=1e-6)


@given(EVENTS.filter(bool), HALF_LIVES, st.lists(st.integers(1, 300), max_size=12))
def test_no_cut_of_the_ticks_changes_a_bit(steps: list[tuple[int, int]], half_life: int, cuts: list[int]) -> None:
    whole, parts = Mix(half_life), Mix(half_life)
    together = whole.step(ticks_of(steps))
    end, since, bits, total = ticks_of(steps).until, 0, [], 0
    for until in [*(START + np.cumsum(cuts, dtype=np.int64)).tolist(), end]:
        scored = parts.step(ticks_of(steps, since, min(until, end)))
        bits += scored.bits.tolist()
        total, since = total + scored.total, min(until, end)
    assert (bits, total) == (together.bits.tolist(), together.total)
    every = np.arange(9, dtype=np.int32)
    assert whole.probabilities(every, end).tolist() == parts.probabilities(every, end).tolist()
    assert (whole.total, whole.known, whole.events(end)) == (parts.total, parts.known, parts.events(end))


@given(EVENTS, HALF_LIVES, st.integers(0, 500))
def test_all_seen_and_one_unseen_category_share_all_probability(
    steps: list[tuple[int, int]], half_life: int, later: int
) -> None:
    mix, now = Mix(half_life), START + later
    if steps:
        ticks = ticks_of(steps)
        mix.step(ticks)
        now = ticks.until - 1 + later
    seen = sorted({category for _, category in steps})
    p = mix.probabilities(np.array([*seen, 1000], np.int32), now)
    assert p.sum() == pytest.approx(1, abs=1e-6)
    assert (p > 0).all()
    assert mix.known == len(seen)


def test_a_mix_forgets_by_half_in_a_half_life() -> None:
    mix = Mix(100)
    mix.step(ticks_of([(0, 1)] * 1000))
    assert [mix.events(START + age) for age in (0, 100, 200, 1000)] == pytest.approx([1000, 500, 250, 1000 / 1024])


def test_long_after_everything_is_forgotten_only_the_smoothing_is_left() -> None:
    mix = Mix(1)
    mix.step(ticks_of([(0, 1)] * 10))
    ticks = ticks_of([(10_000, 2), (0, 1)])
    assert mix.step(ticks).bits.tolist() == [1.0, 1.0]


def test_a_large_step_through_many_half_lives_agrees_with_many_small_ones() -> None:
    draws = np.random.default_rng(2)
    time = np.sort(draws.integers(START, START + 20_000, 50_000))
    category = draws.zipf(1.5, 50_000).clip(0, 3000).astype(np.int32)
    whole = Mix(700).step(gather(time, category, 1, START + 20_000))
    mix, bits = Mix(700), []
    for since in range(START, START + 20_000, 13):
        inside = (time >= since) & (time < since + 13)
        bits.append(mix.step(gather(time[inside], category[inside], 1, since + 13)).bits)
    assert np.array_equal(np.concatenate(bits), whole.bits)
