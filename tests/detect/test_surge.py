"""Surges, of events and of slots, against a plain reading of every window of every category."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rarebird.detect import surge, thin
from rarebird.detect.counts import Counts
from rarebird.detect.evidence import changed
from rarebird.detect.shares import Expected
from tests.detect.streams import START, as_bytes, cut, of_table

CATEGORIES = 4
SEEDS = st.integers(0, 2**32)
CUTS = st.lists(st.integers(0, 300), max_size=8)
KNOWN = 30.0
"""Events that shares rest on, times the ratio: some are less sure than their shapes say."""
Windows = dict[tuple[int, int, int, int], tuple[float, float]]
"""By category, second of the last cell, second in which it begins and events: the mean, and the evidence."""


class Cell:
    """Events of a category within a second or a slot, and what was expected of it before and with it."""

    def __init__(self, second: int, events: int, at: float, until: float, ratio: float = 1.0) -> None:
        self.second, self.events, self.at, self.until, self.ratio = second, events, at, until, ratio


def windows(cells: dict[int, list[Cell]], shape: NDArray[np.float64], depth: int) -> Windows:
    """All windows over the last 1, 2, 3, 4, 6 … cells of a category that hold clearly more than expected."""
    found = {}
    for category, column in cells.items():
        for last, cell in enumerate(column):
            for back in surge.BACK[depth >= surge.BACK].tolist():
                if last - back + 1 < 0:
                    continue
                first = column[last - back + 1]
                events = sum(each.events for each in column[last - back + 1 : last + 1])
                mean = (cell.until - first.at) * first.ratio
                if cell.second - first.second > surge.REACH:
                    continue
                if events > mean and (events - mean) ** 2 > surge.LITTLE * mean:
                    sure = np.minimum(shape[[category]], np.float32(KNOWN * first.ratio))
                    nats = float(changed(np.array([events]), np.array([max(mean, 1e-9)]), sure)[0])
                    found[category, cell.second, first.second, events] = max(mean, 1e-9), nats
    return found


def told(seen: surge.Look | None) -> Windows:
    if seen is None:
        return {}
    found, cells = seen.found, seen.cells
    keys = zip(
        cells.category[found.cell].tolist(), cells.second[found.cell].tolist(), found.began.tolist(),
        found.events.tolist(), strict=True,
    )  # fmt: skip
    return dict(zip(keys, zip(found.expected.tolist(), found.nats.tolist(), strict=True), strict=True))


def same(one: Windows, other: Windows) -> None:
    assert one.keys() == other.keys()
    for key, values in one.items():
        assert other[key] == pytest.approx(values, rel=1e-6, abs=1e-6)


def streamed(seed: int, length: int) -> tuple[Counts, NDArray[np.float64], NDArray[np.float64]]:
    """A stream with a surge in it, shares that do not fit too well, and how sure they are."""
    draws = np.random.default_rng(seed)
    rates = draws.uniform(0, 0.5, CATEGORIES)
    table = draws.poisson(rates, (length, CATEGORIES))
    table[length // 2 :, 1] += draws.poisson(1.0, length - length // 2)
    return of_table(table), draws.dirichlet(np.ones(CATEGORIES)), draws.uniform(1, 100, CATEGORIES)


def told_of(share: NDArray[np.float64], shape: NDArray[np.float64], ratio: float = 1.0) -> Expected:
    """Shares that the hour makes expect, by the last hours so many times as much, resting on so many times as much."""
    return Expected(share, share * ratio, shape, np.full(len(share), KNOWN * ratio))


def cells_of(
    counts: Counts, share: NDArray[np.float64], ratio: Callable[[int], float] = lambda _: 1.0
) -> dict[int, list[Cell]]:
    """A category's seconds; the ratio is that of the last hours to the hour in each of them."""
    found: dict[int, list[Cell]] = {code: [] for code in range(CATEGORIES)}
    before = 0
    for second in range(counts.start, counts.start + counts.length):
        now = counts.within(second, second + 1)
        total = int(now.events.sum())
        for code, events in zip(now.category.tolist(), now.events.tolist(), strict=True):
            at, until = share[code] * before, share[code] * (before + total)
            found[code].append(Cell(second, events, at, until, ratio(second)))
        before += total
    return found


@settings(max_examples=40)
@given(SEEDS, st.integers(1, 120), CUTS, st.sampled_from([4, 16, 512]))
def test_each_event_looks_back_over_so_many_cells_of_its_category(
    seed: int, length: int, cuts: list[int], depth: int
) -> None:
    counts, share, shape = streamed(seed, length)
    found: Windows = {}
    state, before = surge.wide(surge.blank(depth), CATEGORIES), 0
    ratios: dict[int, float] = {}
    for each in cut(counts, cuts):
        # Within a step the share is known as it is in one period.
        ratio = 0.5 + each.start % 7 / 4
        ratios |= dict.fromkeys(range(each.start, each.start + each.length), ratio)
        totals = np.bincount(each.tick - each.start, weights=each.events, minlength=each.length).astype(np.int64)
        total = before + np.concatenate(([0], np.cumsum(totals)))
        seen = surge.look(state, surge.of_ticks(each, np.zeros(CATEGORIES), total, told_of(share, shape, ratio)), shape)
        found |= told(seen)
        state, before = surge.keep(state, seen), int(total[-1])
    same(windows(cells_of(counts, share, ratios.__getitem__), shape, depth), found)
    assert state.events[:CATEGORIES].tolist() == np.bincount(counts.category, counts.events, CATEGORIES).tolist()


def slots_of(counts: Counts, slot: int, share: NDArray[np.float64]) -> dict[int, list[Cell]]:
    """A category's slots in which it came; expected is the probability that it does, among so many events."""
    found: dict[int, list[Cell]] = {code: [] for code in range(CATEGORIES)}
    clock: dict[int, float] = {}
    first, end = counts.start // slot * slot, counts.start + counts.length
    for start in range(first, end - slot + 1, slot):
        now = counts.within(start, start + slot)
        total = int(now.events.sum())
        for code in range(CATEGORIES):
            there = bool((now.category == code).any())
            if there or code in clock:
                at = clock.get(code, 0.0)
                clock[code] = at + 1 - np.exp(-total * share[code])
                if there:
                    found[code].append(Cell(start, 1, at, clock[code]))
    return found


@settings(max_examples=30)
@given(SEEDS, st.integers(1, 300), CUTS, st.sampled_from(thin.SLOTS))
def test_of_a_slot_the_first_event_of_a_category_alone_counts(
    seed: int, length: int, cuts: list[int], slot: int
) -> None:
    counts, share, shape = streamed(seed, length)
    found: Windows = {}
    state = thin.wide(thin.blank(), CATEGORIES)
    for each in cut(counts, cuts):
        if not each.length:
            continue
        events = np.bincount(each.tick - each.start, weights=each.events, minlength=each.length).astype(np.int64)
        seen = thin.look(state, slot, each, events, 1.0, told_of(share, shape))
        found |= told(seen.seen)
        state = thin.keep(state, seen)
    same(windows(slots_of(counts, slot, share), shape, 128), found)


@given(st.integers(0, 200), st.floats(0, 1))
def test_a_category_is_among_poisson_many_events_as_often_as_thinning_expects(mean: int, share: float) -> None:
    draws = np.random.default_rng(mean)
    came = (draws.binomial(draws.poisson(mean, 20_000), share) > 0).mean()
    assert came == pytest.approx(-np.expm1(-mean * share), abs=0.02)


def test_of_n_events_a_rare_category_is_among_them_nearly_as_often_as_expected() -> None:
    for events, share in [(10, 0.001), (100, 0.002), (600, 0.0005)]:
        assert -np.expm1(-events * share) == pytest.approx(1 - (1 - share) ** events, rel=3e-3)


def test_a_single_event_of_a_category_that_was_hardly_expected_says_much() -> None:
    state = surge.wide(surge.blank(), 2)
    counts = Counts(START, 1, np.array([START]), np.array([1], np.int32), np.array([1]))
    share, shape = np.array([1.0, 1e-6]), np.array([4.0, 4.0])
    seen = surge.look(state, surge.of_ticks(counts, np.zeros(2), np.array([0, 1]), told_of(share, shape)), shape)
    assert seen is not None
    assert seen.found.nats.tolist() == pytest.approx([-np.log(1e-6) - 5 * np.log(5 / 4)], rel=1e-3)


def test_a_window_reaches_back_over_some_hours_at_most() -> None:
    state, share = surge.wide(surge.blank(), 1), np.array([1e-6])
    for back, windows_there in [(surge.REACH + 1, 1), (0, 1)]:
        at = START + surge.REACH + 1 - back
        counts = Counts(at, 1, np.array([at]), np.zeros(1, np.int32), np.array([1]))
        cells = surge.of_ticks(counts, np.zeros(1), np.array([0, 1]), told_of(share, np.ones(1)))
        seen = surge.look(state, cells, np.ones(1))
        assert seen is not None
        assert len(seen.found.nats) == windows_there
        state = surge.keep(state, seen)


def test_windows_begin_anew_where_they_are_forgotten_and_counts_go_on() -> None:
    counts, share, shape = streamed(3, 100)
    state = surge.wide(surge.blank(), CATEGORIES)
    total = np.concatenate(([0], np.cumsum(np.bincount(counts.tick - START, counts.events, 100)))).astype(np.int64)
    cells = surge.of_ticks(counts, np.zeros(CATEGORIES), total, told_of(share, shape))
    state = surge.keep(state, surge.look(state, cells, shape))
    before = state.events.copy()
    state = surge.forget(state)
    seen = surge.look(state, cells, shape)
    assert seen is not None
    same(windows(cells_of(counts, share), shape, 512), told(seen))
    assert surge.keep(state, seen).events.tolist() == (2 * before).tolist()


def remembered(state: surge.Surge, category: int) -> list[tuple[float, ...]]:
    """What is remembered of a category, the oldest cell first."""
    depth, number = state.clock.shape[1], int(state.cells[category])
    places = [each % depth for each in range(max(0, number - depth), number)]
    rings = state.clock, state.second, state.known, state.before, state.ratio
    columns = [column for column in rings if column is not None]
    return [tuple(float(column[category, place]) for column in columns) for place in places]


def counted(steps: list[Counts], share: NDArray[np.float64], shape: NDArray[np.float64], depth: int) -> surge.Surge:
    """The state after some steps, none of whose looks changes it."""
    state, before = surge.wide(surge.blank(depth), CATEGORIES), 0
    for each in steps:
        totals = np.bincount(each.tick - each.start, weights=each.events, minlength=each.length).astype(np.int64)
        total = before + np.concatenate(([0], np.cumsum(totals)))
        cells = surge.of_ticks(each, np.zeros(CATEGORIES), total, told_of(share, shape))
        body = as_bytes(state)
        seen = surge.look(state, cells, shape)
        assert as_bytes(state) == body
        state, before = surge.keep(state, seen), int(total[-1])
    return state


@settings(max_examples=30)
@given(SEEDS, st.integers(1, 300), CUTS, st.sampled_from([4, 16, 512]))
def test_what_is_remembered_is_the_same_to_the_last_bit_however_the_ticks_are_cut(
    seed: int, length: int, cuts: list[int], depth: int
) -> None:
    counts, share, shape = streamed(seed, length)
    state = counted([counts], share, shape, depth)
    assert as_bytes(counted(cut(counts, cuts), share, shape, depth)) == as_bytes(state)
    for code, cells in cells_of(counts, share).items():
        assert state.cells[code] == len(cells)
        assert [int(second) for _, second, *_ in remembered(state, code)] == [each.second for each in cells[-depth:]]


@given(SEEDS, st.integers(1, 300), CUTS, st.sampled_from([4, 16, 512]))
@settings(max_examples=30)
def test_cells_of_one_event_each_say_the_same_where_no_counts_are_kept(
    seed: int, length: int, cuts: list[int], depth: int
) -> None:
    counts, share, shape = streamed(seed, length)
    one, other = (surge.wide(surge.blank(depth, ones=ones), CATEGORIES) for ones in (False, True))
    for each in cut(counts._replace(events=np.ones_like(counts.events)), cuts):
        total = each.start - counts.start + np.arange(each.length + 1)
        cells = surge.of_ticks(each, np.zeros(CATEGORIES), total, told_of(share, shape))
        full, short = surge.look(one, cells, shape), surge.look(other, cells, shape)
        assert as_bytes(full) == as_bytes(short)
        one, other = surge.keep(one, full), surge.keep(other, short)
    kept = np.isfinite(one.clock)
    rows = np.arange(len(kept))
    assert surge.before(other, rows)[kept].tolist() == surge.before(one, rows)[kept].tolist()


@given(SEEDS, st.integers(1, 900), st.lists(st.integers(1, 100_000), min_size=1, max_size=4))
@settings(max_examples=12)
def test_room_for_more_categories_keeps_the_newest_cells(seed: int, length: int, sizes: list[int]) -> None:
    counts, share, shape = streamed(seed, length)
    state = counted([counts], share, shape, 512)
    before, events = [remembered(state, code) for code in range(CATEGORIES)], state.events[:CATEGORIES].copy()
    for size in sizes:
        state = surge.wide(state, size)
    rows, depth = state.clock.shape
    assert rows >= max(sizes)
    assert rows * depth <= 1 << 21
    assert [remembered(state, code) for code in range(CATEGORIES)] == [cells[-depth:] for cells in before]
    assert np.isfinite(state.clock).sum() == sum(min(len(cells), depth) for cells in before)
    assert state.events[:CATEGORIES].tolist() == events.tolist()
    assert state.events.sum() == events.sum()
