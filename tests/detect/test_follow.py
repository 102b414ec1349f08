"""What becomes of an incident: it is over once the usual is back, or has become the usual; each is told once."""

from __future__ import annotations

import pytest

from rarebird.detect import level
from rarebird.detect.bank import Bank
from rarebird.detect.episode import LASTING, Episode, counted, first_factor
from rarebird.detect.finding import Finding
from rarebird.detect.judge import FAMILIES, MIX
from rarebird.detect.shares import PERIOD
from rarebird.detect.state import State
from rarebird.model.clock import UTC
from tests.detect.streams import DAY, HOUR, START, USUAL, Learned, as_bytes, begun, drawn, run

MANY = [0.516 * 0.9**place for place in range(50)]
DOUBLE = [2 * rate for rate in USUAL]


def usual(state: State) -> float:
    """Events a second that are expected now."""
    return level.expected(state.level, UTC, state.now) * state.level.ratio


@pytest.mark.parametrize("rates", [DOUBLE, [0.3 * rate for rate in USUAL], [0.0]])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_change_that_goes_back_is_over_within_minutes_and_told_once(
    learned: Learned, rates: list[float], seed: int
) -> None:
    start = learned.state().now
    _, told = learned.after([(900, USUAL), (1200, rates), (3600, USUAL)], seed)
    total = [found for found in told if found.kind in {"rate", "silence"}]
    one, other = total
    assert one.id == other.id
    assert not one.lasting
    assert not other.lasting
    assert start + 2100 < (other.ended or 0) <= start + 2100 + 300


@pytest.mark.parametrize("seed", [1, 2])
def test_a_doubled_rate_that_stays_is_told_once_and_becomes_the_usual(learned: Learned, seed: int) -> None:
    before = usual(learned.state())
    state, told = learned.after([(900, USUAL), (LASTING + 2 * HOUR, DOUBLE)], seed)
    (one, other) = told
    assert (one.id, one.direction, one.ended) == (other.id, "up", None)
    assert other.lasting
    assert other.ended is not None
    assert 0 <= other.ended - one.detected - LASTING < 60
    assert usual(state) == pytest.approx(2 * before, rel=0.1)
    assert not state.episodes


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("change", [3.0, 0.3])
def test_a_rate_whose_stream_falls_silent_turns_into_the_silence_and_is_not_said_to_be_back(
    learned: Learned, change: float, seed: int
) -> None:
    changed = [change * rate for rate in USUAL]
    silent = learned.state().now + 1800
    _, told = learned.after([(900, USUAL), (900, changed), (1800, [0.0]), (1800, USUAL)], seed)
    rate, silence = begun(told)
    assert (rate.kind, silence.kind) == ("rate", "silence")
    assert silent < silence.detected <= silent + 240
    over = [found for found in told if found.ended is not None]
    assert [(found.id, found.turned) for found in over] == [(rate.id, "silence"), (silence.id, "")]
    assert over[0].ended == silence.detected
    assert silent + 1800 < (over[1].ended or 0) <= silent + 2100


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("often", [0.6, 7.0, 60.0])
def test_nothing_at_all_is_told_once_and_as_a_silence_however_fast_the_stream(often: float, seed: int) -> None:
    usual = [often * rate for rate in USUAL]
    _, told = run(Bank(), [drawn(seed, [(7000, usual), (600, [0.0]), (1, usual)])])
    (silence,) = [found for found in begun(told) if found.category is None and found.detected > START + 7000]
    assert (silence.kind, silence.events) == ("silence", 0)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("second", [5, 20, 45])
def test_no_rate_is_over_by_a_quiet_that_may_be_a_silence(learned: Learned, second: int, seed: int) -> None:
    # Three times as often up to some seconds before the end of a minute, and nothing from there on.
    tripled = [3 * rate for rate in USUAL]
    start = learned.state().now
    stretches = [(900, USUAL), (900 - start % 60 + 60 - second, tripled), (600, [0.0])]
    _, told = learned.after(stretches, seed)
    over = [found for found in told if found.ended is not None]
    assert over
    assert all(found.turned for found in over if found.kind == "rate")


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("rates", [(20.0, 0.5, 0.3, 0.1), (0.0, 0.5, 0.3, 0.1), (0.4, 0.5, 0.4, 0.4)])
def test_a_category_or_a_mix_is_not_over_while_nothing_at_all_comes(
    learned: Learned, rates: tuple[float, ...], seed: int
) -> None:
    silent = learned.state().now + 2700
    _, told = learned.after([(900, USUAL), (1800, rates), (2400, [0.0])], seed)
    assert any(found.family not in FAMILIES[:MIX] for found in told)
    assert [found for found in told if found.ended is not None and found.ended > silent + 60 and not found.turned] == []


def surged(events: int, expected: float) -> Episode:
    """An incident of a category within a minute, as it begins."""
    incident = Finding(
        id=1, kind="mix", direction="up", family="surge", category=0, began=0, detected=60, ended=None, lasting=False,
        score=1.0, part=0.1, chance=0.5, events=events, expected=expected, low=0.0, high=3.0, whole=0.0,
        contributions=(),
    )  # fmt: skip
    return Episode(incident, 0, first_factor(incident), 1.0, 0.0, ())


@pytest.mark.parametrize(("events", "expected"), [(2, 1e-5), (4, 0.04), (20, 0.5), (60, 12.0)])
def test_a_surge_is_over_soon_after_its_last_event_however_rarely_its_category_comes(
    events: int, expected: float
) -> None:
    goes_on = back = surged(events, expected)
    for _ in range(60):
        goes_on = counted(goes_on, events, expected, expected)
        assert goes_on.against == 0
    minutes = 0
    while not back.is_over():
        back, minutes = counted(back, 0, expected, expected), minutes + 1
    assert minutes <= 20


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    "rates", [(0.55, 0.35, 0.7, 0.1), (0.5, 0.45, 0.4, 0.35), (1.2, 0.35, 0.13, 0.02), (1.0, 0.0, 0.55, 0.15)]
)
def test_another_mix_that_stays_is_told_once_and_becomes_the_usual(
    learned: Learned, rates: tuple[float, ...], seed: int
) -> None:
    # With so small a budget chance adds nothing in these hours, of whatever is looked for.
    state, told = learned.after([(900, USUAL), (LASTING + 6 * HOUR, rates)], seed, Bank(budget=0.1))
    starts = begun(told)
    # What else of it departs by itself has an incident of its own, once.
    assert len({(found.category, found.direction) for found in starts}) == len(starts) <= 3
    assert max(found.detected for found in starts) < learned.state().now + 900 + LASTING / 2
    last = told[-1]
    assert last.lasting
    assert last.ended is not None
    assert last.ended - starts[0].detected < LASTING + PERIOD + 60
    assert not state.episodes
    assert state.told.share[:4].tolist() == pytest.approx([rate / sum(rates) for rate in rates], rel=0.15, abs=0.01)


@pytest.fixture(scope="module")
def of_many() -> Learned:
    """Two days of fifty categories, 5 events a second."""
    return Learned(as_bytes(run(Bank(), [drawn(7, [(2 * DAY, MANY)])])[0]))


@pytest.mark.parametrize("seed", [1, 3])
def test_a_form_waits_with_becoming_the_usual_for_the_form_that_began_before_it(of_many: Learned, seed: int) -> None:
    # A little more of what is watched, as the whole mix is flat for two hours: it would be the usual after 8 minutes.
    roots = [rate**0.5 for rate in MANY]
    flat = [sum(MANY) * root / sum(roots) for root in roots]
    inside = [rate * (1.4 if place in {2, 4, 7} else 1) for place, rate in enumerate(flat)]
    begin = of_many.state().now + 600
    stretches = [(600, MANY), (1200, flat), (2 * HOUR - 1200, inside), (1200, MANY)]
    _, told = of_many.after(stretches, seed, Bank(watched=(2, 4, 7)))
    even, *others = [found for found in told if found.ended is None and found.direction == "even"]
    assert 0 < even.detected - begin < 60
    assert not others
    over = next(found.ended for found in told if found.id == even.id and found.ended)
    assert begin + 2 * HOUR < over < begin + 2 * HOUR + 300
    small = [found for found in told if found.category is None and found.kind == "mix" and found.id != even.id]
    assert any(begin + 1200 < found.detected < begin + 2 * HOUR for found in small), "the small form is found"
    assert not [found for found in small if found.lasting and (found.ended or 0) < over]


@pytest.mark.parametrize(("category", "factor"), [(20, 3), (35, 12), (45, 100), (49, 300), (3, 0.3), (0, 0), (25, 0)])
def test_a_category_that_changes_for_good_and_goes_back_for_good_is_told_once_each_way(
    of_many: Learned, category: int, factor: float
) -> None:
    rates = [rate * (factor if place == category else 1) for place, rate in enumerate(MANY)]
    state, told = of_many.after([(900, MANY), (9 * HOUR, rates), (9 * HOUR, MANY)], 1)
    mix = [found for found in told if found.category == category]
    there, back = ("up", "down") if factor > 1 else ("down", "up")
    assert [(found.direction, found.lasting) for found in mix] == [
        (there, False), (there, True), (back, False), (back, True),
    ]  # fmt: skip
    assert not [found for found in told if found.kind == "mix" and found.category != category]
    assert state.told.share[category] == pytest.approx(MANY[category] / sum(MANY), rel=0.5)


def test_from_the_new_usual_a_return_is_a_change_of_its_own(learned: Learned) -> None:
    _, told = learned.after([(900, USUAL), (LASTING + HOUR, DOUBLE), (1200, USUAL)], 1)
    assert [found.direction for found in begun(told)] == ["up", "down"]


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("factor", [0.45, 1.8])
def test_a_change_that_stays_for_hours_begins_and_ends_at_most_once(learned: Learned, factor: float, seed: int) -> None:
    _, told = learned.after([(900, USUAL), (2 * HOUR, [factor * rate for rate in USUAL])], seed)
    assert len(begun(told)) <= 1
    assert len(told) <= 2


def test_what_is_out_of_the_ordinary_is_not_learned(learned: Learned) -> None:
    state, told = learned.after([(900, USUAL), (1800, [0.0, 0.5, 0.3, 0.1])], 1)
    assert [each.category for each in state.episodes] == [0]
    assert told
    usual, _ = learned.after([(900, USUAL)], 1)
    assert state.told.share[0] == pytest.approx(usual.told.share[0], rel=0.1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_one_incident_the_next_is_told_as_soon(learned: Learned, seed: int) -> None:
    calm = learned.state().now + 2800
    surge = (0.8, 0.5, 3.0, 0.1)
    _, told = learned.after([(1000, USUAL), (300, surge), (1500, USUAL), (400, DOUBLE), (600, USUAL)], seed)
    (one,) = [found for found in begun(told) if found.detected > calm - 600]
    assert (one.kind, one.direction) == ("rate", "up")
    assert calm < one.detected < calm + 120


def test_small_changes_that_stay_are_hardly_ever_told_twice(learned: Learned) -> None:
    often = [
        len(begun(learned.after([(900, USUAL), (2 * HOUR, [factor * rate for rate in USUAL])], seed)[1]))
        for factor in (0.6, 1.4)
        for seed in range(5)
    ]
    assert sum(often) <= len(often) + 2


def test_a_quiet_hour_after_an_incident_is_quiet(learned: Learned) -> None:
    _, told = learned.after([(900, USUAL), (600, [0.8, 0.5, 0.3, 2.0]), (2 * HOUR, USUAL)], 2)
    ends = [found.ended for found in told if found.ended is not None]
    assert ends
    assert not [found for found in begun(told) if found.detected > max(ends)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_silence_that_follows_a_rise_ends_it_and_is_told_at_once(learned: Learned, seed: int) -> None:
    start = learned.state().now
    _, told = learned.after([(900, USUAL), (120, [3 * rate for rate in USUAL]), (300, [0.0]), (900, USUAL)], seed)
    total = [found for found in told if found.kind in {"rate", "silence"}]
    assert [found.kind for found in total] == ["rate", "rate", "silence", "silence"]
    rise, end, silence, _ = total
    assert start + 1020 < (end.ended or 0) <= silence.detected <= start + 1020 + 60
    assert (rise.id, end.id) == (1, 1)


@pytest.mark.parametrize(("seconds", "taught"), [(LASTING + 900, 1.0), (3600, 0.0)])
def test_only_a_change_that_has_stayed_teaches_the_hours_in_which_it_was(
    learned: Learned, seconds: int, taught: float
) -> None:
    before = learned.state().level
    state, told = learned.after([(1200, USUAL), (seconds, DOUBLE), (900, USUAL)], 1)
    assert [found.lasting for found in told if found.ended is not None][:1] == [bool(taught)]
    # From half past midnight to one o'clock the change was open.
    gained = (state.level.slot_time - before.slot_time)[3:6]
    assert gained == pytest.approx(600 * taught, abs=1)
    assert len(state.level.aside) == 0 or state.whole is not None
