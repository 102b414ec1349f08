"""Rules that a store knows otherwise begin again, which is said once."""

from __future__ import annotations

from rarebird.config.chosen import Chosen
from rarebird.config.rules import rules_at_work
from rarebird.config.settings import settings
from rarebird.config.wanted import MEETUP, Wanted
from rarebird.model.state import pack, unpack
from rarebird.run.alerts import Alerts
from rarebird.run.running import RESTARTED, Running
from tests.pipe.lines import messages

HOMEWORK = Wanted(mean_gap="20:0.05", entropy_above="3.2:3.15", unusual="0.05:0.055")


def running(wanted: Wanted) -> Running:
    chosen = settings(Chosen(time="t", by="k", lateness="0s"), ["s"], None)
    found = Running(chosen.watch(), chosen, ())
    found.attach([], Alerts(found.watch, *rules_at_work(wanted)))
    return found


def restarted(before: Wanted, after: Wanted) -> int:
    """How often it is said that rules begin again, over two starts with other rules than before."""
    shown = running(before)
    shown.take(shown.watch.decode(messages([(at * 100, "ab"[at % 2]) for at in range(300)])))
    names = shown.watch.categories.names
    for _ in range(2):
        state, shown = pack(shown.state()), running(after)
        shown.restore(unpack(state), names)
        shown.go_on()
    return sum(note.text == RESTARTED for note in shown.notes)


def test_rules_that_were_set_otherwise_say_once_that_they_begin_again() -> None:
    assert restarted(HOMEWORK, MEETUP) == 1


def test_the_same_rules_go_on() -> None:
    assert restarted(MEETUP, MEETUP) == restarted(HOMEWORK, HOMEWORK) == 0
