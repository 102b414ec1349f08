"""The laws of decoding JSON lines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.decode import Decoder, json_lines
from rarebird.errors import ConfigError, InputError
from rarebird.model import instant
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields
from rarebird.model.missing import Missing
from tests.decode.plain import FIELDS, LONELY, NO_STAMPS, STAMPS, blocks_of, decoded, lines, messages, plain, same

CHOSEN: list[Missing] = ["auto", "none", "malformed"]
CUTS = st.lists(st.integers(0, 8), max_size=20)
RULES = st.sampled_from(CHOSEN)
UNITS = st.sampled_from(["auto", "s", "ms", "us", "ns", "iso"])
CHOICES = st.sampled_from(
    [
        FIELDS,
        Fields(time="at", by="place.state"),
        Fields(time="at", by="id", where=(("place.land", "us"),)),
        Fields(time="at", id=("at", "id"), by="place.state"),
        Fields(time="at"),
    ]
)


@given(lines(), CUTS, CHOICES, st.tuples(UNITS, RULES), st.booleans())
def test_any_cut_of_lines_into_blocks_gives_what_a_plain_reading_of_each_gives(
    stream: list[bytes], cuts: list[int], fields: Fields, rules: tuple[str, Missing], ended: bool
) -> None:
    unit, missing = rules
    fields = Fields(fields.time, fields.by, fields.id, fields.where, unit)
    whole = decoded(blocks_of(stream, [], ended=ended), fields, missing=missing)
    assert whole == decoded(blocks_of(stream, cuts, ended=ended), fields, missing=missing)
    assert same(whole, plain(stream, fields, missing))
    assert whole.read == len(whole.events) + whole.filtered + whole.malformed


@pytest.mark.parametrize("odd", [b"", b"nonsense", b'{"at": 7, "place": {"state": "two", "land": "us"}}' * 2 + b"\n"])
@pytest.mark.parametrize("at", [0, 4_000, 8_999])
def test_a_block_of_several_pieces_says_what_its_lines_say(odd: bytes, at: int) -> None:
    stream = [
        b'{"at": %d, "id": %d, "place": {"state": "%d", "land": "us"}, "text": "%s"}' % (at, at, at // 900, b"x" * 1100)
        for at in range(1, 9_001)
    ]
    stream.insert(at, odd)
    fields = Fields(time="at", by="place.state", id=("id",), where=(("place.land", "us"),))
    whole = decoded([b"\n".join(stream)], fields, cap=6)
    # Blocks of 400 lines are one piece each.
    assert whole == decoded(blocks_of(stream, [400] * 30), fields, cap=6)
    assert same(decoded([b"\n".join(stream)], fields), plain(stream, fields))


@given(st.lists(messages(), min_size=1, max_size=20), CHOICES)
def test_a_bad_line_changes_nothing_of_the_good_ones_beside_it(stream: list[bytes], fields: Fields) -> None:
    alone = decoded([b"\n".join(stream)], fields)
    beside = decoded([b"\n".join([*stream, b"nonsense"])], fields)
    assert beside == alone._replace(read=alone.read + 1, malformed=alone.malformed + 1)


@given(st.integers(1, 30), st.sampled_from(["s", "ms", "us", "ns", "iso", "auto"]))
def test_a_uniform_block_and_the_same_with_a_bad_line_have_the_same_times(rows: int, unit: str) -> None:
    size = {"s": 10**6, "ms": 10**3, "us": 1}.get(unit, 1)
    exact = [1_489_925_470_000_000 // size + row for row in range(rows)]
    stamps = [f"2017-03-19T12:11:{row:02}.000001Z" if unit == "iso" else stamp for row, stamp in enumerate(exact)]
    if unit == "ns":
        stamps = [stamp * 1000 for stamp in exact]
    stream = [json.dumps({"at": stamp}).encode() for stamp in stamps]
    fields = Fields(time="at", time_unit=unit)
    clean, mixed = decoded([b"\n".join(stream)], fields), decoded([b"\n".join([*stream, b"{"])], fields)
    assert clean.events == mixed.events
    assert clean.malformed == 0
    if unit != "iso":
        assert [event[0] for event in clean.events] == [stamp * size for stamp in exact]


@given(st.lists(STAMPS, min_size=1, max_size=8), CUTS)
def test_a_time_means_the_same_however_its_neighbours_are_written(stamps: list[object], cuts: list[int]) -> None:
    stream = [json.dumps({"at": stamp}).encode() for stamp in stamps]
    each = [event for line in stream for event in decoded([line], Fields(time="at")).events]
    assert decoded(blocks_of(stream, cuts), Fields(time="at")).events == each


@given(st.integers(10**14, 4 * 10**15))
def test_the_units_of_time_agree(micros: int) -> None:
    def at(stamp: object, unit: str) -> list[int]:
        return [
            event[0] for event in decoded([json.dumps({"at": stamp}).encode()], Fields("at", time_unit=unit)).events
        ]

    text = instant.text(micros)
    assert at(micros, "us") == at(text, "iso") == at(text, "auto") == [micros]
    assert abs(at(micros * 1000, "ns")[0] - micros) <= 1
    assert at(micros / 1e3, "ms") == at(micros / 1e6, "s") == [micros]
    assert at(str(micros), "us") == [micros]


@pytest.mark.parametrize("unit", ["auto", "s", "ms", "us", "ns", "iso"])
@pytest.mark.parametrize("stamp", NO_STAMPS, ids=lambda stamp: str(stamp)[:12])
def test_what_is_no_time_is_malformed_in_every_unit(stamp: object, unit: str) -> None:
    found = decoded([json.dumps({"at": stamp}).encode()], Fields(time="at", time_unit=unit))
    assert (found.events, found.malformed) == ([], 1)


@pytest.mark.parametrize("unit", ["auto", "s", "ms", "us", "iso"])
@given(st.integers(0, 4 * 10**6))
def test_no_time_passes_the_year_9998(unit: str, after: int) -> None:
    end = 253_370_764_800 * 10**6 - 2 * 10**6 + after
    stamps: list[object] = [end / 10**6, end / 10**3, end, "9998-12-31T23:59:59.999999-00:01", "0002-01-01T00:00+00:01"]
    for stamp in stamps:
        for event in decoded([json.dumps({"at": stamp}).encode() + b"\n"], Fields("at", time_unit=unit)).events:
            assert -62_104_060_800 * 10**6 <= event[0] < 253_370_764_800 * 10**6


@pytest.mark.parametrize("line", LONELY, ids=lambda line: repr(line[:24]))
def test_a_bad_line_is_told_with_its_number_and_a_reason(line: bytes) -> None:
    good = b'{"at": 1489925470, "place": {"state": "CA", "land": "us"}, "size": 5}'
    batch = Decoder(FIELDS, Categories()).decode(b"\n".join([good, b"", good, line, good]), lines=10)
    assert batch.read - batch.malformed - batch.filtered == len(batch.time)
    assert [reject.line for reject in batch.rejects] == [13] * batch.malformed
    assert all(reject.reason for reject in batch.rejects)


def test_a_message_is_asked_for_its_time_then_the_conditions_then_its_category() -> None:
    fields = Fields(time="at", by="state", where=(("land", "us"),))
    assert decoded([b'{"land": "de"}'], fields)[1:] == (1, 0, 1)
    assert decoded([b'{"at": 5, "land": "de"}'], fields)[1:] == (1, 1, 0)
    assert decoded([b'{"at": 5, "land": "us"}'], fields)[1:] == (1, 0, 1)
    assert decoded([b'{"at": 5, "land": "us", "state": "CA"}'], fields).events == [(5_000_000, "CA", None)]


def test_a_message_over_several_lines_is_no_message() -> None:
    for block in (b'{"at": 5,\n"id": 6}', b'{"at": 5,\n"id": 6}\n', b'{"at": 5\n}\n{"at": 6}\n'):
        assert decoded([block], Fields(time="at"))[2:] == (0, 2)


def test_what_is_not_asked_for_may_hold_any_bytes() -> None:
    assert decoded([b'{"at": 5, "name": "\xff\xfe"}'], Fields(time="at")).events == [(5_000_000, "all", None)]


@given(st.lists(st.sampled_from("abcdef"), max_size=40), st.integers(0, 8), CUTS)
def test_names_behind_the_cap_fold_into_other_and_are_counted(names: list[str], cap: int, cuts: list[int]) -> None:
    stream = [json.dumps({"at": 5, "by": name}).encode() for name in names]
    kept = list(dict.fromkeys(names))[:cap]
    found = decoded(blocks_of(stream, cuts), Fields(time="at", by="by"), cap=cap)
    assert [event[1] for event in found.events] == [name if name in kept else "other" for name in names]
    table = Categories(cap=cap)
    Decoder(Fields(time="at", by="by"), table).decode(b"\n".join(stream))
    assert table.folded == sum(name not in kept for name in names)
    assert len(table) == len(kept) + 1


@given(st.lists(st.text(min_size=1, max_size=6).filter(lambda name: name.isprintable() and not {*'."\\'} & {*name})))
def test_fields_may_have_any_printable_name(steps: list[str]) -> None:
    path = ".".join(["at", *steps, "x"])
    message: object = "CA"
    for step in ["x", *reversed(steps)]:
        message = {step: message}
    line = json.dumps({"at": message, "t": 5}).encode()
    assert decoded([line], Fields(time="t", by=path, where=((path, "CA"),))).events == [(5_000_000, "CA", None)]


@pytest.mark.parametrize(
    "fields",
    [
        Fields(time="at", by="at.city"),
        Fields(time="at.s", by="at"),
        Fields(time="at", by="place.city", id=("place",)),
        Fields(time="at", by="place", where=(("place.city", "x"),)),
        Fields(time='a"t'),
        Fields(time="at", by="a\\b"),
        Fields(time="at", by="\n"),
        Fields(time="at", by="\udcff"),
    ],
)
def test_paths_that_cannot_be_are_a_wrong_setting(fields: Fields) -> None:
    with pytest.raises(ConfigError, match="path"):
        Decoder(fields, Categories())


@pytest.mark.parametrize("name", ["time", "timestamp", "ts", "@timestamp", "datetime", "date", "mtime", "created_at"])
@given(st.integers(0, 3), CUTS)
def test_the_first_message_says_which_field_holds_the_time(name: str, bad: int, cuts: list[int]) -> None:
    stream = [b"nonsense"] * bad + [json.dumps({"id": 7, "at": "soon", name: 5 + row}).encode() for row in range(3)]
    found = decoded(blocks_of(stream, cuts), Fields())
    assert [event[0] for event in found.events] == [5_000_000, 6_000_000, 7_000_000]
    assert (found.read, found.malformed) == (3 + bad, bad)


@pytest.mark.parametrize("line", [b"{}", b'{"id": 7}', b'{"time": null}', b'{"time": ' + b"9" * 400 + b"}"])
def test_a_first_message_without_a_time_is_said_with_its_fields(line: bytes) -> None:
    with pytest.raises(InputError, match="--time PATH"):
        decoded([line], Fields())


@pytest.mark.parametrize("line", [*LONELY[:6], b"[" * 100_000, b"a\rb"], ids=lambda line: repr(line[:12]))
def test_lines_before_the_first_message_are_counted_as_ever(line: bytes) -> None:
    good = b'{"time":\r5}'
    assert decoded([line + b"\n", good], Fields()) == decoded([line + b"\n" + good], Fields(time="time"))


@pytest.mark.parametrize("bad", [b"", b"no json\n"], ids=["at once", "line by line"])
@pytest.mark.parametrize(
    ("wanted", "kept"), [("true", [b"true", b'"true"']), ("1", [b"1", b"1.0", b'"1"']), ("0", [b"0", b"-0.0", b'"0"'])]
)
def test_a_condition_tells_truth_values_from_numbers(wanted: str, kept: list[bytes], bad: bytes) -> None:
    values = [b"true", b"false", b"1", b"0", b"1.0", b"-0.0", b'"true"', b'"1"', b'"0"', b"null"]
    block = b"".join(b'{"at":17000000%02d,"ok":%b}\n' % (number, value) for number, value in enumerate(values))
    found = Decoder(Fields("at", where=(("ok", wanted),)), Categories(), "json").decode(block + bad)
    assert [values[time // 10**6 % 100] for time in found.time.tolist()] == kept


def test_how_times_are_written_is_not_learned_from_a_block_that_failed() -> None:
    decoder = Decoder(Fields("at", by="c"), Categories(), "json")
    found = decoder.decode(b'{"at":"2026-01-01T00:00:00Z"}\n{"at":1700000000,"c":"a"}\n')
    assert (len(found.time), found.time_form) == (1, "at, epoch in s")


def test_a_time_of_any_length_is_the_same_in_a_block_as_alone() -> None:
    long = b'{"at":"2026-03-01T12%b:00:00Z"}\n' % (b"2" * 5_000)
    for other in (b"", b'{"at":"2026-03-01T12:00:00Z"}\n', b"no json\n"):
        assert Decoder(Fields("at"), Categories(), "json").decode(other + long).malformed == 1 + other.startswith(b"no")


STRANGE = [
    b'{"at":1700000000,"c":"a","n":1}', b'{"at":"2026-03-01T12:00:00Z","c":"b","n":2}', b'{"at":1700000001.5,"c":null}',
    b'{"at":1700000002}', b"no json", b"", b'{"at":1700000003,"c":"b"}{"at":1}', b'{"at":1700000004,"c":{"a":1}}',
    b'{"at":"soon","c":"a"}', b'{"at":1700000005,\n"c":"d"}', b'{"at":1700000006,"c":"\xff"}', b"[]",
]  # fmt: skip


@given(st.lists(st.sampled_from(STRANGE), max_size=30), st.integers(1, 200), st.integers(0, 2))
def test_a_block_read_in_pieces_after_a_fault_is_the_same_as_line_by_line(
    lines: list[bytes], size: int, blocks: int
) -> None:
    block = b"\n".join(lines) + b"\n"
    with pytest.MonkeyPatch.context() as patch:
        found = []
        for after in (size, 1 << 30):
            patch.setattr(json_lines, "_AFTER_FAULT", after)
            patch.setattr(json_lines, "_LEAST", min(after, 8) if after == size else after)
            decoder = Decoder(Fields("at", by="c", id=("n",)), Categories(cap=2), "json")
            batches = [decoder.decode(block, lines=part * 100) for part in range(blocks + 1)]
            rows = [[batch.time.tolist(), batch.category.tolist(), batch.identity.tolist()] for batch in batches]
            rest = [(each.read, each.malformed, each.rejects, each.time_form) for each in batches]
            found.append((rows, rest, decoder.categories.names, decoder.categories.folded))
    assert found[0] == found[1]
