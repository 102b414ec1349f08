"""Incidents side by side: what is open hides nothing else, and stops nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebird.detect import rest, state
from rarebird.detect.bank import Bank
from rarebird.detect.episode import Episode
from rarebird.detect.finding import Finding
from rarebird.detect.state import State
from tests.detect.streams import DAY, HOUR, Learned, as_bytes, begun, cut, drawn, from_bytes, run

MANY = [0.516 * 0.9**place for place in range(50)]
QUIET = [0.0] * 50
WATCHED = (2, 4, 7)
Rates = Sequence[float]


@pytest.fixture(scope="module")
def of_many() -> Learned:
    """Two days of fifty categories, 5 events a second."""
    return Learned(as_bytes(run(Bank(), [drawn(7, [(2 * DAY, MANY)])])[0]))


def times(rates: Rates, factor: float, *categories: int) -> list[float]:
    """The rates with those of some categories, or of all, times a factor."""
    return [rate * (factor if place in (categories or range(50)) else 1) for place, rate in enumerate(rates)]


def even(rates: Rates) -> list[float]:
    total, roots = sum(rates), [rate**0.5 for rate in rates]
    return [total * root / sum(roots) for root in roots]


def found(told: Sequence[Finding], after: int, until: int) -> set[tuple[int | None, str]]:
    """Of what was told as begun in a stretch what it is about: a category, or the kind of what is about all."""
    return {
        (each.category, each.direction if each.category is not None else f"{each.kind} {each.direction}")
        for each in begun(told)
        if after < each.detected <= until
    }


PAIRS: dict[str, tuple[Rates, Rates, tuple[int | None, str]]] = {
    "a category in another": (times(MANY, 40, 40), times(times(MANY, 40, 40), 4, 3), (3, "up")),
    "the rate in a category": (times(MANY, 40, 40), times(times(MANY, 40, 40), 2), (None, "rate up")),
    "half in a category": (times(MANY, 10, 20), times(times(MANY, 10, 20), 0.4), (None, "rate down")),
    "a silence in a category": (times(MANY, 10, 20), QUIET, (None, "silence down")),
    "gone in a category": (times(MANY, 10, 20), times(times(MANY, 10, 20), 0, 6), (6, "down")),
    "a category in what is gone": (times(MANY, 0, 6), times(times(MANY, 0, 6), 10, 20), (20, "up")),
    "a category in a rate": (times(MANY, 2), times(times(MANY, 2), 4, 3), (3, "up")),
    "a category in half": (times(MANY, 0.4), times(times(MANY, 0.4), 6, 3), (3, "up")),
    "a category in a flat mix": (even(MANY), times(even(MANY), 4, 0), (0, "up")),
    "a flat mix in a category": (times(MANY, 10, 20), times(even(MANY), 10, 20), (None, "mix even")),
    "a flat mix in a rate": (times(MANY, 2), times(even(MANY), 2), (None, "mix even")),
    "a rate in a flat mix": (even(MANY), times(even(MANY), 2), (None, "rate up")),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_second_change_is_found_and_named_while_a_first_is_open(of_many: Learned, name: str, seed: int) -> None:
    first, both, second = PAIRS[name]
    start = of_many.state().now
    _, told = of_many.after([(900, MANY), (1200, first), (1200, both)], seed)
    assert second in found(told, start + 2100, start + 3300)


def test_one_incident_opens_and_ends_beside_another_that_goes_on(of_many: Learned) -> None:
    start = of_many.state().now
    one, both = times(MANY, 20, 30), times(times(MANY, 20, 30), 8, 12)
    state, told = of_many.after([(900, MANY), (900, one), (900, both), (1200, one)], 3)
    mine = [each for each in told if each.category == 12]
    assert [each.ended is None for each in mine] == [True, False]
    assert start + 2700 < (mine[1].ended or 0) < start + 2700 + 400
    assert [each.category for each in state.episodes] == [30]


def test_a_category_that_is_open_stops_neither_the_level_nor_the_shares_of_others(of_many: Learned) -> None:
    usual, _ = of_many.after([(900, MANY), (2 * HOUR, MANY)], 2)
    state, told = of_many.after([(900, MANY), (2 * HOUR, times(MANY, 20, 30))], 2)
    assert [each.category for each in begun(told)] == [30]
    assert state.level.age == usual.level.age
    assert state.level.ratio == pytest.approx(usual.level.ratio, rel=0.1)
    shares = [each.told.share[:50] for each in (state, usual)]
    assert shares[0].tolist() == pytest.approx(shares[1].tolist(), rel=0.3)


def watching(seed: int, rates: Rates, length: int) -> State:
    """A bank that watches three large categories, behind a day and some time of other rates."""
    state, _ = run(Bank(watched=WATCHED), [drawn(seed, [(DAY, MANY), (length, rates)])])
    return state


@pytest.mark.parametrize("seed", [1, 2])
def test_while_the_watched_set_is_open_only_its_part_of_all_is_not_learned(seed: int) -> None:
    before = watching(seed, MANY, 60)
    rates = times(times(MANY, 1.7, *WATCHED), 0.6, 10)
    state = watching(seed, rates, 2 * HOUR)
    assert [each.of_watched for each in state.episodes if each.of_form] == [True]
    usual = state.usual
    assert usual is not None
    parts = [float(each.share[list(WATCHED)].sum()) for each in (before.told, usual)]
    assert parts[1] == pytest.approx(parts[0], rel=0.04)
    assert state.shares.age > before.shares.age + 1.5 * HOUR
    spread = usual.share[10] / usual.share[11] / (before.told.share[10] / before.told.share[11])
    assert spread < 0.9


def test_while_the_mix_is_more_even_no_share_is_learned() -> None:
    before, state = watching(1, MANY, 60), watching(1, even(MANY), HOUR)
    assert state.leans
    assert state.shares.age <= before.shares.age + 300


def test_while_nothing_comes_nothing_but_the_silence_ends(of_many: Learned) -> None:
    surge = times(MANY, 40, 40)
    state, told = of_many.after([(900, MANY), (900, surge), (2400, QUIET), (900, surge)], 1)
    assert [each.category for each in begun(told)].count(40) == 1
    assert not [each for each in told if each.category == 40 and each.ended is not None]
    assert 40 in [each.category for each in state.episodes]


@settings(max_examples=6)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 4000), max_size=20))
def test_any_cut_of_changes_one_in_another_gives_the_same_to_the_last_bit(
    of_many: Learned, seed: int, cuts: list[int]
) -> None:
    one, both = times(MANY, 30, 35), times(times(MANY, 30, 35), 5, 5)
    stretches = [(650, MANY), (400, one), (500, both), (420, times(both, 2)), (400, QUIET), (630, even(MANY))]
    stretches += [(300, times(even(MANY), 4, 0)), (700, MANY)]
    stream, bank = drawn(seed, stretches, of_many.state().now), Bank()
    state, told = of_many.state(), []
    for each in cut(stream, cuts):
        state, more = bank.step(from_bytes(as_bytes(state)), each)
        told += more
    whole, all_told = run(bank, [stream], of_many.state())
    assert len({each.category for each in begun(all_told)}) > 2
    assert told == all_told
    assert as_bytes(state) == as_bytes(whole)


def test_no_more_is_open_than_fits(of_many: Learned, monkeypatch: pytest.MonkeyPatch) -> None:
    start, both = of_many.state().now, times(times(MANY, 40, 40), 6, 3)
    stretches = [(900, MANY), (900, times(MANY, 40, 40)), (900, both), (900, times(MANY, 6, 3))]
    monkeypatch.setattr(state, "MOST", 1)
    _, told = of_many.after(stretches, 1)
    assert (3, "up") not in found(told, start, start + 2700)
    many = [each for each in begun(told) if each.category is None and each.family == "surge"]
    assert [(each.kind, each.direction, each.contributions[0].category) for each in many] == [("mix", "up", 3)]
    assert start + 1800 < many[0].detected < start + 1830
    assert (3, "up") in found(told, start + 2700, start + 2900)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_hundred_categories_that_surge_at_once_are_many_at_once(seed: int) -> None:
    usual = [0.1] * 400
    surge = [rate * (15 if place % 4 == 0 else 1) for place, rate in enumerate(usual)]
    start = run(Bank(), [drawn(seed, [(6 * HOUR, usual)])])[0]
    before = len(as_bytes(start))
    after, told = run(Bank(), [drawn(seed, [(1200, surge)], start.now)], start)
    open_ = after.episodes
    assert len(open_) <= 64 + 4
    of_many = [each for each in begun(told) if each.category is None and each.family.startswith("surge")]
    assert [(each.kind, each.direction) for each in of_many] == [("mix", "up")]
    assert of_many[0].detected < start.now + 300
    named = [each.category for each in begun(told) if each.category is not None]
    assert len(named) >= 64
    assert all(category % 4 == 0 for category in named)
    assert len(as_bytes(after)) - before < 2_000_000
    _, later = run(Bank(), [drawn(seed + 9, [(3600, usual)], after.now)], after)
    assert {each.id for each in begun(told)} <= {each.id for each in (*told, *later) if each.ended is not None}


def test_where_hardly_anything_is_left_no_share_is_judged(of_many: Learned) -> None:
    state = of_many.state()
    large = range(20)
    for code in large:
        state = state._replace(episodes=(*state.episodes, surged(state, code)))
    found_ = rest.rest_of(state)
    assert found_.apart is not None
    assert found_.scale == pytest.approx(1 / (1 - state.told.share[list(large)].sum()))
    alone = rest.rest_of(state._replace(episodes=tuple(surged(state, code) for code in range(49))))
    assert (alone.apart, alone.scale, alone.judged) == (None, 1.0, False)


def surged(state: State, category: int) -> Episode:
    """An open incident of a category."""
    incident = Finding(
        id=1 + category, kind="mix", direction="up", family="surge", category=category, began=state.now - 60,
        detected=state.now, ended=None, lasting=False, score=1.0, part=0.1, chance=0.5, events=20, expected=2.0,
        low=0.0, high=5.0, whole=0.0, contributions=(),
    )  # fmt: skip
    return Episode(incident, 12, 5.0, 1.0, 0.0, ())


@pytest.mark.parametrize("seed", [1, 2])
def test_with_several_open_other_codes_of_the_categories_tell_the_same_incidents(seed: int) -> None:
    one, both = times(MANY, 30, 35), times(times(MANY, 30, 35), 5, 5)
    stretches = [
        (DAY, MANY),
        (600, one),
        (900, both),
        (900, times(both, 2)),
        (900, MANY),
        (900, even(MANY)),
        (900, MANY),
    ]
    stream = drawn(seed, stretches)
    other = np.random.default_rng(seed).permutation(50).astype(np.int32)
    order = np.lexsort((other[stream.category], stream.tick))
    moved = stream._replace(
        tick=stream.tick[order], category=other[stream.category][order], events=stream.events[order]
    )  # fmt: skip
    (_, told), (_, again) = run(Bank(), [stream]), run(Bank(), [moved])
    first, second = ([each for each in found if not each.grown or each.ended is not None] for found in (told, again))
    assert len({each.category for each in begun(told)}) > 2
    assert [(each.kind, each.direction, each.ended is None) for each in first] == [
        (each.kind, each.direction, each.ended is None) for each in second
    ]
    assert [None if each.category is None else int(other[each.category]) for each in first] == [
        each.category for each in second
    ]
    for mine, theirs in zip(first, second, strict=True):
        assert abs(mine.began - theirs.began) <= 60
        assert mine.ended == theirs.ended
        assert theirs.score == pytest.approx(mine.score, rel=0.1, abs=0.01)
