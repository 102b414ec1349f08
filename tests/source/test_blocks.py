"""The laws of cutting bytes into whole lines."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.source.blocks import PIECE, Block, Lines, form_of, merged

CUTS = st.lists(st.integers(1, 40), max_size=60)


def chunks_of(data: bytes, sizes: list[int]) -> list[bytes]:
    chunks, start = [], 0
    for size in sizes:
        chunks.append(data[start : start + size])
        start += size
    return [*chunks, data[start:]]


def lines_of(chunks: list[bytes], *, quoted: bool = False, limit: int = 1 << 20) -> list[bytes | int]:
    """Every line that comes out, and for each oversize one the bytes that it covers."""
    cutter = Lines(quoted=quoted, limit=limit)
    blocks = [block for chunk in chunks for block in cutter.feed(chunk)] + cutter.finish()
    assert sum(block.size for block in blocks) == sum(map(len, chunks))
    lines: list[bytes | int] = []
    for block in blocks:
        if block.oversize:
            lines.append(block.size)
        elif quoted:
            lines += records(block.data)
        else:
            lines += block.data.splitlines(keepends=True)
    return lines


def records(block: bytes) -> list[bytes]:
    reader = csv.reader(io.StringIO(block.decode(), newline=""))
    return [repr(row).encode() for row in reader]


@given(st.lists(st.binary(max_size=30).map(lambda line: line.translate(None, b"\r\n\x0b\x0c"))), CUTS, st.booleans())
def test_any_cut_of_the_bytes_gives_the_same_lines(lines: list[bytes], cuts: list[int], ended: bool) -> None:
    data = b"\n".join(lines) + b"\n" * ended
    assert lines_of(chunks_of(data, cuts)) == [line + b"\n" for line in data.split(b"\n")[:-1]] + (
        [data.rpartition(b"\n")[2]] if data.rpartition(b"\n")[2] else []
    )


@given(st.lists(st.integers(0, 30)), CUTS, st.integers(1, 20))
def test_exactly_the_lines_over_the_limit_are_skipped_whatever_the_cut(
    lengths: list[int], cuts: list[int], limit: int
) -> None:
    data = b"".join(b"x" * length + b"\n" for length in lengths)
    expected = [length + 1 if length + 1 > limit else b"x" * length + b"\n" for length in lengths]
    assert lines_of(chunks_of(data, cuts), limit=limit) == expected


@given(st.lists(st.lists(st.text("ab\n\",'", max_size=6), min_size=2, max_size=3)), CUTS)
def test_any_cut_of_a_csv_gives_the_same_records_and_no_cut_falls_within_quotes(
    rows: list[list[str]], cuts: list[int]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    data = text.getvalue().encode()
    assert lines_of(chunks_of(data, cuts), quoted=True) == records(data)


@given(st.text('ab\n"', max_size=60), CUTS, CUTS, st.integers(1, 12))
def test_even_a_broken_csv_with_lines_over_the_limit_is_cut_alike_however_it_comes(
    text: str, cuts: list[int], others: list[int], limit: int
) -> None:
    def covered(sizes: list[int]) -> list[int]:
        cutter = Lines(quoted=True, limit=limit)
        blocks = [block for chunk in chunks_of(text.encode(), sizes) for block in cutter.feed(chunk)]
        ends, end = [], 0
        for block in blocks + cutter.finish():
            end += block.size
            if block.oversize:
                ends.append(end)
        return ends

    assert covered(cuts) == covered(others)


def test_a_line_of_twenty_megabytes_is_counted_once_and_never_held_whole() -> None:
    cutter = Lines(limit=1 << 20)
    held = 0
    blocks: list[Block] = []
    for _ in range(320):
        blocks += cutter.feed(b"x" * 65_536)
        held = max(held, sum(map(len, cutter._begun)))
    blocks += cutter.feed(b"\n{}\n")
    assert [(block.data, block.oversize) for block in blocks] == [(b"", True), (b"{}\n", False)]
    assert held <= 1 << 20


def test_blocks_of_one_large_chunk_stay_near_a_megabyte() -> None:
    blocks = Lines().feed((b"x" * 99 + b"\n") * 50_000)
    assert max(len(block.data) for block in blocks) <= PIECE + 100
    assert sum(len(block.data) for block in blocks) == 5_000_000


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.text("12", max_size=1))))
def test_merging_blocks_keeps_every_line_its_order_and_the_last_id(parts: list[tuple[int, bool, str]]) -> None:
    blocks = [Block(b"" if big else b"x" * size + b"\n", size + 1, big, id_) for size, big, id_ in parts]
    together = list(merged(blocks))
    assert b"".join(block.data for block in together) == b"".join(block.data for block in blocks)
    assert sum(block.size for block in together) == sum(block.size for block in blocks)
    assert sum(block.oversize for block in together) == sum(block.oversize for block in blocks)
    assert together[-1:] == [] or together[-1].event_id == blocks[-1].event_id


@pytest.mark.parametrize(
    ("start", "form"),
    [
        (b'{"a":1}\n', "json"),
        (b"time,net\n1,pr\n", "csv"),
        (b"\xef\xbb\xbftime,net\n", "csv"),
        (b"", "json"),
        (b'"a":1,"b":2}\n', "json"),
    ],
)
def test_the_first_line_tells_the_form(start: bytes, form: str) -> None:
    assert form_of(start) == form
