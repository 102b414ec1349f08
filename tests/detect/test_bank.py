"""The laws of the bank: no cut into steps, no restart and no name of a category makes a difference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebird.detect.bank import Bank, families
from rarebird.detect.counts import Counts
from rarebird.detect.finding import Finding
from rarebird.detect.judge import MIX
from rarebird.detect.state import ASLEEP, State
from tests.detect.streams import (
    DAY,
    HOUR,
    START,
    USUAL,
    Learned,
    as_bytes,
    begun,
    cut,
    drawn,
    from_bytes,
    of_table,
    run,
)  # fmt: skip

Stretch = tuple[int, Sequence[float]]
FORMS: dict[str, Sequence[float]] = {
    "usual": USUAL,
    "double": [2 * rate for rate in USUAL],
    "surge": (0.8, 0.5, 4.0, 0.1),
    "gone": (0.0, 0.5, 0.3, 0.1),
    "quiet": (0.0,),
    "new": (*USUAL, 0.0, 0.05),
    "very new": (*USUAL, 0.0, 0.05, *[0.002] * 80, 1.0),
}
STRETCHES = st.lists(
    st.tuples(st.integers(1, 700), st.sampled_from(["usual", *FORMS]).map(FORMS.__getitem__)), min_size=1, max_size=5
)
CUTS = st.lists(st.integers(0, 2500), max_size=25)
SEEDS = st.integers(0, 2**32)


def agree(one: tuple[State, list[Finding]], other: tuple[State, list[Finding]]) -> None:
    assert one[1] == other[1]
    assert as_bytes(one[0]) == as_bytes(other[0])


@settings(max_examples=12)
@given(SEEDS, STRETCHES, CUTS, st.integers(0, 3600))
def test_any_cut_of_a_stream_from_its_beginning_gives_the_same_to_the_last_bit(
    seed: int, stretches: list[Stretch], cuts: list[int], late: int
) -> None:
    stream, bank = drawn(seed, stretches, START + late), Bank(watched=(1, 3))
    agree(run(bank, cut(stream, cuts)), run(bank, [stream]))


@settings(max_examples=12)
@given(SEEDS, STRETCHES, CUTS)
def test_any_cut_gives_the_same_incidents_and_the_same_state_to_the_last_bit(
    learned: Learned, seed: int, stretches: list[Stretch], cuts: list[int]
) -> None:
    stream, bank = drawn(seed, stretches, learned.state().now), Bank()
    agree(run(bank, cut(stream, cuts), learned.state()), run(bank, [stream], learned.state()))


CHANGES: list[Stretch] = [
    (2000, USUAL), (400, FORMS["surge"]), (1333, USUAL), (500, FORMS["quiet"]), (5000, USUAL),
    (2600, FORMS["gone"]), (2000, USUAL), (1200, FORMS["double"]), (1500, USUAL), (900, FORMS["very new"]),
]  # fmt: skip


@pytest.mark.parametrize("every", [19, 60, 1801])
def test_hours_with_changes_of_every_kind_give_the_same_in_steps_of_any_length(learned: Learned, every: int) -> None:
    stream, bank = drawn(11, CHANGES, learned.state().now), Bank()
    state, told = run(bank, [stream], learned.state())
    assert {found.kind for found in told} == {"rate", "mix", "silence"}
    assert sum(found.ended is not None for found in told) > 2
    agree(run(bank, cut(stream, range(every, stream.length, every)), learned.state()), (state, told))


def quiet(start: int, length: int) -> Counts:
    return Counts(start, length, np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int64))


@pytest.fixture(scope="module")
def drowsy(learned: Learned) -> Learned:
    """Nearly asleep."""
    state = learned.state()
    return Learned(as_bytes(Bank().step(state, quiet(state.now, ASLEEP - 3000))[0]))


@settings(max_examples=12)
@given(SEEDS, st.integers(1, 90_000), CUTS, st.lists(st.integers(0, 100_000), max_size=20))
def test_a_sleep_of_days_is_the_same_however_it_is_cut(
    drowsy: Learned, seed: int, waits: int, near: list[int], far: list[int]
) -> None:
    stream, bank = drawn(seed, [(waits, [0.0]), (900, USUAL)], drowsy.state().now), Bank()
    ends = [*far, *(waits - 1000 + each for each in near)]
    agree(run(bank, cut(stream, [max(0, end) for end in ends]), drowsy.state()), run(bank, [stream], drowsy.state()))


def test_while_the_bank_sleeps_nothing_is_learned_and_a_second_a_step_is_a_sleep_too(drowsy: Learned) -> None:
    bank, state = Bank(), drowsy.state()
    state, _ = bank.step(state, quiet(state.now, 3000))
    before = as_bytes((state.level, state.shares, state.judge))
    start = state.now
    for second in range(1000):
        state, told = bank.step(state, quiet(start + second, 1))
        assert not told
    assert start < state.now <= start + 1000
    state, _ = bank.step(state, quiet(start + 1000, DAY))
    assert state.now > start + DAY
    assert as_bytes((state.level, state.shares, state.judge)) == before


@settings(max_examples=8)
@given(SEEDS, STRETCHES, CUTS)
def test_a_bank_that_is_put_away_before_each_step_goes_on_as_if_nothing_had_happened(
    learned: Learned, seed: int, stretches: list[Stretch], cuts: list[int]
) -> None:
    stream, bank = drawn(seed, stretches, learned.state().now), Bank()
    state, told = learned.state(), []
    for each in cut(stream, cuts):
        state, found = bank.step(from_bytes(as_bytes(state)), each)
        told += found
    agree((state, told), run(bank, [stream], learned.state()))


def test_thousands_of_new_categories_make_no_difference_to_the_cut() -> None:
    draws = np.random.default_rng(3)
    seconds, rows = 700, 9000
    tick = np.sort(draws.integers(0, seconds, 3 * rows)) + START
    category = np.minimum(draws.exponential(1 + (tick - START) * rows / seconds / 3), rows).astype(np.int32)
    order = np.lexsort((category, tick))
    one = np.ones(len(tick), np.int64)
    cells, first = np.unique(np.stack((tick[order], category[order])), axis=1, return_index=True)
    stream = Counts(START, seconds, cells[0], cells[1].astype(np.int32), one[first])
    bank = Bank()
    agree(run(bank, cut(stream, range(0, seconds, 13))), run(bank, [stream]))


def test_a_step_without_ticks_changes_nothing(learned: Learned) -> None:
    bank, none = Bank(), drawn(1, [(1, USUAL)]).within(START, START)
    state, told = bank.step(bank.blank(), none)
    assert (as_bytes(state), told) == (as_bytes(bank.blank()), [])
    before = learned.state()
    state, told = bank.step(learned.state(), none._replace(start=before.now))
    agree((state, told), (before, []))


@pytest.mark.parametrize("late", [0, 1, 30, 59, 299])
def test_a_stream_that_begins_within_a_minute_rings_no_alarm(late: int) -> None:
    bank = Bank()
    state, told = run(bank, [drawn(late, [(2 * HOUR, (5.0, 3.0, 1.0))], START + late)])
    assert not told
    assert state.level.ratio == pytest.approx(9, rel=0.1)
    assert max(evidence for _, evidence, *_ in families(state)) < 20


@pytest.mark.parametrize("late", [270, 285, 295, 299, HOUR - 20, HOUR - 2, HOUR - 1])
def test_a_stream_that_begins_late_in_a_period_is_not_taken_for_what_its_first_seconds_were(late: int) -> None:
    rates = [0.4 * 0.92**place for place in range(50)]
    for seed in range(4):
        _, told = run(Bank(), [drawn(seed, [(HOUR, rates)], START + late)])
        assert not told


@pytest.mark.parametrize("ahead", [61, 100, 3000, 5 * HOUR, 3 * DAY])
@pytest.mark.parametrize("late", [0, 29, 290])
def test_a_stream_that_begins_with_a_straggler_was_not_quiet_since(ahead: int, late: int) -> None:
    stream, bank = drawn(late, [(HOUR, (5.0, 3.0, 1.0))], START + late), Bank()
    begun = stream.start - ahead
    whole = Counts(
        begun, ahead + stream.length, np.append(begun, stream.tick), np.append(np.int32(7), stream.category),
        np.append(1, stream.events),
    )  # fmt: skip
    state, told = run(bank, [whole])
    assert not told
    assert state.level.ratio == pytest.approx(9, rel=0.1)
    agree((state, told), run(bank, cut(whole, [*range(3), ahead - 1, ahead, ahead + 1, ahead + 70])))


def test_many_incidents_do_not_make_the_bank_deaf() -> None:
    rates = [0.4 * 0.92**place for place in range(50)]
    changes = [
        [2 * rate for rate in rates], [rate**0.5 * 0.3 for rate in rates], [0.4 * rate for rate in rates],
        *([rate * (8 if place == each else 1) for place, rate in enumerate(rates)] for each in (20, 40, 8)),
    ]  # fmt: skip
    stretches: list[Stretch] = [(2 * DAY, rates)]
    for change in [*changes, *changes]:
        stretches += [(HOUR, change), (3 * HOUR, rates)]
    _, told = run(Bank(), [drawn(3, stretches)])
    begins = [START + 2 * DAY + each * 4 * HOUR for each in range(2 * len(changes))]
    delays = [min((one.detected - at for one in told if at < one.detected < at + HOUR), default=HOUR) for at in begins]
    assert max(delays) < 1200
    assert sum(delays[len(changes) :]) < 1.5 * sum(delays[: len(changes)]) + 300


def renamed(found: Finding, codes: Sequence[int]) -> tuple[object, ...]:
    category = None if found.category is None else codes[found.category]
    return found.kind, found.direction, found.family, category, found.began, found.detected, found.ended, found.events


def test_other_codes_for_the_categories_tell_the_same_of_them() -> None:
    codes = [3, 0, 1, 2]
    table = np.concatenate([
        np.random.default_rng(9).poisson(rates, (seconds, 4))
        for seconds, rates in [(DAY, USUAL), (900, FORMS["surge"]), (2 * HOUR, USUAL), (HOUR, FORMS["gone"])]
    ])  # fmt: skip
    other = np.zeros_like(table)
    other[:, codes] = table
    (_, one), (_, two) = run(Bank(watched=(0, 1)), [of_table(table)]), run(Bank(watched=(3, 0)), [of_table(other)])
    assert len({found.category for found in one}) > 1
    assert [renamed(found, codes) for found in one] == [renamed(found, range(4)) for found in two]
    assert [found.score for found in one] == pytest.approx([found.score for found in two], abs=1e-3)


def test_a_category_that_never_comes_changes_nothing_of_the_whole_stream() -> None:
    stream, bank = drawn(4, [(3 * HOUR, USUAL)]), Bank()
    moved = stream._replace(category=stream.category + np.int32(3))
    (one, told), (other, _) = run(bank, [stream]), run(bank, [moved])
    assert not told
    assert as_bytes((one.rate, one.level)) == as_bytes((other.rate, other.level))
    assert [each[:2] for each in families(one)[:MIX]] == [each[:2] for each in families(other)[:MIX]]


def test_incidents_are_counted_from_one_and_end_after_they_began(learned: Learned) -> None:
    _, told = learned.after(CHANGES, seed=11)
    starts = begun(told)
    assert [found.id for found in starts] == list(range(1, len(starts) + 1))
    ends = [found for found in told if found.ended is not None]
    last = {found.id: found for found in told if found.ended is None}
    assert len({found.id for found in ends}) == len(ends)
    for found in ends:
        assert found._replace(ended=None, lasting=False) == last[found.id]
        assert found.began < found.detected < (found.ended or 0)


@pytest.mark.parametrize("gap", [1, 45, 300, 601, 4000])
@pytest.mark.parametrize("heard", [900, 931, 959, 1199])
def test_of_no_category_is_anything_missed_because_a_while_was_not_seen(learned: Learned, heard: int, gap: int) -> None:
    bank, state = Bank(), learned.state()
    state, told = run(bank, [drawn(7, [(heard, USUAL)], state.now)], state)
    state = bank.missed(state, state.now + gap)
    whole = drawn(8, [(1200, USUAL)], state.now)
    for each in cut(whole, range(60, 1200, 60)):
        state, found = bank.step(state, each)
        told += found
        assert {name: evidence for name, evidence, *_ in families(state)}["absence"] < 8
    assert told == []
