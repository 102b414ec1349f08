"""What rare events are called: found in their lines, whatever else is there, and at little cost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.decode.decoder import Decoder
from rarebird.decode.naming import RARE
from rarebird.model.batch import Named
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields

FIELDS = Fields(time="at", by="g.state", title="event.name", link="event.url", time_unit="s")


def line(at: int, state: str, **event: Any) -> bytes:
    return json.dumps({"at": at, "g": {"state": state}, "event": event}, ensure_ascii=False).encode() + b"\n"


def usual(count: int) -> bytes:
    return line(1_600_000_000, "CA", name="Often") * count


def a_decoder(fields: Fields = FIELDS) -> Decoder:
    """One to which CA has come often, as a living stream brings it: in small blocks."""
    decoder = Decoder(fields, Categories())
    block = usual(200)
    for _ in range(3 * RARE // 200):
        decoder.decode(block)
    return decoder


@given(st.text(), st.text(), st.text(min_size=1), st.integers(0, 30))
def test_the_first_event_of_a_category_is_named_wherever_it_stands(
    title: str, link: str, state: str, before: int
) -> None:
    block = usual(before) + line(1_600_000_001, state, name=title, url=link) + usual(2)
    decoder = Decoder(FIELDS, Categories())
    decoder.decode(usual(1))
    named = decoder.decode(block).named
    plain = json.dumps(state) == json.dumps(state, ensure_ascii=False) and "/" not in state
    if plain and state not in ("CA", "other") and (title or link):
        (found,) = [each for each in named if each.category == 2]
        assert found == Named(1_600_000_001_000_000, 2, title[:200], link if len(link) <= 1_000 else "")


def test_what_is_common_is_not_named() -> None:
    decoder = a_decoder()
    assert decoder.decode(usual(1)).named == ()
    rare = line(1_600_000_002, "GU", name="Rare", url="https://example.org/1")
    for _ in range(4):
        assert [each.title for each in decoder.decode(rare).named] == ["Rare"]
    assert decoder.decode(rare).named == ()


@pytest.mark.parametrize(
    "strange",
    [b'{"at": "GU"}\n', b'"GU"\n', b"nonsense GU\n", line(1, "CA", name="GU"), line(2, "GU", name=7, url=["x"])],
)
def test_a_line_that_only_mentions_it_names_nothing(strange: bytes) -> None:
    named = a_decoder().decode(strange + line(1_600_000_003, "GU", name="Rare")).named
    assert [each.title for each in named] == ["Rare"]


@pytest.mark.parametrize("fields", [Fields(time="at", by="g.state"), Fields(time="at", title="event.name")])
def test_nothing_is_named_where_no_name_or_no_category_is_asked_for(fields: Fields) -> None:
    assert a_decoder(fields).decode(line(1_600_000_003, "GU", name="Rare")).named == ()


def test_of_a_large_block_what_is_new_is_named() -> None:
    decoder = a_decoder()
    block = usual(400) + line(1_600_000_002, "GU", name="Rare") + usual(400)
    assert [each.title for each in decoder.decode(block).named] == ["Rare"]
    assert decoder.decode(block).named == ()


def test_many_rare_categories_at_once_are_not_all_looked_for() -> None:
    block = b"".join(line(1_600_000_000, f"user{number}", name="One of many") for number in range(20_000))
    assert len(a_decoder().decode(block).named) <= 1
