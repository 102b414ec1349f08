"""What the terminal says of a running watch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rarebird.model.health import Health, HealthReason
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.model.snapshot import Note
from rarebird.notify.example import example
from rarebird.run.note_queue import MOST
from rarebird.run.running import Running
from rarebird.run.terminal import Teller, ending, tell
from tests.run.test_running import SETTINGS, START, a_running, lines

HOUR = 3600
DAY = 86_400


def incident(number: int, *, over: bool = False) -> Incident:
    found = example(START * SECOND).incident
    assert found is not None
    return replace(found, id=number, ended=found.detected if over else None)


def watching(*incidents: Incident) -> Running:
    settings = replace(SETTINGS, false_alarms=1.0)
    running = Running(settings.watch(), settings, ())
    running.take(running.watch.decode(lines(200)))
    running.found._by_id = {each.id: each for each in incidents}
    running.found.count = len(incidents)
    return running


def said(running: Running, *, looks: int = 1) -> list[str]:
    lines: list[str] = []
    teller = Teller(lines.append)
    for _ in range(looks):
        teller.notes(*running.lines.take())
        teller.look(running.snapshot(), START * SECOND)
    return lines


def test_a_note_is_said_once_and_a_state_when_it_changes() -> None:
    running, lines_said = a_running(), list[str]()
    teller = Teller(lines_said.append)
    teller.look(running.snapshot(), START * SECOND)
    running.note("Something.", START * SECOND)
    for _ in range(3):
        teller.notes(*running.lines.take())
        teller.look(running.snapshot(), START * SECOND)
    assert lines_said == ["--:--:--  Waiting for the first events.", "2023-11-14 22:13:20  * Something."]
    running.take(running.watch.decode(lines(200)))
    teller.look(running.snapshot(), START * SECOND)
    teller.look(running.snapshot(), START * SECOND)
    assert len(lines_said) == 3


@given(st.integers(0, 60))
def test_all_notes_of_one_moment_are_said_in_order(count: int) -> None:
    running = a_running()
    for number in range(count):
        running.note(f"note {number}", START * SECOND)
    told = [line for line in said(running, looks=2) if "* note" in line]
    assert [line.rpartition(" ")[2] for line in told] == [str(number) for number in range(count)]


def test_beyond_ten_thousand_it_says_how_many_more_and_where_they_stand() -> None:
    running = a_running()
    for number in range(MOST + 312):
        running.note(f"note {number}", START * SECOND)
    told = said(running, looks=2)
    assert sum("* note" in line for line in told) == MOST == 10_000
    assert [line for line in told if "more" in line] == ["and 312 more, see rarebird incidents"]


def test_the_date_stands_where_it_is_another_than_in_the_line_above() -> None:
    running = a_running()
    for second in (START, START + 60, START + DAY, START + DAY + HOUR, START + 2 * DAY):
        running.note("x", second * SECOND)
    told = [line.partition("  ")[0] for line in said(running) if line.endswith("* x")]
    assert told == ["2023-11-14 22:13:20", "22:14:20", "2023-11-15 22:13:20", "23:13:20", "2023-11-16 22:13:20"]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 200_000)), max_size=20))
def test_no_line_is_older_than_the_one_above_it(said_at: list[tuple[bool, int]]) -> None:
    out: list[str] = []
    teller, running = Teller(out.append), watching()
    for is_note, second in said_at:
        time = (START + second) * SECOND
        if is_note:
            teller.notes([Note(time, "Something.")])
        else:
            reason = HealthReason("clock_off", "degraded", f"Off at {second}.")
            teller.look(replace(running.snapshot(), health=Health("degraded", (reason,))), time)
    stamps, date = [], ""
    for line in out:
        head = line.partition("  ")[0]
        date, clock = head.split() if " " in head else (date, head)
        stamps.append(f"{date} {clock}")
    assert stamps == sorted(stamps)


@pytest.mark.parametrize(("count", "words"), [(0, "stands out."), (1, "1 incident open."), (12, "12 incidents open.")])
def test_a_status_line_says_how_many_incidents_are_open_and_not_their_text(count: int, words: str) -> None:
    found = [incident(number) for number in range(1, count + 1)]
    (line,) = said(watching(*found, incident(99, over=True)))
    assert line.endswith(words)
    assert "Since" not in line


def test_the_last_words_count_incidents() -> None:
    assert ending(watching()).endswith(". No incident.")
    assert ending(watching(incident(1, over=True))).endswith(" 1 incident.")
    assert ending(watching(incident(1, over=True), incident(2))).endswith(" 2 incidents, 1 still open.")


def test_incidents_are_counted_over_restarts_and_once_each() -> None:
    running = watching()
    found = replace(incident(1), family="rate up", kind="rate")
    running.found.step([found], found.detected)
    assert running.found.count == 1
    again = watching()
    again.restore(running.state(), running.watch.categories.names)
    again.found.step([replace(found, ended=found.detected + 60 * SECOND)], found.detected + HOUR * SECOND)
    assert (again.found.count, again.found.open) == (1, 0)


def test_what_a_store_held_from_before_there_was_a_count_is_counted_by_number() -> None:
    running = watching(incident(1), incident(7))
    state = running.found.state()
    del state["count"]
    running.found.restore(state)
    assert running.found.count == 7


@pytest.mark.anyio
async def test_what_is_noted_just_before_the_end_is_said() -> None:
    running, told = a_running(), list[str]()
    telling = asyncio.create_task(tell(running, Teller(told.append)))
    while not told:
        await asyncio.sleep(0)
    running.note("last", START * SECOND)
    telling.cancel()
    await asyncio.wait([telling])
    assert told[-1].endswith("* last")


def test_each_reason_of_ill_health_is_said_as_it_comes_and_that_all_is_well_again() -> None:
    def health(*names: str) -> Health:
        reasons = tuple(HealthReason(name, "degraded", f"It is {name}.") for name in names)  # type: ignore[arg-type]
        return Health("degraded" if names else "ok", reasons)

    def look(*healths: Sequence[str]) -> list[str]:
        told: list[str] = []
        teller, shown = Teller(told.append), watching().snapshot()
        for names in healths:
            teller.look(replace(shown, health=health(*names)), (START + HOUR) * SECOND)
        lines_said = [line for line in told[1:] if "events" not in line]
        assert all(line.startswith("23:13:20  ") for line in lines_said), "by the clock"
        return [line.partition("  ")[2] for line in lines_said]

    first = "! Degraded: It is rejects."
    assert look([], ["rejects"], ["rejects"], ["rejects", "clock_off"], []) == [
        first, "! Degraded: It is clock_off.", "* Health: ok.",
    ]  # fmt: skip
    assert look([], ["source_failing", "channel_failing", "task_restarting"], []) == [], "others say that"
