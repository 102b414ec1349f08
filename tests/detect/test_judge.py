"""The judge: one budget over all families, kept on evidence of any scale."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rarebird.detect import judge, lean, surge, tail, thin
from rarebird.detect.judge import FAMILIES, PARTS, Judge

COUNT = len(FAMILIES)
BUDGETS = st.floats(0.01, 100)


def block(known: Judge, evidence: NDArray[np.float64], budget: float = 1.0) -> tuple[Judge, NDArray[np.float64]]:
    """A half hour with such maxima, one by family; how far each was over the limit."""
    weighed = judge.weigh(known, evidence[:, None])
    over = judge.score(known, weighed, budget)
    known = judge.note(known, evidence[:, None], weighed, (), float(over.max()))
    return known, over[:, 0]


def test_each_family_has_a_part_and_the_parts_are_the_whole_budget() -> None:
    assert len(PARTS) == COUNT
    assert PARTS.sum() == pytest.approx(1)
    assert (PARTS > 0).all()
    assert len(set(FAMILIES)) == COUNT
    assert judge.SURGES == judge.ABSENT - judge.SURGE == 1 + len(thin.SLOTS)
    assert judge.SURGE - judge.LEAN == lean.FORMS


def test_the_budget_is_kept_by_families_of_any_scale() -> None:
    draws = np.random.default_rng(2)
    scale, tries = np.geomspace(0.9, 20, COUNT), np.linspace(5, 500, COUNT)
    known, alarms, budget, weeks = judge.blank(), 0, 6.0, 0.0
    for number in range(4 * 336):
        evidence = scale * -np.log(-np.expm1(np.log(draws.random(COUNT)) / tries))
        known, over = block(known, evidence, budget)
        if number >= 336:
            weeks += 1 / 336
            alarms += bool((over > 0).any())
        if (over > 0).any():
            known = judge.rang(known, int(over.argmax()), float(evidence[over.argmax()]), float(over.max()))
        known = judge.end_block(known, budget, warm=True, whole=False, mix=False)
    assert weeks == pytest.approx(3)
    assert 0.5 * budget * weeks <= alarms <= 1.6 * budget * weeks


@given(BUDGETS, st.floats(1.1, 10))
def test_a_larger_budget_has_a_lower_limit_by_its_logarithm(budget: float, more: float) -> None:
    known = judge.blank()
    assert judge.limit(known, budget) - judge.limit(known, budget * more) == pytest.approx(math.log(more))
    assert tail.per_week(judge.limit(known, budget)) == pytest.approx(budget)


@given(BUDGETS, st.floats(0, 50), st.floats(0, 50), st.floats(0, 6))
def test_the_limit_is_higher_the_more_alarms_there_were_and_gives_way_only_a_little(
    budget: float, alarms: float, more: float, weeks: float
) -> None:
    few, many = (judge.blank()._replace(alarms=each, weeks=weeks) for each in (alarms, alarms + more))
    assert judge.limit(few, budget) <= judge.limit(many, budget)
    assert abs(judge.limit(many, budget) - judge.limit(judge.blank(), budget)) <= math.log(2)
    kept = judge.blank()._replace(alarms=budget * weeks, weeks=weeks)
    assert judge.limit(kept, budget) == pytest.approx(judge.limit(judge.blank(), budget))


@settings(max_examples=20)
@given(st.integers(0, 2**32), BUDGETS)
def test_more_evidence_scores_more_and_none_scores_least(seed: int, budget: float) -> None:
    draws, known = np.random.default_rng(seed), judge.blank()
    for _ in range(30):
        known, _ = block(known, draws.exponential(3, COUNT))
        known = judge.end_block(known, budget, warm=True, whole=False, mix=False)
    evidence = np.sort(draws.exponential(20, (COUNT, 9)), axis=1)
    evidence[:, 0] = 0
    weighed = judge.weigh(known, evidence)
    over = judge.score(known, weighed, budget)
    assert (np.diff(weighed, axis=1) >= 0).all()
    assert (np.diff(over, axis=1) >= 0).all()
    assert (weighed[:, 0] == tail.LEAST).all()
    assert (over[:, 0] < 0).all()


def test_evidence_of_an_alarm_is_not_taken_for_usual() -> None:
    known, _ = block(judge.blank(), np.full(COUNT, 4.0))
    known = judge.rang(known, 2, 30.0, 0.0)
    known, _ = block(known, np.full(COUNT, 5000.0))
    known = known._replace(kinds=known.kinds._replace(running=np.full(len(known.kinds.running), 5000.0)))
    closed = judge.end_block(known, 1.0, warm=True, whole=True, mix=True)
    assert 30 <= closed.families.ring[2, -1] < 60
    assert closed.families.ring[3, -1] < 5000
    assert closed.kinds.ring[:, -1].max() < 5000
    assert closed.bank.ring[0, -1] < 5000
    assert closed.alarms > 0
    assert np.isinf(closed.ceiling).all()


def test_of_many_blocks_in_which_incidents_began_hardly_any_is_taken_for_usual() -> None:
    draws, known = np.random.default_rng(4), judge.blank()
    for number in range(12 * 48):
        known, _ = block(known, draws.exponential(1, COUNT) + 6)
        if number >= 2 * 48 and number % 6 == 0:
            known = judge.rang(known, 12, 30.0, 0.0)
            known, _ = block(known, np.full(COUNT, 80.0))
        known = judge.end_block(known, 1.0, warm=True, whole=False, mix=False)
    assert 0 < known.heard <= 0.06 * known.alarms + 1
    assert (known.family_scale.excess < 4).all()
    _, over = block(known, np.where(np.arange(COUNT) == 12, 40.0, 6.0))
    assert over[12] > 0
    young, _ = block(judge.blank(), np.full(COUNT, 9.0))
    assert judge.end_block(judge.rang(young, 2, 30.0, 0.0), 1.0, warm=True, whole=False, mix=False).heard == 1


def test_of_many_blocks_that_come_near_an_alarm_few_are_taken_for_usual() -> None:
    draws, known = np.random.default_rng(5), judge.blank()
    for number in range(12 * 48):
        evidence = draws.exponential(1, COUNT) + 6
        if number >= 4 * 48 and number % 8 == 0:
            evidence[12] = judge.enough(known, 1.0, 0.5)[12]
        known, over = block(known, evidence)
        assert over[12] < 0
        known = judge.end_block(known, 1.0, warm=True, whole=False, mix=False)
    quiet = draws.exponential(1, (12 * 48, COUNT)) + 6
    base = np.quantile(quiet[:, 12], 0.9)
    assert known.family_scale.base[12] < base + 0.5
    assert known.family_scale.excess[12] < 2
    assert known.loud < 1.2 * math.e * known.weeks + 1


@given(BUDGETS, st.floats(0.1, 6))
def test_enough_is_the_evidence_that_lies_so_far_below_the_limit(budget: float, less: float) -> None:
    known = judge.blank()
    over = judge.score(known, judge.weigh(known, judge.enough(known, budget, less)[:, None]), budget)
    deep = judge.limit(known, budget) + judge.doubt(known)
    assert over[:, 0].tolist() == pytest.approx([-min(less, deep)] * COUNT, abs=1e-9)


def test_a_block_that_begins_within_an_incident_or_before_anything_is_known_says_nothing() -> None:
    known, _ = block(judge.blank(), np.full(COUNT, 9.0))
    for each, warm in [(known._replace(spoiled=True, deaf=(True, True)), True), (known, False)]:
        closed = judge.end_block(each, 1.0, warm=warm, whole=False, mix=False)
        assert closed.families.blocks == closed.kinds.blocks == closed.bank.blocks == 0
        assert closed.families.running.tolist() == judge.blank().families.running.tolist()
        assert closed.weeks == (1 / tail.PER_WEEK if warm else 0)
    assert judge.end_block(known, 1.0, warm=True, whole=True, mix=True).spoiled


def test_windows_of_a_surge_lie_as_deep_as_the_tail_of_their_kind_says() -> None:
    known, forms = judge.blank(), []
    kinds = np.arange(surge.CLASSES)
    few = np.zeros(surge.CLASSES, np.int64)
    found = surge.Found(few, kinds, np.full(surge.CLASSES, 12.0), few, few, *[few.astype(float)] * 2)
    for form in range(judge.SURGES):
        known_kinds = known.kinds.running.copy()
        first = form * surge.CLASSES
        depth = judge.surge_depth(known, form, found)
        expected = known.kind_scale.each(first + kinds).depth(np.full((surge.CLASSES, 1), 12.0))[:, 0]
        assert depth.tolist() == expected.tolist()
        assert (known_kinds[first : first + surge.CLASSES] == surge.LITTLE).all()
        forms.append(first)
    assert forms[-1] + surge.CLASSES == len(known.kinds.running)


@given(st.floats(0, 6), st.floats(0, 6))
def test_doubt_is_large_at_the_start_alone(weeks: float, more: float) -> None:
    young, old = (judge.blank()._replace(weeks=each) for each in (weeks, weeks + more))
    assert 0 < judge.doubt(old) <= judge.doubt(young) <= judge.doubt(judge.blank())
    assert judge.doubt(judge.blank()._replace(weeks=1 / 7)) < 0.15


def test_what_is_open_says_nothing_of_its_own_families_and_the_others_learn() -> None:
    known, _ = block(judge.blank(), np.full(COUNT, 9.0))
    whole = judge.end_block(known._replace(spoiled=True, deaf=(True, False)), 1.0, warm=True, whole=False, mix=True)
    assert np.isnan(whole.families.ring[: judge.MIX, -1]).all()
    assert np.isfinite(whole.families.ring[judge.MIX :, -1]).all()
    assert (whole.families.blocks, whole.kinds.blocks, whole.bank.blocks) == (1, 1, 0)
    assert (whole.spoiled, whole.deaf) == (True, (False, True))
    again, _ = block(whole, np.full(COUNT, 9.0))
    mix = judge.end_block(again, 1.0, warm=True, whole=False, mix=False)
    assert np.isfinite(mix.families.ring[: judge.MIX, -1]).all()
    assert np.isnan(mix.families.ring[judge.MIX :, -1]).all()
    assert (mix.families.blocks, mix.kinds.blocks, mix.bank.blocks) == (2, 1, 0)
    assert np.isfinite(np.stack(mix.family_scale)).all()


def test_a_young_stream_learns_nothing_of_an_alarm_whose_evidence_went_on_growing() -> None:
    """A maximum of chance is brief: clumps ring with all that they say, a change with little, and goes on."""
    known = judge.blank()
    for _ in range(4):
        known, _ = block(known, np.full(COUNT, 5.0))
        known = judge.end_block(known, 1.0, warm=True, whole=False, mix=False)
    deep = judge.enough(known, 1.0, 0.0)
    brief, _ = block(judge.rang(known, 4, 200.0, 12.0), np.where(np.arange(COUNT) == 4, 200.0, 5.0))
    brief = judge.end_block(brief._replace(top_score=12.5), 1.0, warm=True, whole=False, mix=False)
    assert brief.heard == 1
    lasting, over = block(judge.rang(known, 4, deep[4], 0.5), np.where(np.arange(COUNT) == 4, 200.0, 5.0))
    assert over[4] > 12
    lasting = judge.end_block(lasting, 1.0, warm=True, whole=False, mix=False)
    assert lasting.families.blocks == known.families.blocks == 4
    assert judge.enough(lasting, 1.0, 0.0)[4] < 1.1 * deep[4] < judge.enough(brief, 1.0, 0.0)[4]
    unfinished = judge.rang(known, 4, deep[4], 0.5)
    unfinished = judge.end_block(unfinished, 1.0, warm=True, whole=True, mix=False, unfinished=True)
    assert unfinished.families.blocks == 4


def test_where_most_half_hours_have_an_alarm_the_models_are_wrong_and_all_of_them_teach() -> None:
    known = judge.blank()
    for _ in range(12):
        known = judge.rang(known, 4, 20.0, 0.5)
        known, _ = block(known, np.where(np.arange(COUNT) == 4, 200.0, 5.0))
        known = judge.end_block(known._replace(top_score=30.0), 1.0, warm=True, whole=False, mix=False)
    assert known.families.blocks == 6
