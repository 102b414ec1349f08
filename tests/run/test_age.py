"""What is older than an hour when it is found is kept on record and not sent; what still goes on later is told once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.config.rules import rules
from rarebird.config.wanted import Wanted
from rarebird.model.instant import EARLIEST, SECOND, UNKNOWN
from rarebird.model.state import pack, unpack
from rarebird.run.age import LONGEST, OLD, Age
from rarebird.run.alerts import Alerts
from rarebird.run.running import Running
from tests.run.test_incidents import HOUR
from tests.run.test_muted import BEGAN, MINUTE, OVER, Told, muting, world

NOTHING: list[str] = []
KEYS = ["incident 1 began", "incident 1 over"]


def aged(begun: int, *, past: bool = False, wanted: Wanted | None = None) -> tuple[Running, Told]:
    """A watch that knows what is usual, of which the clock said `begun` as it first began."""
    running, told = muting()
    if wanted is not None:
        running.attach([told], Alerts(running.watch, rules(wanted), None, mutes=running.hushes))
    running.age.begin(begun, past=past)
    return running, told


def read(running: Running, arrival: Callable[[int], int], *, since: int = BEGAN, until: int = OVER + HOUR) -> None:
    """Reads what happened, a minute at a time; `arrival`: when what happened at an instant came."""
    lines = [(time, line) for time, line in world() if since <= time < until]
    for minute, group in groupby(lines, lambda pair: pair[0] // MINUTE):
        block = [line for _, line in group]
        running.take(running.watch.decode(block, arrival=arrival((minute + 1) * MINUTE)))


def recorded(_: int) -> int:
    return UNKNOWN


def test_of_a_stream_that_lives_all_is_told_and_of_one_that_comes_late_nothing() -> None:
    running, told = aged(BEGAN)
    read(running, lambda time: time)
    assert told.said == KEYS
    running, told = aged(BEGAN)
    read(running, lambda time: time + 2 * HOUR)
    assert told.said == NOTHING
    (incident,) = running.incidents()
    assert (incident.muted, incident.phase) == (OLD, "resolved")
    assert running.decisions["old", "nothing"] == 1
    assert running.withheld().startswith("1 alert was older than an hour when it was found and was not sent")
    assert running.withheld() == ""


def test_what_still_goes_on_when_the_watch_has_caught_up_is_told_then_and_what_was_kept_back_is_said_once() -> None:
    running, told = aged(BEGAN)
    back, caught_up = BEGAN + 75 * MINUTE, BEGAN + 15 * MINUTE
    read(running, lambda _: back, until=caught_up)
    assert told.said == NOTHING
    read(running, lambda time: max(time, back), since=caught_up)
    assert told.said == KEYS
    running, told = aged(BEGAN)
    read(running, lambda time: max(time, OVER + 90 * MINUTE))
    assert told.said == NOTHING
    assert sum("--notify-past sends such, too." in note.text for note in running.notes) == 1


@pytest.mark.parametrize(("begun", "keys"), [(OVER + 3 * HOUR, NOTHING), (BEGAN, KEYS)])
def test_of_a_recording_the_start_of_the_watch_decides_and_after_a_restart_that_of_the_first_start(
    begun: int, keys: list[str]
) -> None:
    running, told = aged(begun)
    read(running, recorded)
    assert told.said == keys
    running, told = aged(begun)
    half = BEGAN + MINUTE
    read(running, recorded, until=half)
    state, names = pack(running.state()), list(running.watch.categories.names)
    again, more = aged(begun + 1000 * HOUR)
    again.restore(unpack(state), names)
    read(again, recorded, since=half)
    assert told.said + more.said == keys


def test_who_wants_the_past_gets_it_and_who_wants_it_later_gets_what_still_goes_on() -> None:
    running, told = aged(OVER + 9 * HOUR, past=True)
    read(running, recorded)
    assert told.said == KEYS
    running, told = aged(OVER + 9 * HOUR)
    half = BEGAN + 10 * MINUTE
    read(running, recorded, until=half)
    assert told.said == NOTHING
    again, more = aged(0, past=True)
    again.restore(unpack(pack(running.state())), list(running.watch.categories.names))
    assert again.go_on()
    read(again, recorded, since=half)
    assert more.said == KEYS


@pytest.mark.slow
def test_the_rules_keep_to_it_too() -> None:
    often = Wanted(mean_gap="0.3:0.05", mean_gap_move=0.0)
    running, told = aged(BEGAN, wanted=often)
    read(running, lambda time: time)
    assert any(key.startswith("rule") for key in told.said)
    running, told = aged(BEGAN, wanted=often)
    read(running, lambda time: time + 2 * HOUR)
    assert told.said == NOTHING
    assert running.withheld()


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**15) | st.just(UNKNOWN)), st.booleans())
def test_its_limit_is_an_hour_before_the_last_arrival_or_the_beginning(begun: int, came: list[int], past: bool) -> None:
    age = Age()
    assert age.limit == EARLIEST
    age.begin(begun, past=past)
    for each in came:
        age.came(each)
    known = [each for each in came if each != UNKNOWN]
    assert age.limit == (EARLIEST if past else (known[-1] if known else begun) - LONGEST)
    again = Age()
    again.begin(7, past=past)
    again.restore(age.state())
    assert again.limit == age.limit


def test_a_state_that_says_nothing_of_age_told_everything() -> None:
    age = Age()
    age.begin(SECOND, past=False)
    age.restore({})
    assert age.limit == EARLIEST
    assert age.go_on()
    assert age.limit == SECOND - LONGEST
