"""Feedback: what people said of incidents changes what is told next, and nothing that is learned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebird.detect import feedback
from rarebird.detect.bank import Bank
from rarebird.detect.detection import Detection
from rarebird.detect.feedback import MOST, STEP, Feedback
from rarebird.detect.finding import Finding
from rarebird.detect.judge import FAMILIES
from rarebird.detect.saved import plain, restored
from rarebird.detect.state import State
from rarebird.errors import InputError
from rarebird.model.categories import Categories
from rarebird.model.state import pack, unpack
from tests.detect.streams import DAY, HOUR, USUAL, Learned, as_bytes, begun, cut, drawn, run
from tests.detect.test_detection import named, ticks_of

SURGE = FAMILIES.index("surge")
MANY = tuple(0.3 * 0.85**place for place in range(16))
"""So many categories that the surge of one hardly bends the mix."""
HARMLESS = 6
SAYINGS = st.lists(
    st.tuples(st.integers(0, 8), st.sampled_from(FAMILIES), st.none() | st.integers(0, 3), st.sampled_from([-1, 1])),
    max_size=12,
)


def surging(category: int, factor: float) -> Sequence[float]:
    return tuple(rate * (factor if place == category else 1) for place, rate in enumerate(MANY))


def with_feedback(state: State, times: int, family: str = "surge", category: int | None = HARMLESS) -> State:
    known = state.feedback
    for id in range(1, times + 1):
        known = feedback.said(known, id, family, category, 1)
    return state._replace(feedback=known)


@pytest.fixture(scope="module")
def known() -> Learned:
    """Two days of many categories, and none of what comes later."""
    return Learned(as_bytes(run(Bank(), [drawn(5, [(2 * DAY, MANY)])])[0]))


def told_after(known: Learned, times: int, rates: Sequence[float], seconds: int, seed: int) -> dict[str, int]:
    """Seconds from the begin of a change to each incident after so many sayings about the harmless category."""
    state = with_feedback(known.state(), times)
    began = state.now + 1200
    _, told = run(Bank(), [drawn(seed, [(1200, MANY), (seconds, rates), (HOUR, MANY)], state.now)], state)
    return {f"{each.family.split()[0]} {each.category}": each.detected - began for each in begun(told)}


def test_a_harmless_surge_that_was_too_sensitive_twice_is_told_later_or_no_more(known: Learned) -> None:
    key, surge = f"surge {HARMLESS}", surging(HARMLESS, 4.5)
    before = [told_after(known, 0, surge, 45, seed).get(key) for seed in range(10)]
    once = [told_after(known, 1, surge, 45, seed).get(key) for seed in range(10)]
    twice = [told_after(known, 2, surge, 45, seed).get(key) for seed in range(10)]
    assert sum(each is not None for each in before) >= 7
    assert sum(each is not None for each in twice) <= 5
    for sooner, later in [*zip(before, once, strict=True), *zip(once, twice, strict=True)]:
        assert later is None or (sooner is not None and sooner <= later)


@pytest.mark.parametrize("category", [2, 7, 9])
def test_other_categories_are_told_at_the_same_second(known: Learned, category: int) -> None:
    for seed in range(4):
        before = told_after(known, 0, surging(category, 8), 1200, seed)
        assert any(key != f"surge {HARMLESS}" for key in before)
        assert told_after(known, 2, surging(category, 8), 1200, seed) == before


def test_another_category_is_told_while_a_surge_is_held_back(known: Learned) -> None:
    state = with_feedback(known.state(), MOST)
    stream = drawn(3, [(1200, MANY), (60, surging(HARMLESS, 4)), (600, surging(9, 40))], state.now)
    state, told = run(Bank(), [stream.within(state.now, state.now + 1260)], state)
    assert (told, [each.held for each in state.episodes]) == ([], [True])
    _, told = run(Bank(), [stream.within(state.now, stream.start + stream.length)], state)
    assert [each.category for each in begun(told) if each.kind == "mix"] == [9]


def test_what_is_far_beyond_the_limit_is_told_whatever_was_said(known: Learned) -> None:
    assert f"surge {HARMLESS}" in told_after(known, 20, surging(HARMLESS, 40), 600, seed=1)


@pytest.mark.parametrize("family", ["rate up", "long rate up"])
def test_families_that_tell_the_same_are_one_scope(known: Learned, family: str) -> None:
    def first(times: int) -> int:
        state = with_feedback(known.state(), times, family, None)
        _, told = run(Bank(), [drawn(3, [(1200, MANY), (900, [1.5 * rate for rate in MANY])], state.now)], state)
        return next((each.detected for each in begun(told) if each.kind == "rate"), state.now)

    assert first(0) < first(2)


def recurring(known: Learned, times: int) -> tuple[State, list[Finding]]:
    """Three days, each with a surge that is harmless."""
    state = with_feedback(known.state(), times)
    days = [(DAY - 2 * HOUR, MANY), (60, surging(HARMLESS, 5)), (2 * HOUR - 60, MANY)]
    return run(Bank(), [drawn(4, 3 * days, state.now)], state)


def test_what_is_held_back_is_learned_as_if_it_had_been_told(known: Learned) -> None:
    (heard, all_told), (held, told) = recurring(known, 0), recurring(known, MOST)
    assert len(begun(told)) < len(begun(all_told)) == 2
    assert as_bytes((heard.level, heard.shares, heard.rate)) == as_bytes((held.level, held.shares, held.rate))
    for one, other in zip(heard.judge.kind_scale, held.judge.kind_scale, strict=True):
        np.testing.assert_allclose(one, other, rtol=0.05)


@pytest.mark.slow
def test_of_a_usual_stream_no_more_is_told_than_the_budget_allows() -> None:
    bank, days = Bank(budget=20), 7
    number = {}
    for name, times in {"nothing said": 0, "said": 3}.items():
        state, _ = run(bank, [drawn(8, [(2 * DAY, USUAL)])])
        for family, category in (("rate up", None), ("surge", 1), ("evener", None)):
            known = state.feedback
            for _ in range(times):
                known = feedback.said(known, len(known.said) + 1, family, category, 1)
            state = state._replace(feedback=known)
        _, told = run(bank, [drawn(9, [(days * DAY, USUAL)], state.now)], state)
        number[name] = len(begun(told))
    assert number["said"] <= number["nothing said"]
    assert number["said"] <= 20 * days / 7 * 1.5


@settings(max_examples=8)
@given(SAYINGS, st.integers(0, 2**32), st.lists(st.integers(0, 2500), max_size=20))
def test_any_cut_gives_the_same_whatever_was_said(
    learned: Learned, sayings: list[tuple[int, str, int | None, int]], seed: int, cuts: list[int]
) -> None:
    known = feedback.blank()
    for saying in sayings:
        known = feedback.said(known, *saying)
    surge, bank = (0.8, 0.5, 0.3, 0.6), Bank()
    stream = drawn(seed, [(900, USUAL), (300, surge), (600, USUAL), (400, (0.0,)), (200, USUAL)], learned.state().now)
    one = run(bank, [stream], learned.state()._replace(feedback=known))
    state, told = learned.state()._replace(feedback=known), []
    for part in cut(stream, cuts):
        state, found = bank.step(restored(State, plain(state)), part)
        told += found
    assert told == one[1]
    assert as_bytes(state) == as_bytes(one[0])


def same(one: Feedback, other: Feedback) -> bool:
    return as_bytes(one) == as_bytes(other)


@given(SAYINGS)
def test_what_is_said_is_bounded_and_taking_it_back_leaves_no_trace(
    sayings: list[tuple[int, str, int | None, int]],
) -> None:
    known = feedback.blank()
    for saying in sayings:
        after = feedback.said(known, *saying)
        assert same(feedback.taken_back(after, saying[0]), feedback.taken_back(known, saying[0]))
        assert same(feedback.said(after, *saying), after)
        known = after
        for family in range(len(FAMILIES)):
            asked = feedback.asked(known, family, 5)
            assert (asked >= 0).all()
            assert (asked <= 2 * MOST * STEP + 1e-9).all()
    for id in range(9):
        known = feedback.taken_back(known, id)
    assert same(known, feedback.blank())


def test_real_takes_one_step_back_and_never_asks_less_than_the_limit() -> None:
    known = feedback.said(feedback.blank(), 1, "surge", 2, -1)
    assert feedback.asked(known, SURGE, 4).tolist() == [0, 0, 0, 0]
    known = feedback.said(feedback.said(known, 2, "surge", 2, 1), 3, "surge", 2, 1)
    assert feedback.asked(known, SURGE, 4).tolist() == [0, 0, 2 * STEP, 0]
    assert feedback.asked(feedback.said(known, 4, "surge of slots", 2, -1), SURGE, 4).tolist() == [0, 0, STEP, 0]


def test_by_name_it_is_kept_over_a_restart_and_taken_back_to_the_last_bit(learned: Learned) -> None:
    found = named(learned)
    before = pack(found.state())
    found.feedback("surge", "ME", "too sensitive", 7)
    found.feedback("rate up", None, "expected", 8)
    found.feedback("rate up", None, "real", 9)
    again = named(learned)
    again.restore(unpack(pack(found.state())))
    stream = ticks_of(drawn(2, [(900, USUAL), (300, (0.8, 0.5, 0.3, 1.0))], learned.state().now))
    assert again.take(stream) == found.take(stream)
    fresh = named(learned)
    for id, says in ((7, "too sensitive"), (8, "expected")):
        fresh.feedback("surge", "CA", says, id)  # type: ignore[arg-type]
    assert pack(fresh.state()) != before
    for id in (8, 7):
        fresh.feedback("surge", "CA", None, id)
    assert pack(fresh.state()) == before


def test_a_checkpoint_from_before_there_was_feedback_is_read(learned: Learned) -> None:
    value = unpack(learned.body)["value"]
    del value["feedback"]
    found = Detection(Categories())
    found.restore({"learned": value, "deaf": 0})
    assert pack(found.state()) == pack(named(learned).state())


def test_feedback_on_what_there_is_not_says_what_there_is(learned: Learned) -> None:
    with pytest.raises(InputError, match=r"expected feedback on one of rate up, .*, got 'rates'"):
        named(learned).feedback("rates", None, "real", 1)
    with pytest.raises(InputError, match="category that was seen, got 'nowhere'"):
        named(learned).feedback("surge", "nowhere", "real", 1)
