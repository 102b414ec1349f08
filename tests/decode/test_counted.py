"""Messages that stand for several events are as good as so many messages."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.config.chosen import Chosen
from rarebird.config.settings import settings
from rarebird.decode.rows import MOST
from rarebird.errors import ConfigError, InputError
from rarebird.model.state import pack, unpack
from rarebird.watch import Watch

ROWS = st.lists(
    st.tuples(st.integers(1_000_000_000, 1_000_000_100), st.sampled_from(["a", "b"]), st.integers(0, 5), st.booleans()),
    max_size=20,
)


def watch(form: str, count: str) -> Watch:
    return Watch(time="t", by="c", where={"u": "1"}, lateness="30s", form=form, count=count, false_alarms=1.0)


def as_json(rows: list[tuple[int, str, int, bool]]) -> bytes:
    messages = ({"t": time, "c": name, "n": count, "u": str(int(used))} for time, name, count, used in rows)
    return b"".join(msgspec.json.encode(message) + b"\n" for message in messages)


def as_csv(rows: list[tuple[int, str, int, bool]]) -> bytes:
    lines = [f"{time},{name},{count},{int(used)}" for time, name, count, used in rows]
    return "\n".join(["t,c,n,u", *lines, ""]).encode()


@given(ROWS, st.sampled_from(["json", "csv"]), st.integers(0, 20))
def test_a_message_that_counts_is_as_good_as_so_many_of_it(
    rows: list[tuple[int, str, int, bool]], form: str, cut: int
) -> None:
    write = as_json if form == "json" else as_csv
    repeated = [row for row in rows for _ in range(row[2])]
    plain, counted = watch(form, ""), watch(form, "n")
    told = [plain.feed(write(repeated)), plain.finish()]
    first = counted.feed(write(rows[:cut]))
    rest = write(rows[cut:]) if form == "json" else write(rows[cut:]).partition(b"\n")[2]
    same = [first, counted.feed(rest), counted.finish()]
    for column in ("time", "category", "surprisal_bits"):
        one, other = (np.concatenate([getattr(closed, column) for closed in parts]) for parts in (told, same))
        assert one.tolist() == other.tolist()
    assert counted.summary() == plain.summary()


@pytest.mark.parametrize("count", ["2", 2, 2.0])
def test_a_count_may_be_a_number_or_its_text(count: Any) -> None:
    counted = Watch(time="t", count="n")
    counted.feed(msgspec.json.encode({"t": 1_000_000_000, "n": count}))
    counted.finish()
    assert counted.tally.kept == 2


@pytest.mark.parametrize("count", [-1, 1.5, "x", None, True, [], MOST + 1, "nan", 1e300])
def test_what_is_no_count_is_malformed_and_says_what_was_expected(count: Any) -> None:
    counted = Watch(time="t", count="n")
    batch = counted.decode(msgspec.json.encode({"t": 1_000_000_000, "n": count}))
    assert (batch.malformed, batch.read, len(batch.time)) == (1, 1, 0)
    assert batch.rejects[0].reason.startswith("n: ")


def test_lines_are_counted_by_the_message() -> None:
    counted = Watch(time="t", count="n")
    batch = counted.decode(b'{"t": 1000000000, "n": 7}\n{"t": 1000000000}\n')
    assert (batch.read, batch.extra, len(batch.time), batch.rejects[0].line) == (2, 6, 7, 2)
    counted.feed(batch)
    assert counted.tally.read == 8
    again = Watch(time="t", count="n")
    again.restore(unpack(pack(counted.state())), counted.categories.names)
    assert again.decode(b"nonsense\n").rejects[0].line == 3


def test_more_than_fits_is_refused_with_what_to_do() -> None:
    counted = Watch(time="t", count="n")
    with pytest.raises(InputError, match="divide all counts by the same number"):
        counted.feed(b'{"t": 1000000000, "n": 1000000}\n' * 17)


def test_a_count_beside_an_identity_is_refused() -> None:
    with pytest.raises(ConfigError, match="--count: expected no --id beside it, got i"):
        settings(Chosen(count="n", id="i"), ["x"], None)
