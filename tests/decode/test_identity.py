"""The laws of identities: equal for equal fields, in every process, and for nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.decode.identity import identities, values

VALUE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.sampled_from([2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 2**63 - 1]),
    st.floats(allow_nan=False),
    st.sampled_from(["", "1", "True", "None", "1.5", "-1", "nan", "\ud800"]),
    st.text(max_size=4),
)


def told(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple((type(value), repr(value)) for value in row)


@given(st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[VALUE] * width), min_size=1, max_size=30)))
def test_two_rows_are_the_same_exactly_when_all_their_fields_are(rows: list[tuple[Any, ...]]) -> None:
    found = identities([values(column) for column in zip(*rows, strict=True)], len(rows)).tolist()
    assert len({*zip(found, map(told, rows), strict=True)}) == len({*map(told, rows)})
    named = {told(row) for row in rows if any(value is not None for value in row)}
    assert len({*found} - {0}) == len(named)
    assert [code == 0 for code in found] == [all(value is None for value in row) for row in rows]


@given(st.lists(st.tuples(VALUE, VALUE), min_size=1, max_size=20), st.integers(0, 20))
def test_the_neighbours_of_a_row_do_not_change_its_identity(rows: list[tuple[Any, ...]], cut: int) -> None:
    def of(part: list[tuple[Any, ...]]) -> list[int]:
        columns = [list(column) for column in zip(*part, strict=True)] or [[], []]
        return [*map(int, identities(map(values, columns), len(part)))]

    assert of(rows) == of(rows[:cut]) + of(rows[cut:])


@given(st.integers(0, 5))
def test_without_fields_no_row_has_an_identity(rows: int) -> None:
    assert identities([], rows).tolist() == [0] * rows


SAMPLE = [1, "1", True, None, 1.5, "é", 2**63, -7, 10**30, "x" * 1000]


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_gives_the_same_identities(seed: str) -> None:
    code = f"from rarebird.decode.identity import *; print(identities([values({SAMPLE!r})], {len(SAMPLE)}).tolist())"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=True, timeout=60)
    assert told.stdout.decode().strip() == str(identities([values(SAMPLE)], len(SAMPLE)).tolist())


def test_many_neighbouring_integers_and_pairs_do_not_collide() -> None:
    rows = 300_000
    lone = identities([values(list(range(rows)))], rows)
    pairs = identities([values([row // 2 for row in range(rows)]), values(["yes", "no"] * (rows // 2))], rows)
    assert len({*lone.tolist(), *pairs.tolist()}) == 2 * rows
