"""The life of incidents: what people are told of what is found, and why. All times are of the stream."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rarebird.incident.cause import same_cause
from rarebird.incident.decision import Decision, Hushed, never
from rarebird.incident.entry import Life
from rarebird.incident.life import HOLD, LASTS, LONGEST, finish, replied, step
from rarebird.model.incident import Contribution, Incident
from rarebird.model.instant import SECOND
from tests.incident.test_telling import incident

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
KINDS: list[tuple[Any, ...]] = [
    ("rate", "up", None, 60.0), ("rate", "down", None, -60.0), ("mix", "up", "ME", 0.0), ("mix", "up", "CA", 0.0),
    ("mix", "down", "CA", 0.0), ("mix", "even", None, 0.0), ("event", "up", "GU", 0.0),
]  # fmt: skip


def found(id: int, kind: tuple[Any, ...], at: int, **other: Any) -> Incident:
    name, direction, category, whole = kind
    expected = 84.0 if whole < 0 else 2.0
    return incident(
        name, direction, id=id, category=category, whole=whole, expected=expected, began=at - 2 * MINUTE, detected=at,
        family=name, **other,
    )  # fmt: skip


@st.composite
def findings(draw: st.DrawFn) -> list[Incident]:
    """As detection tells them: each begins and ends once, in order of time; at most one open of each kind."""
    told: list[Incident] = []
    open_: list[Incident] = []
    at = 0
    for id in range(1, draw(st.integers(1, 12)) + 1):
        at += draw(st.integers(0, 90)) * MINUTE + SECOND
        kind = draw(st.sampled_from(KINDS))
        begins = found(id, kind, at)
        told.append(begins)
        at += draw(st.integers(1, 60)) * MINUTE
        open_.append(begins)
        if draw(st.booleans()):
            told += [replace(each, ended=at, lasting=draw(st.booleans())) for each in open_]
            open_ = []
    return told


def at_of(each: Incident) -> int:
    return each.detected if each.ended is None else each.ended


def played(told: list[Incident], until: int, cuts: list[int], hush: Any = never) -> list[Decision]:
    """All that is decided, with what is found handed over in pieces."""
    life, decided = Life(), []
    for cut in [*sorted(cuts), until]:
        now = [each for each in told if at_of(each) <= cut]
        told = [each for each in told if at_of(each) > cut]
        life, more = step(msgspec.convert(msgspec.to_builtins(life), Life), now, cut, hush)
        decided += more
    return decided


def muted(of: Incident, at: int) -> Hushed | None:
    """Maine, in the first half of each hour."""
    if of.category == "ME" and at % HOUR < HOUR // 2:
        return Hushed("muted", "2h", at // HOUR * HOUR + HOUR // 2)
    return None


@given(findings(), st.lists(st.integers(0, 2 * DAY), max_size=6))
def test_cuts_and_restarts_make_no_difference(told: list[Incident], cuts: list[int]) -> None:
    for hush in (never, muted):
        assert played(told, 2 * DAY, cuts, hush) == played(told, 2 * DAY, [], hush)


@given(findings())
def test_what_is_told_of_an_incident_takes_turns(told: list[Incident]) -> None:
    """Begun, over, begun again, …; between them edits, or that it is larger; nothing before it was begun."""
    for hush in (never, muted):
        turns: dict[int, list[str]] = {}
        for each in played(told, 9 * DAY, [], hush):
            reasons = turns.setdefault(each.incident.id, [])
            assert each.tells != "edit" or reasons
            if each.tells == "message" and each.reason == "larger":
                assert reasons[-1] in ("began", "reopened")
            elif each.tells == "message":
                reasons.append(each.reason)
        for reasons in turns.values():
            assert all(reason in ("began", "reopened") for reason in reasons[::2])
            assert all(reason in ("over", "lasting") for reason in reasons[1::2])


@given(findings())
def test_all_that_ended_is_resolved_and_all_that_was_found_is_in_an_incident(told: list[Incident]) -> None:
    last = {each.incident.id: each.incident for each in played(told, 9 * DAY, [])}
    ended = {each.id for each in told if each.ended is not None}
    if ended == {each.id for each in told}:
        assert {each.phase for each in last.values()} == {"resolved"}
    assert len(last) <= len({each.id for each in told})
    assert Counter(type(each.opened) for each in last.values()) == {int: len(last)}
    assert all(each.opened <= each.detected for each in last.values())


@given(st.lists(st.tuples(st.integers(1, 14), st.integers(1, 300)), min_size=1, max_size=400), st.data())
def test_what_hovers_at_its_limit_is_told_once_and_resolved_once(spells: list[tuple[int, int]], data: Any) -> None:
    """Whatever comes and goes, each time for less than a quarter of an hour, and away for less than six hours."""
    kind = data.draw(st.sampled_from(KINDS))
    told, at = [], 0
    for id, (on, off) in enumerate(spells, 1):
        begins = found(id, kind, at)
        at += on * MINUTE
        told += [begins, replace(begins, ended=at)]
        at += off * MINUTE
    reasons = Counter(each.reason for each in played(told, at + DAY, []) if each.tells == "message")
    assert reasons == {"began": 1, "over": 1}


def test_once_it_hovers_it_is_no_news_that_it_goes_as_far_the_other_way() -> None:
    up = [found(id, KINDS[0], id * 4 * MINUTE) for id in (1, 2)]
    down = found(3, KINDS[1], 15 * MINUTE)
    for other, reasons in [
        (replace(down, events=10), ["began", "over"]),
        (replace(down, events=0, kind="silence"), ["began", "began", "over", "over", "again", "over"]),
    ]:
        all_ = [*up, other, replace(other, id=4, detected=40 * MINUTE)]
        told = [each for one in all_ for each in (one, replace(one, ended=one.detected + 2 * MINUTE))]
        assert [each.reason for each in played(told, DAY, []) if each.tells == "message"] == reasons
    told = [
        each
        for one in (up[0], replace(down, detected=8 * MINUTE))
        for each in (one, replace(one, ended=at_of(one) + 1))
    ]
    assert [each.reason for each in played(told, DAY, []) if each.reason == "began"] == ["began", "began"]


def test_what_is_over_is_said_after_a_while_that_grows_with_each_return() -> None:
    kind, told, at = KINDS[0], [], 0
    for id in range(1, 5):
        begins = found(id, kind, at)
        told += [begins, replace(begins, ended=at + 20 * MINUTE)]
        at += 20 * MINUTE + HOLD * 4 ** (id - 1) - SECOND
    *_, last = played(told, at + DAY, [])
    assert last.reason == "over"
    assert last.time - at_of(last.incident) == HOLD * 4**3
    assert last.incident.reopened == 0


def test_what_comes_back_later_is_pending_until_it_has_lasted_and_then_told_as_reopened() -> None:
    first, again = found(1, KINDS[2], 0), found(2, KINDS[2], HOUR)
    told = played([first, replace(first, ended=10 * MINUTE), again], DAY, [])
    assert [each.reason for each in told] == ["began", "recovering", "over", "pending", "reopened"]
    assert told[-1].time == HOUR + LASTS
    assert (told[-1].incident.id, told[-1].incident.reopened, told[-1].incident.opened) == (1, 1, 0)
    assert told[-1].incident.detected == HOUR


def test_what_comes_back_larger_is_told_at_once() -> None:
    first, again = found(1, KINDS[2], 0), found(2, KINDS[2], HOUR, events=900)
    told = played([first, replace(first, ended=10 * MINUTE), again], HOUR, [])
    assert [each.reason for each in told] == ["began", "recovering", "over", "reopened"]


def test_what_comes_back_after_many_hours_is_another_incident() -> None:
    first, again = found(1, KINDS[2], 0), found(2, KINDS[2], LONGEST + HOUR)
    told = played([first, replace(first, ended=10 * MINUTE), again], DAY, [])
    assert [(each.incident.id, each.reason) for each in told][-1] == (2, "began")


def test_what_has_become_the_usual_is_told_at_once() -> None:
    first = found(1, KINDS[0], 0)
    told = played([first, replace(first, ended=3 * HOUR, lasting=True)], 3 * HOUR, [])
    assert [each.reason for each in told] == ["began", "lasting"]


def test_a_surge_and_the_rate_that_it_lifts_are_one_incident_whichever_is_first() -> None:
    rate = found(1, KINDS[0], 0, contributions=(Contribution("ME", 30.0),))
    surge = found(2, KINDS[2], MINUTE, events=30)
    for first, second in ((rate, surge), (replace(surge, id=1, detected=0), replace(rate, id=2, detected=MINUTE))):
        ends = [replace(first, ended=HOUR), replace(second, ended=2 * HOUR)]
        told = played([first, second, *ends], DAY, [])
        assert [each.reason for each in told] == ["began", "joined", "recovering", "over"]
        assert told[-1].incident.kind == first.kind
        assert [each.kind for each in told[-1].incident.joined] == [second.kind]
        assert told[2].time == 2 * HOUR


def test_the_end_of_the_input_says_of_what_is_over_that_it_is() -> None:
    first = found(1, KINDS[0], 0)
    life, told = step(Life(), [first, replace(first, ended=HOUR)], HOUR)
    life, last = finish(life)
    assert [each.reason for each in (*told, *last)] == ["began", "recovering", "over"]
    assert finish(life)[1] == []


def test_what_is_muted_is_told_once_the_mute_is_over_and_never_where_it_was_over_before() -> None:
    long, short = found(1, KINDS[2], MINUTE), found(2, KINDS[3], MINUTE)

    def all_day(_of: Incident, at: int) -> Hushed | None:
        return Hushed("muted", "until 1:00", HOUR) if at < HOUR else None

    ends = [replace(short, ended=20 * MINUTE), replace(long, ended=2 * HOUR)]
    told = played([long, short, *ends], DAY, [], all_day)
    of_long = [(each.reason, each.tells) for each in told if each.incident.id == 1]
    assert of_long == [
        ("muted", "nothing"), ("began", "message"), ("recovering", "edit"), ("over", "message"),
    ]  # fmt: skip
    assert {each.tells for each in told if each.incident.id == 2} == {"nothing"}
    assert [each.incident.muted for each in told if each.incident.id == 1][:2] == ["until 1:00", ""]


@given(findings(), st.integers(0, 40))
def test_once_nothing_is_muted_any_more_people_know_of_all_that_goes_on(told: list[Incident], hours: int) -> None:
    def for_hours(_of: Incident, at: int) -> Hushed | None:
        return Hushed("muted", "a while", hours * HOUR) if at < hours * HOUR else None

    life, _ = step(Life(), told, 9 * DAY, for_hours)
    assert all(entry.told and not entry.incident.muted for entry in life.entries if entry.incident.phase == "firing")


def test_what_was_over_within_a_mute_and_goes_on_behind_it_as_another_of_its_cause_is_told() -> None:
    surge = found(1, KINDS[2], MINUTE, events=30)
    rate = found(2, KINDS[0], 12 * MINUTE, contributions=(Contribution("ME", 50.0),))

    def at_first(_of: Incident, at: int) -> Hushed | None:
        return Hushed("muted", "10m", 10 * MINUTE) if at < 10 * MINUTE else None

    told = played([surge, replace(surge, ended=9 * MINUTE), rate], HOUR, [], at_first)
    assert [(each.incident.id, each.reason) for each in told if each.tells == "message"] == [(2, "began")]


def test_what_is_joined_within_a_mute_after_it_was_over_is_told_behind_it() -> None:
    surge = found(1, KINDS[2], MINUTE, events=30)
    rate = found(2, KINDS[0], 12 * MINUTE, contributions=(Contribution("ME", 50.0),))

    def longer(_of: Incident, at: int) -> Hushed | None:
        return Hushed("muted", "20m", 20 * MINUTE) if at < 20 * MINUTE else None

    told = played([surge, replace(surge, ended=9 * MINUTE), rate], HOUR, [], longer)
    assert [(each.time, each.incident.id, each.reason) for each in told if each.tells == "message"] == [
        (20 * MINUTE, 1, "began")
    ]


def test_what_is_not_muted_is_told_though_an_incident_of_the_same_cause_is() -> None:
    surge, rate = found(1, KINDS[2], MINUTE, events=30), found(2, KINDS[0], 2 * MINUTE, events=400)
    told = played([surge, rate], 3 * MINUTE, [], muted)
    assert [(each.incident.id, each.reason) for each in told] == [(1, "muted"), (2, "began")]


def test_what_comes_back_larger_before_it_was_said_to_be_over_is_told_at_once() -> None:
    first, again = found(1, KINDS[2], 0), found(2, KINDS[2], 12 * MINUTE, events=900)
    told = played([first, replace(first, ended=10 * MINUTE), again], HOUR, [])
    assert [(each.reason, each.tells) for each in told] == [
        ("began", "message"), ("recovering", "edit"), ("larger", "message"),
    ]  # fmt: skip
    assert told[-1].incident.events == 900


def test_what_joined_and_comes_back_for_another_cause_is_an_incident_of_its_own() -> None:
    surge = found(1, KINDS[2], 0, events=30)
    rate = found(2, KINDS[0], MINUTE, contributions=(Contribution("ME", 50.0),))
    other = found(3, KINDS[0], HOUR, contributions=(Contribution("CA", 50.0),))
    ends = [replace(each, ended=10 * MINUTE) for each in (surge, rate)]
    told = played([surge, rate, *ends, other], HOUR, [])
    assert [(each.incident.id, each.reason) for each in told][-1] == (3, "began")
    same = replace(other, contributions=rate.contributions)
    assert [each.reason for each in played([surge, rate, *ends, same], HOUR, [])][-1] == "pending"


def test_each_decision_stays_with_its_incident() -> None:
    first, again = found(1, KINDS[2], 0), found(2, KINDS[2], HOUR)
    told = played([first, replace(first, ended=10 * MINUTE), again, replace(again, ended=HOUR + MINUTE)], DAY, [])
    assert [(each.time, each.reason, each.tells) for each in told[-1].incident.decisions] == [
        (0, "began", "message"), (10 * MINUTE, "recovering", "edit"), (15 * MINUTE, "over", "message"),
        (HOUR, "pending", "nothing"), (HOUR + MINUTE, "brief", "nothing"),
    ]  # fmt: skip


def test_a_reply_stays_with_its_incident() -> None:
    first = found(1, KINDS[0], 0)
    life, _ = step(Life(), [first], 0)
    life = replied(life, 1, acknowledged="ann", feedback="real")
    _, told = step(life, [replace(first, ended=HOUR)], DAY)
    assert {(each.incident.acknowledged, each.incident.feedback) for each in told} == {("ann", "real")}


WHOLE = found(1, KINDS[0], 2 * MINUTE, contributions=(Contribution("ME", 25.0), Contribution("CA", 15.0)))
FELL = found(1, KINDS[1], MINUTE, contributions=(Contribution("CA", -40.0), Contribution("NY", -15.0)))
SILENT = replace(FELL, events=0, kind="silence")
LEAN = found(2, KINDS[5], 2 * MINUTE, contributions=(Contribution("ME", 30.0), Contribution("TX", -30.0)))
MAINE, CALIFORNIA, FEWER = (found(2, kind, MINUTE, events=24) for kind in KINDS[2:5])


@pytest.mark.parametrize(
    ("open_", "other", "same", "turned"),
    [
        (WHOLE, MAINE, True, True),
        (WHOLE, CALIFORNIA, False, False),
        (WHOLE, FEWER, False, False),
        (WHOLE, LEAN, True, True),
        (WHOLE, FELL, False, False),
        (FELL, FEWER, True, True),
        (FELL, MAINE, False, False),
        (replace(FELL, events=5), MAINE, True, False),
        (SILENT, MAINE, False, False),
        (SILENT, LEAN, False, False),
        (SILENT, FELL, False, False),
        (LEAN, MAINE, True, True),
        (LEAN, CALIFORNIA, False, False),
        (MAINE, CALIFORNIA, False, False),
    ],
)
def test_a_cause_is_told_from_what_only_comes_at_the_same_time(
    open_: Incident, other: Incident, same: bool, turned: bool
) -> None:
    assert same_cause(open_, other) is same
    assert same_cause(other, open_) is turned


def grown_to(of: Incident, at: int, factor: float, window: int = 3 * MINUTE) -> Incident:
    """What is open, with the numbers of its last minutes."""
    expected = of.expected * window / (of.detected - of.began)
    return replace(of, detected=at, grown=at - window, expected=expected, events=round(expected * factor))


def test_what_grows_far_is_news_at_once_and_what_grows_less_only_once_it_has_lasted() -> None:
    first = found(1, ("rate", "up", None, 60.0), HOUR, events=200)
    first = replace(first, expected=100.0)
    steps = [
        (grown_to(first, HOUR + 5 * MINUTE, 5), "grown"),
        (grown_to(first, HOUR + 20 * MINUTE, 5, 15 * MINUTE), "larger"),
        (grown_to(first, HOUR + 40 * MINUTE, 6, 15 * MINUTE), "grown"),
        (grown_to(first, HOUR + 50 * MINUTE, 30), "larger"),
        (grown_to(first, HOUR + 60 * MINUTE, 150), "larger"),
        (grown_to(first, HOUR + 70 * MINUTE, 900), "grown"),
    ]
    told = played([first, *(each for each, _ in steps), replace(first, ended=4 * HOUR)], DAY, [2 * HOUR])
    assert [each.reason for each in told] == ["began", *(reason for _, reason in steps), "recovering", "over"]
    assert [each.tells for each in told[1:3]] == ["edit", "message"]
    assert told[2].incident.window_s == 900
    assert {each.incident.began for each in told} == {first.began}
    assert {each.incident.id for each in told} == {1}


def test_a_part_that_grows_changes_its_line_and_a_muted_incident_grows_unsaid() -> None:
    rate = replace(found(1, ("rate", "up", None, 60.0), HOUR), contributions=(Contribution("ME", 60.0),))
    maine = found(2, ("mix", "up", "ME", 0.0), HOUR + MINUTE)
    told = played([rate, maine, grown_to(maine, HOUR + 5 * MINUTE, 400)], 2 * HOUR, [])
    assert [(each.reason, each.tells) for each in told[1:]] == [("joined", "edit"), ("grown", "edit")]
    assert told[2].incident.joined[0].events > told[1].incident.joined[0].events
    kept = played([maine, grown_to(maine, HOUR + 5 * MINUTE, 400)], HOUR + 25 * MINUTE, [], muted)
    assert [(each.reason, each.tells) for each in kept] == [("muted", "nothing"), ("grown", "nothing")]


def test_what_is_not_followed_any_more_says_so_and_is_not_said_to_be_back_to_the_usual() -> None:
    begins = found(1, ("rate", "up", None, 60.0), HOUR)
    told = played([begins, replace(begins, ended=2 * HOUR, turned="unfollowed")], DAY, [])
    assert [(each.reason, each.tells) for each in told] == [
        ("began", "message"), ("recovering", "edit"), ("unfollowed", "message"),
    ]  # fmt: skip
