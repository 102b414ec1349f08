"""The laws of a missing category: neither the cut of the stream nor a restart changes what is counted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.decode import Decoder, presence
from rarebird.model.batch import Batch
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields
from rarebird.model.missing import EARLY, Missing
from rarebird.model.position import Position
from tests.decode.plain import Decoded, blocks_of, decoded, plain, same

FIELDS = Fields(time="at", by="place.state", where=(("land", "us"),))
RULES: list[Missing] = ["auto", "none", "malformed", "before"]
CASES = st.sampled_from(
    [
        {"place": {"state": "CA"}}, {"place": {"state": " CA "}}, {"place": {"state": None}}, {"place": {"state": ""}},
        {"place": {}}, {}, {"place": None}, {"place": {"state": 7}}, {"place": []}, {"land": "de"}, {"at": "never"},
    ]
)  # fmt: skip
SPARSE = CASES | st.sampled_from([{"place": {}}, {}, {"land": "de"}])
STREAMS = st.lists(SPARSE, max_size=30)


def lines_of(cases: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps({"at": 1_489_925_470 + at, "land": "us", **case}).encode() for at, case in enumerate(cases)]


def restarted(blocks: list[bytes], missing: Missing) -> Decoded:
    """What decoders make of blocks, one after another, each going on from the position behind the one before."""
    categories, position, batches = Categories(missing=missing), Position(), list[Batch]()
    for block in blocks:
        decoder = Decoder(FIELDS, categories)
        decoder.resume(position)
        batches.append(decoder.decode(block, lines=position.lines))
        position = decoder.learned(Position(lines=position.lines + batches[-1].read))
        state, names = decoder.state(), categories.names
        categories = Categories(missing=missing)
        categories.restore(names, 0)
        again = Decoder(FIELDS, categories)
        again.restore(state)
        assert again.state() == state
    events = [
        (time, categories.names[code], None)
        for batch in batches
        for time, code in zip(batch.time.tolist(), batch.category.tolist(), strict=True)
    ]
    counters = [(batch.read, batch.filtered, batch.malformed) for batch in batches]
    return Decoded(events, *map(sum, zip(*counters, strict=True)))


@pytest.mark.parametrize("early", [3, EARLY])
@pytest.mark.parametrize("missing", RULES)
@given(cases=STREAMS, cuts=st.lists(st.integers(0, 8), max_size=8))
def test_neither_the_cut_into_blocks_nor_a_restart_changes_what_is_counted(
    cases: list[dict[str, Any]], cuts: list[int], missing: Missing, early: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(presence, "EARLY", early)
        patch.setattr("tests.decode.plain.EARLY", early)
        blocks = blocks_of(lines_of(cases), cuts)
        whole = decoded([b"".join(blocks)], FIELDS, missing=missing)
        assert whole == decoded(blocks, FIELDS, missing=missing) == restarted(blocks, missing)
        if missing != "before":
            assert same(whole, plain(lines_of(cases), FIELDS, missing))
        assert whole.read == len(whole.events) + whole.filtered + whole.malformed


@pytest.mark.parametrize(
    ("missing", "kept"),
    [
        ("auto", ["CA", "(none)", "(none)", "(none)", "(none)"]),
        ("none", ["(none)", "(none)", "CA", "(none)", "(none)", "(none)", "(none)"]),
        ("malformed", ["CA", "(none)", "(none)"]),
        ("before", ["CA", "(none)"]),
    ],
)
def test_what_becomes_of_a_message_without_a_category(missing: Missing, kept: list[str]) -> None:
    cases: list[dict[str, Any]] = [{}, {"place": None}, {"place": {"state": "CA"}}, {}, {"place": None}]
    cases += [{"place": {"state": None}}, {"place": {"state": "  "}}]
    found = decoded([b"\n".join(lines_of(cases))], FIELDS, missing=missing)
    assert [name for _, name, _ in found.events] == kept
    assert found.malformed == len(cases) - len(kept)


@pytest.mark.parametrize(("before", "then"), [(EARLY - 1, 1), (EARLY, 0)])
def test_a_field_that_first_comes_behind_the_first_messages_is_of_another_kind(before: int, then: int) -> None:
    cases: list[dict[str, Any]] = [*[{"place": {}}] * before, {"place": {"state": "CA"}}, {"place": {}}]
    # What a condition leaves out is not asked.
    cases[5:5] = [{"land": "de"}] * 50
    found = decoded(blocks_of(lines_of(cases), [700]), FIELDS)
    assert [name for _, name, _ in found.events] == ["CA", *["(none)"] * then]


def test_a_message_without_its_category_is_told_with_its_line_and_why() -> None:
    block = b'{"at": 1, "state": "CA"}\n{"at": 2}\n{"at": 3, "state": null}\n'
    for missing, reasons in (
        ("malformed", [(12, "state: expected a category, got a message without this field")]),
        ("before", [(12, "state: expected a category, got nothing"), (13, "state: expected a category, got nothing")]),
        ("auto", []),
    ):
        batch = Decoder(Fields(time="at", by="state"), Categories(missing=missing)).decode(block, lines=10)  # type: ignore[arg-type]
        assert [*map(tuple, batch.rejects)] == reasons
