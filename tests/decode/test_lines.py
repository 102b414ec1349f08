"""The law of lines: a piece is taken as a whole exactly where each of its lines holds one object."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.decode import Decoder
from rarebird.decode.lines import one_each, whole_lines
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields

LEAF = st.one_of(st.integers(0, 9), st.sampled_from(["", "}{", "}\\n{", "x" * 90]), st.none())
OBJECT = st.recursive(
    st.dictionaries(st.sampled_from("abc"), LEAF, min_size=1),
    lambda inner: st.dictionaries(st.sampled_from("abc"), st.one_of(inner, st.lists(inner, max_size=3)), min_size=1),
    max_leaves=4,
)
BORDERS = st.sampled_from(["\n"] * 30 + ["", " ", "\n\n", "\r\n", "\n ", " \n", "\t\n\t", "\n\r\n"])
SPREAD = st.sampled_from([None] * 12 + [0, 1])
"""How an object is indented, over several lines; None: on one line."""


@st.composite
def pieces(draw: st.DrawFn) -> tuple[bytes, int]:
    """Objects, some over several lines, with what stands between them; and how many there are."""
    count = draw(st.integers(1, 12))
    texts = [json.dumps(draw(OBJECT), indent=draw(SPREAD)) for _ in range(count)]
    borders = [draw(BORDERS) for _ in range(count)]
    # Plain ones behind them, so that there are enough to be looked at as a whole.
    plain = draw(st.sampled_from([0, 3, 40]))
    start = draw(st.sampled_from(["", "", "", "\n", " "]))
    whole = start + "".join(text + border for text, border in zip(texts, borders, strict=True)) + '{"a": 1}\n' * plain
    return whole.encode(), count + plain


def told(piece: bytes) -> bool:
    """Whether each line that is not blank is an object, asked one by one."""
    for line in whole_lines(piece):
        try:
            message = msgspec.json.decode(line)
        except msgspec.DecodeError:
            return False
        if not isinstance(message, dict):
            return False
    return True


@given(pieces())
def test_a_piece_is_whole_exactly_where_each_line_is_an_object(given: tuple[bytes, int]) -> None:
    piece, objects = given
    assert len(msgspec.json.Decoder().decode_lines(piece)) == objects
    assert one_each(memoryview(piece), objects) == told(piece)


BESIDE = b'{"at": 1489925470}\n'


@pytest.mark.parametrize(
    ("odd", "read", "malformed"),
    [
        (b'{"at": 1489925470}{"at": 1489925471}\n\n', 1, 1),
        (b'{"at": 1489925470} {"at": 1489925471}\n{"at": 1489925472,\n"b": 1}\n', 3, 3),
        (b'{"at": 1489925470}{"at": 1489925471}\n{"at": 1489925472, "b":\n{}}\n', 3, 3),
        (b'\n{"at": 1489925470}{"at": 1489925471}\n', 1, 1),
        (b'\n\n{"at": 1489925470}\r\n \n', 1, 0),
    ],
)
@pytest.mark.parametrize("before", [0, 1, 100])
@pytest.mark.parametrize("behind", [0, 1, 100])
def test_as_many_messages_as_lines_are_not_enough(
    odd: bytes, read: int, malformed: int, before: int, behind: int
) -> None:
    block = BESIDE * before + odd + BESIDE * behind
    batch = Decoder(Fields(time="at"), Categories()).decode(block)
    assert (batch.read, batch.malformed) == (before + read + behind, malformed)


@given(st.integers(33, 200), st.lists(st.integers(0, 400), min_size=1, max_size=9), st.booleans())
def test_lines_of_any_length_are_found(objects: int, pads: list[int], ended: bool) -> None:
    lines = [b'{"a":"' + b"x" * pads[row % len(pads)] * (row % 7) + b'"}' for row in range(objects)]
    piece = b"\n".join(lines) + b"\n" * ended
    assert one_each(memoryview(piece), objects)
    assert not one_each(memoryview(piece), objects + 1)
    assert not one_each(memoryview(piece), objects - 1)
