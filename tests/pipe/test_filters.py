"""The stages that need no store: lines in, lines out, marks passed on, bad lines counted and left out."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.detect.limit import Limit
from rarebird.detect.rules import Rules
from rarebird.errors import SourceError
from rarebird.notify.contract import Notice
from rarebird.notify.outgoing import Outgoing
from rarebird.notify.stdout import TextLines
from rarebird.pipe.closing import Closing
from rarebird.pipe.detect import Detect
from rarebird.pipe.gaps import gaps
from rarebird.pipe.ingest import Ingest
from rarebird.pipe.line import END, EventLine, ReadingLine, TextLine, written
from rarebird.pipe.push import push
from rarebird.source.contract import Source
from rarebird.source.live import Backoff
from rarebird.watch import Watch
from tests.pipe.lines import START, Stage, at, event, mark, messages, stream
from tests.run.test_running import Given

pytestmark = pytest.mark.anyio
EVENTS = st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from(["a", "b", "é", "\x00"])), max_size=40).map(sorted)
CUTS = st.lists(st.integers(0, 5_000), max_size=6)


def ingest(watch: Watch, stage: Stage, *parts: list[str], fault: SourceError | None = None) -> Ingest:
    sources: list[Source] = [Given(f"s{at}", [watch.decode(part)], fault) for at, part in enumerate(parts)]
    return Ingest(sources, watch, stage.write, stage.said.append)


@given(EVENTS)
async def test_ingest_writes_the_events_in_order_with_a_mark_behind_them_and_the_end(events: list[Any]) -> None:
    stage = Stage()
    await ingest(Watch(time="t", by="k"), stage, messages(events)).run()
    assert [(line["time"], line["category"]) for line in stage.values] == [(at(ms), name) for ms, name in events]
    assert stage.data.endswith(END)
    marks = [line["watermark"] for line in stage.lines if "watermark" in line]
    assert marks == sorted(marks)
    assert bool(marks) == bool(events)
    for line, later in pairwise(stage.lines):
        if "watermark" in line and "time" in later:
            assert later["time"] >= line["watermark"]


async def test_ingest_that_cannot_read_to_the_end_writes_no_end_mark_and_says_why() -> None:
    stage = Stage()
    with pytest.raises(SourceError, match="gone"):
        await ingest(Watch(time="t", by="k"), stage, messages([(0, "a")]), fault=SourceError("gone")).run()
    assert len(stage.values) == 1
    assert not stage.data.endswith(END)
    assert stage.said == ["1 message read: 1 kept"]


@given(EVENTS, CUTS)
async def test_gaps_are_the_differences_of_neighbours_however_the_bytes_are_cut(
    events: list[Any], cuts: list[int]
) -> None:
    stage = Stage()
    await gaps(stage.events(stream(events), cuts), stage.write, stage.said.append)
    expected = [None, *((later - earlier) / 1000 for (earlier, _), (later, _) in pairwise(events))]
    assert [line["gap_s"] for line in stage.values] == pytest.approx(expected[: len(events)])
    assert [line for line in stage.lines if line not in stage.values] == [
        line for line in map(_decoded, stream(events)) if "category" not in line
    ]


async def test_an_event_older_than_its_neighbour_has_no_gap() -> None:
    stage = Stage()
    lines = [event(2000, "a"), event(1000, "b"), event(3500, "c")]
    await gaps(stage.events(lines), stage.write, stage.said.append)
    assert [line["gap_s"] for line in stage.values] == [None, 1.5]
    assert stage.said[0].startswith("1 event is older")


BAD = [
    b"\n",
    b"{}\n",
    b"[]\n",
    b"7\n",
    b'{"time":"x","category":"a"}\n',
    b'{"time":"2020-01-01"}\n',
    b"\xff\n",
    b'{"time\n',
]


@given(EVENTS, st.lists(st.tuples(st.integers(0, 40), st.sampled_from(BAD)), max_size=12), CUTS)
async def test_lines_that_are_none_are_counted_and_left_out(
    events: list[Any], bad: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    stage = Stage()
    lines = stream(events)
    for place, line in bad:
        lines.insert(min(place, len(lines)), line)
    inflow = stage.events(lines, cuts)
    found = [line async for some in inflow.lines() for line in some if not line.is_mark]
    assert [(line.time, line.category) for line in found] == [(at(ms), name) for ms, name in events]
    assert inflow.malformed == sum(line != b"\n" for _, line in bad)
    assert len(stage.said) == min(3, inflow.malformed) + bool(inflow.malformed)


async def test_a_line_without_end_is_passed_over() -> None:
    stage = Stage()
    inflow = stage.events([event(0, "a"), b'{"time":"' + b"x" * (3 << 20) + b'"}\n', event(1, "b")])
    found = [line async for some in inflow.lines() for line in some]
    assert [line.category for line in found] == ["a", "b"]
    assert inflow.malformed == 1


@given(EVENTS, CUTS)
def test_ticks_are_the_same_however_events_come_and_close(events: list[Any], cuts: list[int]) -> None:
    whole, parts = Closing(), Closing()
    found: list[tuple[int, int]] = []
    for number, (ms, name) in enumerate(events):
        time = (START * 1000 + ms) * 1000
        whole.take(time, ord(name))
        parts.take(time, ord(name))
        ticks = parts.close() if number in cuts else None
        found += zip(ticks.time.tolist(), ticks.category.tolist(), strict=True) if ticks else []
    ticks, last = whole.close(final=True), parts.close(final=True)
    found += zip(last.time.tolist(), last.category.tolist(), strict=True) if last else []
    assert found == ([*zip(ticks.time.tolist(), ticks.category.tolist(), strict=True)] if ticks else [])
    assert (whole.late, whole.until) == (parts.late, parts.until) == (0, parts.until)


def test_what_belongs_to_a_closed_second_is_late() -> None:
    closing = Closing()
    closing.move(START * 1_000_000 + 5_000_000)
    closing.take(START * 1_000_000 + 4_999_999, 1)
    closing.take(START * 1_000_000 + 5_000_000, 1)
    assert closing.late == 1


def reading(value: float | None, **more: Any) -> bytes:
    return written(time=at(0), mean_gap_s=value, count=500, **more)


async def detected(*lines: bytes) -> Stage:
    stage = Stage()
    rules = Rules([Limit("mean_gap_s", "up", fire=20.0, recover=10.0)], least=0)
    await Detect(rules, stage.write, stage.said.append).run(stage.inflow(ReadingLine, lines))
    return stage


async def test_detect_writes_news_with_their_numbers_and_passes_marks_on() -> None:
    stage = await detected(reading(5.0), reading(None), reading(25.0), mark(0), reading(15.0), reading(9.0), END)
    assert [(line["phase"], line["direction"], line["value"], line["limit"]) for line in stage.values] == [
        ("fired", "up", 25.0, 20.0),
        ("recovered", "down", 9.0, 10.0),
    ]
    assert [line["alerting_share"] for line in stage.values] == [1 / 2, 2 / 4]
    assert "has risen to 25 s, above 20 s" in stage.values[0]["text"]
    assert "This threshold alerts on 50 % of readings so far." in stage.values[0]["text"]
    assert stage.data.count(b"watermark") == 1
    assert stage.data.endswith(END)
    assert stage.said == [
        "mean_gap_s above 20 s: this threshold alerts on 50 % of readings so far (2 of 4), fired once"
    ]


async def test_readings_of_the_past_are_judged_but_no_news() -> None:
    stage = await detected(reading(25.0, past=True), reading(25.0, past=True), reading(25.0), reading(9.0))
    assert [line["phase"] for line in stage.values] == ["recovered"]
    assert stage.said[:2] == [
        "on the readings of before:",
        "mean_gap_s above 20 s: this threshold alerts on 100 % of readings so far (2 of 2), fired once",
    ]


async def test_push_sends_the_texts_in_order_and_nothing_of_the_marks() -> None:
    stage = Stage()
    lines = [written(time=at(0), text="One."), mark(0), written(time=at(1000), text="Two\n<b>."), END]
    outgoing = Outgoing(TextLines(stage.write_some), stage.said.append, Backoff())
    await push(stage.inflow(TextLine, lines), outgoing, stage.said.append)
    assert stage.data.decode() == "2023-11-14T22:13:20Z  One.\n2023-11-14T22:13:21Z  Two <b>.\n"


async def test_push_reads_no_further_than_it_has_sent() -> None:
    taken: list[Notice] = []
    gate = asyncio.Event()

    class Slow:
        name, edits, records, most, pause_s = "slow", False, True, 1, 0.0

        async def send(self, group: list[Notice]) -> None:
            await gate.wait()
            taken.extend(group)

    read = 0

    async def lines() -> Any:
        nonlocal read
        for number in range(3):
            read += 1
            yield written(time=at(number), text=str(number))

    stage = Stage()
    inflow = stage.inflow(TextLine, [])
    inflow._chunks = lines()
    pushing = asyncio.create_task(push(inflow, Outgoing(Slow(), stage.said.append, Backoff()), stage.said.append))  # type: ignore[arg-type]
    for _ in range(20):
        await asyncio.sleep(0)
    assert (read, taken) == (1, [])
    gate.set()
    await pushing
    assert [notice.text for notice in taken] == ["0", "1", "2"]


async def test_push_that_is_stopped_says_what_was_not_sent() -> None:
    class Stuck:
        name, edits, records, most, pause_s = "stuck", False, True, 2, 0.0

        async def send(self, group: list[Notice]) -> None:
            await asyncio.Event().wait()

    stage = Stage()
    lines = [written(time=at(0), text=str(number)) for number in range(3)]
    outgoing = Outgoing(Stuck(), stage.said.append, Backoff())  # type: ignore[arg-type]
    pushing = asyncio.create_task(push(stage.inflow(TextLine, lines), outgoing, stage.said.append))
    for _ in range(20):
        await asyncio.sleep(0)
    pushing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pushing
    assert stage.said == ["stopped: 3 notices were not sent"]


def _decoded(line: bytes) -> dict[str, Any]:
    stage = Stage()
    stage.write(line)
    return stage.lines[0]


def test_an_event_line_needs_its_category() -> None:
    assert EventLine.__struct_fields__ == ("time", "watermark", "end", "category")


@given(CUTS)
async def test_a_line_that_goes_on_in_the_next_is_two_wrong_ones_however_it_is_cut(cuts: list[int]) -> None:
    stage = Stage()
    lines = [event(1, "a"), b'{"time":"2026-03-01T12:00:00Z",\n"category":"a"}\n', event(2, "a")]
    inflow = stage.events(lines, cuts)
    found = [line async for some in inflow.lines() for line in some]
    assert (len(found), inflow.read, inflow.malformed) == (2, 4, 2)
