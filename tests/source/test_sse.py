"""The laws of the parser of server-sent events."""

from __future__ import annotations

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
        last = id_ if id_ is not None else last
        text += f": keep{end}" * comment + (f"id: {id_}{end}" if id_ is not None else "")
        text += "".join(f"data: {line}{end}" for line in data) + f"event: message{end}{end}"
        expected.append(((" ".join(data) + "\n").encode(), last))
    assert [(block.data, block.event_id) for block in parsed(text.encode(), cuts)] == expected


@given(st.binary(max_size=200), st.lists(st.integers(0, 9), max_size=40), st.integers(1, 30))
def test_any_bytes_at_all_are_parsed_alike_however_they_come(data: bytes, cuts: list[int], limit: int) -> None:
    assert parsed(data, cuts, limit) == parsed(data, [], limit)


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
