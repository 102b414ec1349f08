"""The laws of dropping repeats."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rarebird.eventtime.repeats import Generation, Repeats
from tests.eventtime.plain import Seen

STEPS = st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0, 0, 0, 1, 2, 9, 100])), max_size=120)
CUTS = st.lists(st.integers(0, 20), max_size=20)


@given(STEPS, CUTS, st.integers(0, 20), st.integers(2, 20))
def test_an_identity_repeats_within_the_window_whatever_the_cut(
    steps: list[tuple[int, int]], cuts: list[int], window: int, cap: int
) -> None:
    identity = np.array([identity for identity, _ in steps], np.uint64)
    clock = np.cumsum([step for _, step in steps], dtype=np.int64)
    plain = Seen(window, cap)
    expected = [plain.repeats(*row) for row in zip(identity.tolist(), clock.tolist(), strict=True)]
    repeats, found, start = Repeats(window, cap), [], 0
    for size in [*cuts, len(steps)]:
        found += repeats.mark(identity[start : start + size], clock[start : start + size]).tolist()
        assert len(repeats) <= cap
        start += size
    assert found == expected
    assert len(repeats) == len(plain.older) + len(plain.newer)


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.lists(st.integers(1, 5), max_size=10))
def test_a_clock_that_jumps_forgets_exactly_what_is_older_than_the_window(
    start: int, jump: int, identities: list[int]
) -> None:
    window = 10**12
    repeats = Repeats(window, 100)
    known = np.array(identities, np.uint64)
    repeats.mark(known, np.full(len(known), start))
    again = repeats.mark(np.unique(known), np.full(len({*identities}), start + jump))
    assert again.tolist() == [jump <= window] * len({*identities})


def test_a_large_memory_agrees_with_a_plain_one_through_growth_and_generations() -> None:
    draws = np.random.default_rng(5)
    rows, window, cap = 120_000, 40_000, 30_000
    identity = draws.integers(1, 2**63, 60_000)[draws.integers(0, 60_000, rows)].astype(np.uint64)
    clock = np.cumsum(draws.integers(0, 2, rows))
    plain = Seen(window, cap)
    expected = [plain.repeats(*row) for row in zip(identity.tolist(), clock.tolist(), strict=True)]
    repeats = Repeats(window, cap)
    assert repeats.mark(identity, clock).tolist() == expected
    assert len(repeats) <= cap


def test_identities_that_share_all_slots_are_told_apart() -> None:
    identity = np.arange(1, 3000, dtype=np.uint64) << np.uint64(50)
    repeats = Repeats(10, 1 << 20)
    clock = np.zeros(len(identity), np.int64)
    assert not repeats.mark(identity, clock).any()
    assert repeats.mark(identity[::-1], clock).all()


@given(st.lists(st.integers(1, 2**64 - 1), unique=True, max_size=50), st.integers(0, 9000))
def test_a_generation_holds_what_was_claimed_and_nothing_else(keys: list[int], more: int) -> None:
    generation, known = Generation(), np.array(keys, np.uint64)
    generation.stamp(generation.slots(known, claim=True), np.arange(len(keys)))
    generation.count = len(keys)
    generation.grow(more)
    found, stamps = generation.entries()
    assert dict(zip(found.tolist(), stamps.tolist(), strict=True)) == {key: at for at, key in enumerate(keys)}
    assert 2 * (generation.count + more) <= len(generation.keys)
