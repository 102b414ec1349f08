"""What the latest messages say, fed to a running watch by a clock that is handed in."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rarebird.model.instant import SECOND
from rarebird.model.snapshot import ArrivalReading
from rarebird.run.arrivals import Arrivals
from rarebird.run.running import Running
from tests.run.test_running import SETTINGS, START

NOW = START * SECOND


class Fed:
    """A watch that is handed messages at seconds of its clock."""

    def __init__(self, where: tuple[tuple[str, str], ...] = ()) -> None:
        settings = replace(SETTINGS, fields=replace(SETTINGS.fields, where=where))
        self.now = NOW
        self.running = Running(settings.watch(), settings, [], lambda: self.now)

    def at(self, second: float, lines: Sequence[str]) -> set[str]:
        """What is wrong after these messages have come."""
        self.now = NOW + round(second * SECOND)
        self.running.take(self.running.watch.decode(lines, arrival=self.now))
        return self.reasons()

    def reasons(self) -> set[str]:
        return {reason.name for reason in self.running.health().reasons}


def event(second: float, off: float = 0.0, kind: str = "a") -> str:
    return f'{{"t": {START + second + off}, "k": "{kind}"}}'


def test_a_hundred_messages_none_of_which_is_kept_are_wrong_input_and_one_that_is_kept_ends_that() -> None:
    fed = Fed()
    assert "nothing_kept" not in fed.at(0, ["no json"] * 99)
    assert "nothing_kept" in fed.at(1, ["no json"])
    assert "nothing_kept" not in fed.at(2, [event(2)])
    assert "nothing_kept" not in fed.at(3, ["no json"] * 99)
    assert "nothing_kept" in fed.at(4, [event(4, off=3600)]), "of the future"
    assert fed.running.snapshot().health.status == "failing"


def test_what_a_filter_drops_and_what_is_a_repeat_is_no_wrong_input() -> None:
    fed = Fed(where=(("k", "b"),))
    assert fed.at(0, [event(0)] * 1_000) == set()


def test_a_watch_that_never_kept_anything_is_no_better_after_a_restart() -> None:
    fed, again = Fed(), Fed()
    fed.at(0, ["no json"] * 100)
    again.running.restore(fed.running.state(), ())
    assert "nothing_kept" in again.reasons()
    fed.at(1, [event(1)])
    again.running.restore(fed.running.state(), fed.running.watch.categories.names)
    assert "nothing_kept" not in again.reasons()


@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 30)), max_size=12))
def test_rejects_are_those_of_the_last_thousand_messages_in_whole_batches(batches: list[tuple[int, int]]) -> None:
    fed = Fed()
    for number, (good, bad) in enumerate(batches):
        fed.at(number, [event(number)] * good + ["no json"] * bad)
    reading = fed.running.snapshot()
    last, read, rejected = [*batches], 0, 0
    while last and read < 1_000:
        good, bad = last.pop()
        read, rejected = read + good + bad, rejected + bad
    assert ("rejects" in {each.name for each in reading.health.reasons}) == (rejected > 0.01 * max(read, 1_000))


@pytest.mark.parametrize("off", [-7200.0, -61.0, 59.0 + 2.0])
def test_a_clock_is_off_once_every_event_of_a_minute_was_stamped_that_far_away(off: float) -> None:
    fed = Fed()
    wrong = [fed.at(second, [event(second, off=off)]) for second in range(0, 90)]
    assert [second for second, found in enumerate(wrong) if "clock_off" in found] == list(range(60, 90))
    assert "clock_off" not in fed.at(90, [event(90, off=off), event(90)]), "one is near the clock"


@pytest.mark.parametrize("offs", [(-59.0,), (-200.0, 0.0), (-200.0, 200.0)])
def test_delays_and_stray_stamps_are_no_clock_that_is_off(offs: tuple[float, ...]) -> None:
    fed = Fed()
    for second in range(200):
        assert "clock_off" not in fed.at(second, [event(second, off=offs[second % len(offs)])])


def test_time_stands_where_messages_come_for_five_minutes_and_the_watermark_does_not_move() -> None:
    fed = Fed(where=(("k", "b"),))
    fed.at(0, [event(0, kind="b")])
    found = [fed.at(second, [event(second)]) for second in range(1, 400)]
    assert [second for second, each in enumerate(found, 1) if "time_stands" in each] == list(range(300, 400))
    assert "time_stands" not in fed.at(400, [event(400, kind="b")])
    fed.now += 3600 * SECOND
    assert "time_stands" not in fed.reasons(), "nothing comes"


def test_a_recording_is_held_against_no_clock() -> None:
    running = Running(SETTINGS.watch(), SETTINGS, [])
    running.take(running.watch.decode([event(second, off=-1e8) for second in range(100)]))
    assert running.health().status == "ok"
    assert Arrivals().reading() == ArrivalReading()
