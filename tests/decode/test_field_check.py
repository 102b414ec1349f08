"""A field that was named and is nowhere is said, with what may be meant; one that comes up is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.decode import Decoder
from rarebird.decode.complaint import Complaints, fault, nothing
from rarebird.errors import InputError
from rarebird.model.batch import Reject, empty
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields
from rarebird.model.position import Position
from rarebird.model.tally import Tally

MESSAGE: dict[str, Any] = {"t": 1, "Status": "ok", "group": {"group_state": "CA"}, "id": 7}


def said(fields: Fields, messages: list[dict[str, Any]], *, block: int = 1, since: Position | None = None) -> list[str]:
    """What is said while so many messages a block come."""
    decoder, complaints, found = Decoder(fields, Categories()), Complaints(), list[str]()
    if since is not None:
        decoder.resume(since)
    for at in range(0, len(messages), block):
        lines = b"".join(json.dumps(message).encode() + b"\n" for message in messages[at : at + block])
        found += complaints.take(decoder.decode(lines, lines=at))
    return found


@pytest.mark.parametrize(
    ("fields", "after", "words"),
    [
        (Fields("t", by="statsu"), 10, "the field statsu (--by); did you mean Status? They have: t, Status, group."),
        (Fields("t", by="group.group_stat"), 10, "did you mean group.group_state?"),
        (Fields("t", by="group_state"), 10, "did you mean group.group_state?"),
        (Fields("t", by="colour"), 10, "the field colour (--by). They have: t, Status"),
        (Fields("tt", by="Status"), 10, "the field tt (--time); did you mean t?"),
        (Fields("t", count="ids"), 10, "the field ids (--count); did you mean id?"),
        (Fields("t", by="Status", id=("idd",)), 100, "the field idd (--id); did you mean id?"),
        (
            Fields("t", by="Status", where=(("group.group_stat", "CA"),)),
            100,
            "(--where); did you mean group.group_state?",
        ),
        (Fields("t", by="Status", title="ttle"), 100, "the field ttle (--title)"),
    ],
)
def test_a_field_that_is_nowhere_is_said_within_100_messages_once(fields: Fields, after: int, words: str) -> None:
    assert said(fields, [MESSAGE] * (after - 1)) == []
    for block in (1, 7, 500):
        (told,) = said(fields, [MESSAGE] * 500, block=block)
        assert told.startswith("None of the first ")
        assert words in told


@given(st.integers(0, 8), st.sampled_from([Fields("t", by="kind"), Fields("t", by="kind", where=(("id", "7"),))]))
def test_a_field_that_comes_up_in_time_is_not_said(at: int, fields: Fields) -> None:
    messages = [{**MESSAGE, **({"kind": "a"} if number == at else {})} for number in range(200)]
    # What a condition leaves out need not have it.
    others = [{"t": 1, "id": 8}] * (100 * len(fields.where))
    assert said(fields, [*others, *messages]) == []


def test_a_reader_that_goes_on_behind_the_field_does_not_look_for_it_again() -> None:
    assert said(Fields("t", by="kind"), [MESSAGE] * 300, since=Position(lines=5, present=True)) == []


def test_an_input_of_which_nothing_can_be_read_is_said_after_100_messages() -> None:
    complaints = Complaints()
    bad = empty()._replace(read=60, malformed=60, rejects=(Reject(1, "JSON is malformed: invalid character (byte 7)"),))
    assert [*complaints.take(bad)] == []
    (told,) = complaints.take(bad)
    assert told.startswith("None of the first 120 messages is an event. Most often, such as in message 1: JSON is")
    assert [*complaints.take(bad)] == []
    complaints = Complaints()
    assert [*complaints.take(empty()._replace(read=1)), *complaints.take(bad), *complaints.take(bad)] == []


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_an_input_is_at_fault_empty_or_counts(malformed: int, filtered: int, kept: int) -> None:
    tally = Tally(read=malformed + filtered + kept, kept=kept, filtered=filtered, malformed=malformed)
    wrong, why = fault(tally, [], []), nothing(tally, 0, [])
    assert bool(wrong) == (kept == 0 and malformed > 0)
    assert bool(why) == (kept == 0 and malformed == 0)


def test_the_most_frequent_reason_is_named_whatever_single_messages_hold() -> None:
    rejects = [Reject(1, "x"), *(Reject(at, f"t: expected a time, got {at}") for at in range(2, 5)), Reject(9, "y")]
    assert "in message 2: t: expected a time, got 2" in fault(Tally(read=5, malformed=5), rejects, [])


def test_a_column_that_is_nowhere_is_said_with_what_may_be_meant() -> None:
    decoder = Decoder(Fields("t", by="status"), Categories(), "csv")
    with pytest.raises(InputError, match=r"column 'status' in the CSV header; did you mean Status\? found: t, Status"):
        decoder.decode(b"t,Status\n1,ok\n")


def test_an_object_in_place_of_a_category_is_said_with_what_it_holds() -> None:
    batch = Decoder(Fields("t", by="group"), Categories()).decode(json.dumps(MESSAGE).encode())
    assert "expected a text or a number, got an object with the fields group_state" in batch.rejects[0].reason
