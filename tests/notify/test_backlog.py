"""What waits for a service: in order, of an incident what was told last, and what may be a repeat says so."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rarebird.notify.backlog import Backlog, Entry, Item
from rarebird.notify.contract import REPEAT, Notice, Undelivered
from rarebird.notify.example import example
from rarebird.notify.slack import message
from tests.notify.test_outgoing import way_to

pytestmark = pytest.mark.anyio


class Told(NamedTuple):
    """Something told of an incident, or of none, in the order of its number."""

    about: int
    quiet: bool


TOLD = st.lists(st.builds(Told, st.integers(0, 3), st.booleans()), max_size=25)


def entries(told: Sequence[Told]) -> list[Entry]:
    made = []
    for number, each in enumerate(told):
        base = example(0).incident
        assert base is not None
        incident = replace(base, id=each.about) if each.about else None
        quiet = each.quiet and incident is not None
        made.append(Entry(Notice(number, f"text {number}", incident=incident, quiet=quiet), str(number), number))
    return made


def about(notice: Notice) -> int:
    return 0 if notice.incident is None else notice.incident.id


@given(TOLD, st.booleans(), st.integers(1, 4), st.lists(st.integers(0, 4)))
async def test_the_last_of_each_incident_goes_out_in_order_and_all_ids_are_given_back(
    told: list[Told], edits: bool, most: int, pauses: list[int]
) -> None:
    backlog, sent, ids, dropped = Backlog(edits=edits, folds=True), list[Notice](), list[str](), list[str]()
    every = entries(told)
    steps = iter(pauses)
    for entry in every:
        if not backlog.put(entry):
            dropped.append(entry.id)
        for _ in range(next(steps, 0)):
            group = backlog.head(most)
            sent += backlog.told(group)
            ids += backlog.take_off(group)
    while backlog:
        group = backlog.head(most)
        assert 1 <= len(group) <= most
        sent += backlog.told(group)
        ids += backlog.take_off(group)
    assert sorted([*ids, *dropped], key=int) == [entry.id for entry in every]
    assert (backlog.size, backlog.since) == (0, None)
    times = [notice.time for notice in sent]
    assert times == sorted(times)
    assert [n.time for n in sent if not about(n)] == [e.notice.time for e in every if not about(e.notice)]
    for id in range(1, 4):
        of_it = [entry.notice for entry in every if about(entry.notice) == id]
        loud = [at for at, notice in enumerate(of_it) if not notice.quiet]
        got = [notice for notice in sent if about(notice) == id]
        assert all(notice in of_it or replace(notice, quiet=True) in of_it for notice in got)
        if edits and of_it:
            assert got[-1].time == of_it[-1].time
        elif loud:
            assert got[-1].time >= of_it[loud[-1]].time
        else:
            assert not got


@given(TOLD, TOLD, st.booleans())
def test_what_comes_in_while_a_message_is_sent_is_not_lost_with_it(
    before: list[Told], meanwhile: list[Told], edits: bool
) -> None:
    backlog, every = Backlog(edits=edits, folds=True), entries([*before, *meanwhile])
    for entry in every[: len(before)]:
        backlog.put(entry)
    group = backlog.head(3)
    waiting = [item.entries for item in backlog.head(1000)]
    new = [entry for entry in every[len(before) :] if backlog.put(entry)]
    backlog.take_off(group)
    left = {entry.id for item in items(backlog) for entry in item.entries}
    taken = {entry.id for item in group for entry in item.entries}
    assert not left & taken
    assert {entry.id for entry in new if not entry.notice.quiet or edits} <= left
    assert backlog.size == len(left)
    assert waiting[: len(group)] == [item.entries for item in group][: len(waiting)]


def items(backlog: Backlog) -> list[Item]:
    """All that waits, as it is sent."""
    found: list[Item] = []
    while group := backlog.head(1):
        found += group
        size = backlog.size
        backlog.take_off(group)
        assert backlog.size == size - sum(len(item.entries) for item in group)
    for item in found:
        for entry in item.entries:
            backlog.put(entry)
    return found


@given(st.lists(st.booleans(), max_size=9), st.booleans(), st.booleans(), st.booleans())
async def test_an_attempt_behind_one_that_may_have_been_taken_says_so_where_nobody_could_tell(
    faults: list[bool], edits: bool, records: bool, is_incident: bool
) -> None:
    numbers = count()
    outgoing, notifier, _ = way_to([Undelivered(f"fault {next(numbers)}", in_doubt=doubt) for doubt in faults])
    notifier.edits, notifier.records, texts = edits, records, list[str]()
    plain = notifier.send

    async def send(group: Sequence[Notice]) -> None:
        texts.append(group[0].text)
        await plain(group)

    notifier.send = send  # type: ignore[method-assign]
    await outgoing.send([Notice(0, "it", incident=example(0).incident if is_incident else None)])
    doubtful = [any(faults[:at]) for at in range(len(faults) + 1)]
    is_known = edits and (records or is_incident)
    assert texts == [f"{REPEAT}it" if doubt and not is_known else "it" for doubt in doubtful]
    tally = outgoing.tally
    assert (tally.sent, tally.failed, tally.retried) == (1, len(faults), len(faults))
    assert (tally.repeated, tally.detail) == (sum(doubtful), "")


async def test_an_incident_that_began_and_ended_while_the_service_was_down_is_one_message() -> None:
    outgoing, notifier, said = way_to([Undelivered("down")] * 5)
    began = example(0)
    assert began.incident is not None
    over = replace(began, time=9, text="It is over.", incident=replace(began.incident, ended=9))
    backlog = outgoing.backlog()
    backlog.put(Entry(began, "began"))
    plain = notifier.send

    async def send(group: Sequence[Notice]) -> None:
        if len(notifier.tried) == 3:
            backlog.put(Entry(Notice(4, "Else."), "else"))
            backlog.put(Entry(over, "over"))
        await plain(group)

    notifier.send = send  # type: ignore[method-assign]
    taken = [ids for _ in range(7) if (ids := await outgoing.send_one(backlog, Written([])))]
    assert taken == [["else"], ["began", "over"]]
    assert [[notice.text for notice in group] for group in notifier.groups] == [["Else."], ["It is over."]]
    assert said[-1] == "it takes messages again"


@given(TOLD, st.booleans(), st.integers(1, 4))
def test_a_record_gets_each_notice_in_order(told: list[Told], edits: bool, most: int) -> None:
    backlog, every = Backlog(edits=edits, folds=False), entries(told)
    kept = [entry for entry in every if backlog.put(entry)]
    assert kept == [entry for entry in every if edits or not entry.notice.quiet]
    ids: list[str] = []
    while group := backlog.head(most):
        ids += backlog.take_off(group)
    assert ids == [entry.id for entry in kept]


class Written:
    """A ledger that keeps what it is told."""

    def __init__(self, lines: list[tuple[str, list[str]]]) -> None:
        self.lines = lines

    async def trying(self, group: Sequence[Item]) -> None:
        self.lines.append(("trying", [item.last.id for item in group]))

    async def failed(self, group: Sequence[Item], error: Undelivered) -> None:
        self.lines.append((str(error), [item.last.id for item in group]))

    async def set_aside(self, item: Item, error: Undelivered) -> None:
        self.lines.append((f"aside: {error}", [item.last.id]))


async def test_each_attempt_is_written_down_before_it_is_made() -> None:
    outgoing, *_ = way_to([Undelivered("no"), None, None])
    backlog, ledger = outgoing.backlog(), Written([])
    for number in range(4):
        backlog.put(Entry(Notice(number, "x"), str(number)))
    while backlog:
        await outgoing.send_one(backlog, ledger)
    three = ["0", "1", "2"]
    assert ledger.lines == [("trying", three), ("no", three), ("trying", three), ("trying", ["3"])]


async def test_a_hold_keeps_all_back_and_never_for_more_than_an_hour() -> None:
    outgoing, notifier, _ = way_to()
    outgoing.hold(50.0)
    await outgoing.send([Notice(0, "x")])
    outgoing.hold(1e12)
    await outgoing.send([Notice(1, "y")])
    assert [round(at) for at, _ in notifier.tried] == [50, 50 + 3600]


@given(st.lists(st.tuples(st.sampled_from(["began", "joined", "returned", "over"]), st.integers(0, 3)), max_size=20))
def test_what_joins_is_named_to_every_service_however_long_it_waits(steps: list[tuple[str, int]]) -> None:
    """One that edits shows all that stands in the message; another one gets a line, or the message that names it."""
    base = example(0).incident
    assert base is not None
    for edits, folds in ((True, True), (False, True), (False, False), (True, False)):
        backlog, sent, parts = Backlog(edits=edits, folds=folds), list[Notice](), list[str]()
        backlog.put(Entry(Notice(0, "began", incident=base)))
        for number, (what, taken) in enumerate(steps, 1):
            parts += [f"<{number}>"] if what == "joined" else []
            text, is_quiet = f"{what} {''.join(parts)}", what in ("joined", "returned")
            added = parts[-1] if what == "joined" else ""
            backlog.put(Entry(Notice(number, text, incident=base, quiet=is_quiet, addition=added)))
            for _ in range(taken):
                group = backlog.head(1)
                sent += backlog.told(group)
                backlog.take_off(group)
        while backlog:
            group = backlog.head(1)
            sent += backlog.told(group)
            backlog.take_off(group)
        for part in parts:
            assert any(part in notice.text for notice in sent)
        if not edits:
            assert not any(notice.quiet for notice in sent)


def test_what_joins_is_a_line_where_the_message_stands_and_in_the_message_where_it_still_waits() -> None:
    base = example(0).incident
    began, joined = Notice(1, "Began.", incident=base), Notice(2, "All.", incident=base, quiet=True, addition="New.")
    backlog = Backlog(edits=False, folds=True)
    backlog.put(Entry(began))
    backlog.put(Entry(joined))
    (notice,) = backlog.told(backlog.head(9))
    assert (notice.text, notice.addition) == ("All.", "")
    backlog.take_off(backlog.head(9))
    backlog.put(Entry(joined))
    backlog.put(Entry(replace(joined, time=3, addition="More.")))
    (notice,) = backlog.told(backlog.head(9))
    assert (notice.text, notice.quiet) == ("New. More.", False)
    assert message([notice])["blocks"][0]["type"] == "section"
