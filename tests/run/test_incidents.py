"""What a running watch keeps and says of incidents."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rarebird.config.chosen import Chosen
from rarebird.config.settings import settings
from rarebird.incident.decision import Decision
from rarebird.model.batch import Named
from rarebird.model.instant import SECOND
from rarebird.model.state import pack, unpack
from rarebird.run.course import SPANS, known
from rarebird.run.incidents import KEPT, Incidents
from rarebird.run.running import Running
from rarebird.simulate.change import parse_all
from rarebird.simulate.world import World
from rarebird.source.presets import MEETUP
from tests.incident.test_telling import incident

pytestmark = pytest.mark.anyio
HOUR = 3600 * SECOND
START = 1_772_452_800 * SECOND


@cache
def quiet_from(hours: int) -> bytes:
    """A world that falls silent for a quarter of an hour."""
    world = World(2.0, 3, START, parse_all([f"silence@{hours}h+15m"]))
    chunks = world.lines(START, START + (hours + 1) * HOUR)
    return b"".join(line + b"\n" for chunk in chunks for line in chunk.lines)


def started() -> Running:
    chosen = settings(Chosen(false_alarms="1 per week", zone="America/New_York"), ["x"], MEETUP)
    return Running(chosen.watch(), chosen, ())


async def test_an_incident_is_noted_when_it_begins_and_when_it_is_over() -> None:
    running = started()
    running.take(running.watch.decode(quiet_from(3)))
    running.finish()
    over, began = running.notes
    assert began.mark == "!"
    assert began.text.startswith("No RSVPs for ")
    assert over.mark == "*"
    assert over.text.startswith("RSVPs come again")
    (found,) = running.incidents()
    assert running.snapshot().incidents == (found,)
    assert (found.kind, found.ended) == ("silence", over.time)


async def test_a_restart_goes_on_with_what_was_found() -> None:
    running, after = started(), started()
    running.take(running.watch.decode(quiet_from(3)))
    after.restore(unpack(pack(running.state())), running.watch.categories.names)
    assert after.incidents() == running.incidents() != []
    assert list(after.notes) == list(running.notes)


def test_the_latest_are_kept_each_as_it_was_told_last() -> None:
    kept = Incidents()
    began = incident("rate", "up")
    for number in range(KEPT + 5):
        began = incident("mix", "up", id=number, category=str(number))
        kept.step([began], began.detected)
        if number < KEPT + 4:
            kept.step([replace(began, ended=began.detected)], began.detected)
    kept.step([replace(began, ended=9 * HOUR)], 9 * HOUR)
    assert [one.id for one in kept.latest] == list(range(KEPT + 4, 4, -1))
    assert kept.latest[0].ended == 9 * HOUR
    again = Incidents()
    again.restore(unpack(pack(kept.state())))
    assert again.latest == kept.latest


async def test_a_single_event_is_told_with_what_it_is_called() -> None:
    running = started()
    found = incident("event", "up", category="GU", began=HOUR, detected=HOUR + SECOND)
    gu = int(running.watch.categories.encode(["CA", "GU"])[1])
    running.names.take(
        [Named(HOUR, 0, "Other", ""), Named(HOUR, gu, "Dive", "https://a.example/1"), Named(9, gu, "", "")]
    )
    again = started()
    again.watch.categories.encode(["CA", "GU"])
    again.names.restore(unpack(pack(running.names.state())))
    for each in (running, again):
        told = known(each.watch, each.names, found)
        assert (told.title, told.link) == ("Dive", "https://a.example/1")
    assert known(running.watch, running.names, replace(found, kind="mix")).title == ""
    assert known(running.watch, running.names, replace(found, detected=HOUR)).title == ""


async def test_what_came_before_shows_the_change_in_its_last_spans() -> None:
    running = started()
    lines = quiet_from(3).splitlines(keepends=True)
    for at in range(0, len(lines), 100):
        running.take(running.watch.decode(b"".join(lines[at : at + 100])))
    (found, *_) = running.incidents()
    assert found.kind == "silence"
    counts, silent = found.course, -(-found.window_s * SPANS // found.course_s)
    assert (len(counts), sum(counts[SPANS - int(silent) + 1 :])) == (SPANS, 0)
    assert sum(counts[: SPANS - int(silent)]) > 10
    assert 4 <= silent <= 5


@given(st.lists(st.tuples(st.integers(0, 7200), st.booleans(), st.integers(0, 1000)), max_size=160))
def test_what_is_open_is_shown_first_the_newest_and_largest_first_and_never_lost(
    found: list[tuple[int, bool, int]],
) -> None:
    kept = Incidents()
    for number, (second, is_over, events) in enumerate(sorted(found), 1):
        one = incident("mix", "up", category=f"c{number}", id=number, events=events, detected=second * SECOND)
        kept._kept([Decision(second, replace(one, ended=one.detected if is_over else None), "began")])
    shown = kept.shown
    assert {each.id for each in shown if each.ended is None} == {
        number for number, (_, is_over, _) in enumerate(sorted(found), 1) if not is_over
    }
    places = [(each.ended is not None, -(each.detected // (60 * SECOND)), -each.size) for each in shown]
    assert places == sorted(places)
    assert len(shown) <= max(KEPT, sum(not is_over for _, is_over, _ in found))
