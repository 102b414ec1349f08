"""The laws of decoding CSV: it says what JSON says of the same data."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.decode import Decoder
from rarebird.errors import InputError
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields
from tests.decode.plain import blocks_of, decoded

FIELDS = Fields(time="at", by="state", id=("id",), where=(("land", "us"),))
COLUMNS = ("noise", "land", "at", "state", "id")
TEXT = st.text('ab"\n\r, \u2028\x85\x0c\x1cé5', max_size=6) | st.sampled_from(["us", "us", "us", ""])
STAMP = st.integers(1, 10**10).map(str) | st.just("2017-03-19T12:11:10Z") | st.sampled_from(["", "soon", "0"])
ROWS = st.lists(st.tuples(TEXT, TEXT, STAMP, TEXT, TEXT), max_size=12)


def record(row: tuple[Any, ...]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(row)
    return text.getvalue().encode().removesuffix(b"\n")


@given(ROWS, st.lists(st.integers(0, 4), max_size=8), st.booleans(), st.booleans())
def test_csv_says_what_json_says_however_it_is_cut(
    rows: list[tuple[str, ...]], cuts: list[int], bom: bool, guessed: bool
) -> None:
    messages = [{name: cell for name, cell in zip(COLUMNS, row, strict=True) if cell} for row in rows]
    # An empty field is null: its key is there.
    lines = [json.dumps({"state": None, **message}).encode() for message in messages]
    blocks = blocks_of([b"\xef\xbb\xbf" * bom + record(COLUMNS), *map(record, rows)], cuts)
    found = decoded(blocks, FIELDS, "csv")
    assert found == decoded([b"\n".join(lines)], FIELDS)
    if guessed and messages and messages[0].get("at", "soon") not in ("soon", "0"):
        assert decoded(blocks, Fields("", FIELDS.by, FIELDS.id, FIELDS.where), "csv") == found


@pytest.mark.parametrize("size", [131_072, 131_073, 3_000_000])
def test_a_field_may_be_large(size: int) -> None:
    large = b"at,note\r\n1," + b"x" * size + b'\r\n2,"' + b"y\n" * (size // 2) + b'"\r\n3,z\r\n'
    for fields in (Fields(time="at"), Fields()):
        assert [event[0] for event in decoded([large], fields, "csv").events] == [10**6, 2 * 10**6, 3 * 10**6]


def test_records_of_another_width_or_without_utf8_are_malformed_and_told() -> None:
    block = b"at,state\n1,CA\n2\n3,NY,x\n\n4,\xff\n5,NY\n"
    batch = Decoder(Fields(time="at", by="state"), Categories(), "csv").decode(block)
    assert (batch.read, batch.malformed, batch.time.tolist()) == (5, 3, [10**6, 5 * 10**6])
    assert [reject.line for reject in batch.rejects] == [2, 3, 4]
    assert decoded([b"at,note\n1,\xff\n"], Fields(time="at"), "csv").malformed == 0


def test_a_header_without_a_column_is_said_with_those_it_has() -> None:
    with pytest.raises(InputError, match=r"'state'.*found: at, net"):
        decoded([b"at,net\n"], Fields(time="at", by="state"), "csv")
    with pytest.raises(InputError, match="has: day, net"):
        decoded([b"day,net\n", b"1,pr\n"], Fields(by="net"), "csv")


def test_a_header_alone_and_an_empty_stream_hold_nothing() -> None:
    for blocks in ([b""], [b"at,net\n"], [b"\xef\xbb\xbfat,net"], [b"at,net\n", b""], [b"\n", b"at,net\n"]):
        for fields in (Fields(time="at"), Fields()):
            assert decoded(blocks, fields, "csv")[1:] == (0, 0, 0)
    assert [event[0] for event in decoded([b"at,net", b"", b"5,pr"], Fields(), "csv").events] == [5_000_000]
