"""What is said of a number that no incident has."""

from __future__ import annotations

from msgspec.structs import replace

from rarebird.cli.kept import numbers
from rarebird.notify.example import example

FOUND = example(0).incident
assert FOUND is not None
INCIDENT = replace(FOUND, ended=None)
OVER = replace(INCIDENT, ended=INCIDENT.detected + 60_000_000)


def test_a_wrong_number_is_answered_with_those_that_are_open_else_with_the_last_and_where_all_are_listed() -> None:
    lists = "`rarebird incidents` lists all"
    going_on = [replace(INCIDENT, id=7), replace(OVER, id=6), replace(INCIDENT, id=4)]
    assert numbers(going_on) == f"open are 4 and 7; {lists}"
    assert numbers(going_on[1:]) == f"open is 4; {lists}"
    over = [replace(OVER, id=id) for id in (9, 8, 6, 2)]
    assert numbers(over) == f"none is open, the last are 6, 8 and 9; {lists}"
    assert numbers(over[3:]) == f"none is open, the last is 2; {lists}"
