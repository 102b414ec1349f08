"""The laws of the parser of server-sent events."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.source.blocks import Block
from rarebird.source.sse import EventStream

WIKIMEDIA_ID = (
    '[{"topic":"eqiad.mediawiki.recentchange","partition":0,"timestamp":1700000000001},'
    '{"topic":"codfw.mediawiki.recentchange","partition":0,"offset":-1}]'
)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1, max_size=12)
EVENTS = st.lists(st.tuples(st.lists(TEXT, min_size=1, max_size=3), TEXT | st.none(), st.booleans()), max_size=8)


def parsed(data: bytes, cuts: list[int], limit: int = 1 << 20) -> list[Block]:
    stream = EventStream(limit=limit)
    blocks, start = [], 0
    for size in cuts:
        blocks += stream.feed(data[start : start + size])
        start += size
    return blocks + stream.feed(data[start:]) + stream.finish()


@given(EVENTS, st.sampled_from(["\n", "\r", "\r\n"]), st.lists(st.integers(0, 9), max_size=80), st.booleans())
def test_any_cut_and_any_kind_of_line_end_give_the_same_events(
    events: list[tuple[list[str], str | None, bool]], end: str, cuts: list[int], bom: bool
) -> None:
    text, expected, last = "\ufeff" * bom + ":ok" + end + end, [], ""
    for data, id_, comment in events:
        last = id_ if id_ is not None and id_.isprintable() else last
        text += f": keep{end}" * comment + (f"id: {id_}{end}" if id_ is not None else "")
        text += "".join(f"data: {line}{end}" for line in data) + f"event: message{end}{end}"
        expected.append(((" ".join(data) + "\n").encode(), last))
    assert [(block.data, block.event_id) for block in parsed(text.encode(), cuts)] == expected


@given(st.binary(max_size=200), st.lists(st.integers(0, 9), max_size=40), st.integers(1, 30))
def test_any_bytes_at_all_are_parsed_alike_however_they_come(data: bytes, cuts: list[int], limit: int) -> None:
    assert parsed(data, cuts, limit) == parsed(data, [], limit)


@pytest.mark.parametrize("digits", [400, 20_000, 3_000_000])
def test_a_wait_of_any_length_is_ten_minutes_at_most(digits: int) -> None:
    stream = EventStream()
    stream.feed(b"retry: " + b"9" * digits + b"\n\n")
    assert stream.retry_s == 600
    stream.feed(b"retry: 2500\nretry: 99999999999\n\n")
    assert stream.retry_s == 600
    stream.feed(b"retry: 2500\n\n")
    assert stream.retry_s == 2.5


@pytest.mark.parametrize("id_", ["a\x01b", "a\x7f", "a\tb", "7" * 3_000_000, "\u2028"])
def test_an_id_that_cannot_be_sent_back_leaves_the_one_before(id_: str) -> None:
    blocks = parsed(f"id: 1\ndata: 1\n\nid: {id_}\ndata: 2\n\nid: 3\ndata: 3\n\n".encode(), [])
    assert [block.event_id for block in blocks] == ["1", "1", "3"]


@pytest.mark.parametrize("line", [b"data: 1\n", b"data: 12\n", b"data\n"])
def test_an_event_of_many_short_lines_takes_no_more_memory_than_its_bytes(line: bytes) -> None:
    stream = EventStream()
    tracemalloc.start()
    for _ in range(16):
        stream.feed(line * ((1 << 16) // len(line)))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 2 << 20
    assert len(stream.feed(b"\n")) == (b":" in line)


def test_an_id_is_passed_on_as_it_came_even_where_it_is_json() -> None:
    (block,) = parsed(f"event: message\nid: {WIKIMEDIA_ID}\ndata: {{}}\n\n".encode(), [])
    assert block.event_id == WIKIMEDIA_ID


def test_an_event_over_the_limit_is_one_oversize_block_and_the_next_is_whole() -> None:
    data = b"id: 1\ndata: " + b"x" * 5000 + b"\n\nid: 2\ndata: {}\n\n"
    big, next_ = parsed(data, [64] * 40, limit=1000)
    assert (big.oversize, big.data, big.event_id) == (True, b"", "1")
    assert (next_.oversize, next_.data, next_.event_id) == (False, b"{}\n", "2")


def test_an_event_that_never_ended_is_dropped_and_one_without_data_only_moves_the_id() -> None:
    stream = EventStream()
    assert stream.feed(b"id: 5\n\ndata: {") == []
    assert (stream.finish(), stream.last_id) == ([], "5")


def test_the_time_to_wait_before_a_new_connection_is_heeded_where_it_is_a_number() -> None:
    stream = EventStream()
    stream.feed(b"retry: 2500\nretry: soon\n\n")
    assert stream.retry_s == 2.5
