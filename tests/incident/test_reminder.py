"""What goes on for long is said to go on: at the same instants however time is cut, where people know of it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rarebird.incident.decision import Hushed
from rarebird.incident.entry import Entry, Life
from rarebird.incident.life import step
from rarebird.incident.reminder import EVERY, reminded
from rarebird.incident.telling import Nouns
from rarebird.model.instant import SECOND
from rarebird.model.state import pack, unpack
from rarebird.notify.alertmanager import OPEN, alert
from rarebird.run.decided import noted, told
from rarebird.run.incidents import Incidents
from tests.incident.test_telling import incident

BEGAN = incident("mix", "up", category="ME", id=3)
NOUNS = Nouns("RSVPs", "states", {"ME": "Maine"})
TIMES = st.integers(0, 5 * EVERY)


def life_of(*, is_told: bool = True) -> Life:
    life, _ = step(Life(), [BEGAN], BEGAN.detected, lambda *_: None if is_told else Hushed("muted", "2h", 10**18))
    return life


@given(st.lists(TIMES, min_size=2, max_size=6))
def test_however_time_is_cut_it_is_said_at_the_same_instants(cuts: list[int]) -> None:
    cuts, life = [BEGAN.detected + each for each in sorted(cuts)], life_of()
    parts = [each.time for since, until in pairwise(cuts) for each in reminded(life, since, until)]
    assert parts == [each.time for each in reminded(life, cuts[0], cuts[-1])]
    assert all((at - BEGAN.detected) % EVERY == 0 and cuts[0] < at <= cuts[-1] for at in parts)


def test_what_people_do_not_know_of_or_is_over_is_not_said_to_go_on() -> None:
    until = BEGAN.detected + 9 * EVERY
    assert len(reminded(life_of(), BEGAN.detected, until)) == 9
    assert not reminded(life_of(is_told=False), BEGAN.detected, until)
    over, _ = step(life_of(), [replace(BEGAN, ended=BEGAN.detected + SECOND)], until)
    assert not reminded(over, BEGAN.detected, until)
    assert not reminded(Life((Entry(BEGAN, (3,)),)), BEGAN.detected, until)


def test_it_only_changes_what_was_told_and_is_no_line_on_the_page() -> None:
    first, second = reminded(life_of(), BEGAN.detected, BEGAN.detected + 2 * EVERY)
    assert noted(first, NOUNS) is None
    one, other = told(first, NOUNS), told(second, NOUNS)
    assert one is not None
    assert other is not None
    assert one.quiet
    assert (one.key, one.time) != (other.key, other.time)


def test_an_alert_is_posted_again_before_it_runs_out_and_stays_the_same_alert() -> None:
    assert EVERY < OPEN
    (again,) = reminded(life_of(), BEGAN.detected, BEGAN.detected + EVERY)
    began, notice = step(Life(), [BEGAN], BEGAN.detected)[1][0], told(again, NOUNS)
    first = told(began, NOUNS)
    assert notice is not None
    assert first is not None
    assert alert(notice, "rsvps")["labels"] == alert(first, "rsvps")["labels"]
    assert alert(notice, "rsvps")["labels"]["watch"] == "rsvps"
    assert alert(first)["endsAt"] < alert(notice)["endsAt"]
    assert alert(first)["startsAt"] == alert(notice)["startsAt"]


def test_a_restart_says_it_when_it_would_have_been_said() -> None:
    one = Incidents()
    one.step([BEGAN], BEGAN.detected)
    again = Incidents()
    again.restore(unpack(pack(one.state())))
    until = BEGAN.detected + EVERY
    assert [each.reason for each in again.step([], until)] == ["open"]
    assert [each.reason for each in one.step([], until)] == ["open"]
    assert one.step([], until + 1) == []
