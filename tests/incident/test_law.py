"""The law: all that is found is named in what is sent, kept back by choice, or the return of what is known.

Held against any sequence of findings, by a plain account of what people were sent.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rarebird.incident.decision import Decision, Hush, Hushed, never
from rarebird.incident.entry import LARGER, Key, Life, key
from rarebird.incident.life import LASTS, step
from rarebird.incident.silences import AT_ONCE, PAUSE, WITHIN, is_total_silence
from rarebird.incident.telling import Nouns
from rarebird.model.incident import Contribution, Incident
from rarebird.model.instant import SECOND
from rarebird.run.decided import told as notice_of
from tests.incident.test_life import DAY, HOUR, KINDS, MINUTE, at_of, found

EVERY_KIND: list[tuple[Any, ...]] = [
    *KINDS, ("silence", "down", None, -84.0), ("silence", "down", "CA", 0.0), ("mix", "concentrated", None, 0.0)
]  # fmt: skip
EVENTS = {"up": (3, 9, 24, 200), "down": (60, 40, 20, 5)}


@st.composite
def anything(draw: st.DrawFn) -> list[Incident]:
    """Findings as any detection may tell them: several open at once, of any size, each over or not."""
    told: list[Incident] = []
    open_: list[Incident] = []
    at = 0
    for id in range(1, draw(st.integers(1, 14)) + 1):
        at += draw(st.sampled_from((1, 60, 300, 1200, 3000, 9000))) * SECOND
        for each in [each for each in open_ if draw(st.integers(0, 3))]:
            open_.remove(each)
            told.append(replace(each, ended=at, lasting=draw(st.integers(0, 9)) == 0))
        at += draw(st.sampled_from((1, 60, 250, 400, 1000, 5000))) * SECOND
        kind = draw(st.sampled_from(EVERY_KIND))
        events = 0 if kind[0] == "silence" else draw(st.sampled_from(EVENTS.get(kind[1], EVENTS["up"])))
        parts = draw(st.sampled_from(((), ("ME",), ("CA",), ("ME", "CA"))))
        sign = -1 if kind[1] == "down" else 1
        begins = found(
            id, kind, at, events=events, contributions=tuple(Contribution(name, sign * 30.0) for name in parts)
        )
        if not any(key(each) == key(begins) for each in open_):
            told.append(begins)
            open_.append(begins)
    return told


def maine(of: Incident, at: int) -> Hushed | None:
    """Maine is muted in the first half of each hour."""
    is_muted = of.category == "ME" and at % HOUR < HOUR // 2
    return Hushed("muted", "maine", at // HOUR * HOUR + HOUR // 2) if is_muted else None


def all_for_hours(of: Incident, at: int) -> Hushed | None:
    """Everything is muted for two hours."""
    return Hushed("muted", "all", 2 * HOUR) if at < 2 * HOUR else None


def all_later(of: Incident, at: int) -> Hushed | None:
    """Everything is muted from the second hour on."""
    return Hushed("muted", "later", 99 * HOUR) if 2 * HOUR <= at < 99 * HOUR else None


def history(of: Incident, at: int) -> Hushed | None:
    """All of the first two hours is history."""
    return Hushed("old", "old", 2 * HOUR) if at < 2 * HOUR else None


class Account:
    """What people were sent, and what follows from it for what is found."""

    def __init__(self, hush: Hush) -> None:
        self.hush = hush
        self.sent: list[tuple[int, Key, float]] = []
        """When and of what people were notified, or a mute kept it from them, and how large it was."""
        self.silences: list[int] = []

    def take(self, each: Decision) -> None:
        """A decision."""
        incident = each.incident
        if each.reason == "joined" and each.tells != "nothing":
            last = incident.joined[-1]
            self.sent.append((each.time, key(last), last.size))
            notice = notice_of(each, Nouns())
            assert notice is not None
            assert notice.addition
        if each.reason in {"began", "again", "larger", "reopened"} and each.tells == "message":
            self.sent.append((each.time, key(incident), incident.size))
            self.sent += ((each.time, key(part), part.size) for part in incident.joined)
            if is_total_silence(incident):
                self.silences.append(each.time)
        if each.reason == "muted":
            self.sent.append((each.time, key(incident), incident.size))

    def allows(self, begun: Incident, of: list[Decision], after: list[Decision]) -> bool:
        """Whether the law holds for something that was found; `of`: what was decided of it there and then."""
        now = begun.detected
        mine = [each for each in (*of, *after) if any(begun.detected == at for at in _detected(each.incident))]
        if any(each.tells == "message" and each.time == now for each in mine):
            return True
        if any(each.reason == "joined" and each.tells == "edit" and each.time == now for each in mine):
            return True
        if self.hush(begun, now) is not None:
            return True
        if is_total_silence(begun):
            recent = [at for at in self.silences if now - WITHIN < at < now]
            return len(recent) >= AT_ONCE and now - recent[-1] < PAUSE
        known = [size for at, what, size in self.sent if what == key(begun) and at < now]
        return bool(known) and begun.size <= LARGER * max(known)


def _detected(incident: Incident) -> list[int]:
    return [incident.detected, *(each.detected for each in incident.joined)]


def played(told: list[Incident], hush: Hush) -> list[tuple[Incident | None, list[Decision]]]:
    """What is decided with each finding, and with the end."""
    life, steps = Life(), []
    for each in told:
        life, decided = step(life, [each], at_of(each), hush)
        steps.append((each if each.ended is None else None, decided))
    return [*steps, (None, step(life, [], 9 * DAY, hush)[1])]


@given(anything(), st.sampled_from((never, maine, all_for_hours, all_later, history)))
@hypothesis_settings(max_examples=300)
def test_all_that_is_found_is_sent_or_was_kept_back_by_choice_or_is_the_return_of_what_is_known(
    told: list[Incident], hush: Hush
) -> None:
    account, steps = Account(hush), played(told, hush)
    for at, (begun, decided) in enumerate(steps):
        if begun is not None:
            after = [each for _, later in steps[at + 1 :] for each in later]
            assert account.allows(begun, decided, after), (begun, decided)
        for each in decided:
            account.take(each)


@given(anything(), st.sampled_from((never, maine, all_for_hours, all_later, history)))
@hypothesis_settings(max_examples=200)
def test_what_came_back_and_has_lasted_is_sent_after_a_quarter_of_an_hour(told: list[Incident], hush: Hush) -> None:
    decided = [each for _, part in played(told, hush) for each in part]
    for at, each in enumerate(decided):
        if each.reason != "pending" or hush(each.incident, each.time + LASTS) is not None:
            continue
        rest = [later for later in decided[at + 1 :] if later.incident.id == each.incident.id]
        first = next(later for later in rest if later.reason != "known")
        assert first.time <= each.time + LASTS
        assert first.reason in {"brief", "reopened"} or hush(first.incident, first.time) is not None


@given(anything())
@hypothesis_settings(max_examples=200)
def test_what_is_sent_names_all_that_it_stands_for(told: list[Incident]) -> None:
    """A message that comes late, in place of several, leaves nothing out."""
    for _, decided in played(told, never):
        for each in decided:
            notice = notice_of(each, Nouns())
            if notice is not None:
                for part in each.incident.joined:
                    about = "of " + part.category if part.category else "events"
                    assert about in notice.text.partition("With it: ")[2]


def silent(number: int, at: int, lasts: int = 10 * MINUTE) -> list[Incident]:
    begins = found(number, EVERY_KIND[-3], at, events=0)
    return [begins, replace(begins, ended=at + lasts)]


def sent(told: list[Incident], hush: Hush = never) -> list[tuple[int, str]]:
    """Minute and reason of each message."""
    decided = [each for _, part in played(told, hush) for each in part]
    return [(each.time // MINUTE, each.reason) for each in decided if each.tells == "message"]


def test_three_outages_within_six_hours_are_sent_as_they_are_found() -> None:
    told = [each for number in range(3) for each in silent(number + 1, number * 100 * MINUTE)]
    assert [minute for minute, reason in sent(told) if reason in {"began", "again"}] == [0, 100, 200]
    assert [minute for minute, reason in sent(told) if reason == "over"] == [15, 115, 215]


def test_from_the_fourth_on_an_outage_is_sent_once_an_hour_and_says_which_it_is() -> None:
    told = [each for number in range(30) for each in silent(number + 1, number * 8 * MINUTE, 3 * MINUTE)]
    decided = [each for _, part in played(told, never) for each in part]
    begun = [each for each in decided if each.tells == "message" and each.reason in {"began", "again"}]
    assert [each.time // MINUTE for each in begun] == [0, 8, 16, 80, 144, 208]
    texts = [str(getattr(notice_of(each, Nouns()), "text", "")) for each in begun]
    assert "time since" not in texts[0]
    assert "the 2nd time since 00:00 UTC" in texts[1]
    assert "the 11th time since 00:00 UTC" in texts[3]


def test_an_outage_that_has_to_wait_and_goes_on_is_sent_when_the_hour_is_over() -> None:
    told = [each for number in range(3) for each in silent(number + 1, number * 20 * MINUTE)]
    told += silent(4, 60 * MINUTE, 3 * HOUR)
    assert sent(told)[-2:] == [(100, "again"), (245, "over")]


def test_an_outage_whose_turn_comes_within_a_mute_is_not_sent() -> None:
    def later(_of: Incident, at: int) -> Hushed | None:
        return Hushed("muted", "later", DAY) if at >= 30 * MINUTE else None

    told = [each for number in range(3) for each in silent(number + 1, number * 8 * MINUTE, 4 * MINUTE)]
    told += silent(4, 24 * MINUTE, 3 * HOUR)
    assert sent(told, later) == [(0, "began"), (8, "again"), (16, "again"), (209, "over")]


def test_after_an_outage_what_comes_is_an_incident_of_its_own() -> None:
    for kind in (KINDS[1], KINDS[2], KINDS[4], KINDS[5], KINDS[6]):
        for gap in (0, 2, 4, 38, 120):
            late = found(9, kind, (10 + gap) * MINUTE)
            told = [*silent(1, 0), late, replace(late, ended=late.detected + HOUR)]
            assert ((10 + gap), "began") in sent(told)


def test_what_was_too_old_to_be_sent_is_not_known() -> None:
    for gap in (2, 30, 200):
        first, again = found(1, KINDS[2], 100 * MINUTE), found(2, KINDS[2], (120 + gap) * MINUTE)
        told = [first, replace(first, ended=110 * MINUTE), again, replace(again, ended=again.detected + 5 * MINUTE)]
        assert (120 + gap, "began") in sent(told, history)
        late = next(each for _, part in played(told, history) for each in part if each.tells == "message")
        assert (late.incident.id, late.incident.reopened) == (2, 0)


def test_what_a_mute_kept_back_is_known() -> None:
    first, again = found(1, KINDS[2], 100 * MINUTE), found(2, KINDS[2], 150 * MINUTE)
    told = [first, replace(first, ended=110 * MINUTE), again, replace(again, ended=155 * MINUTE)]
    assert sent(told, all_for_hours) == []


def test_what_is_muted_is_not_named_beside_what_is_not() -> None:
    rate = found(1, KINDS[0], MINUTE, contributions=(Contribution("ME", 30.0),))
    surge = found(2, KINDS[2], 2 * MINUTE, events=30)
    decided = [each for _, part in played([rate, surge], maine) for each in part]
    assert [(each.time // MINUTE, each.incident.id, each.reason) for each in decided] == [
        (1, 1, "began"), (2, 2, "muted"), (30, 2, "began"),
    ]  # fmt: skip
