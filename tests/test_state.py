"""A watch that is put away as bytes and brought back goes on as if nothing had happened, to the last bit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird import Watch
from rarebird.errors import StoreError
from rarebird.eventtime.repeats import Repeats
from rarebird.model import state
from rarebird.model.batch import Batch
from rarebird.model.instant import SECOND
from rarebird.stats.recent import Recent
from rarebird.watch import FORMAT, OLDEST
from tests.eventtime.plain import START, Event, batch, cut, streams
from tests.stats.test_folds import STEPS, cells_of
from tests.test_watch import MEETUP

CUTS = st.lists(st.integers(0, 20), max_size=6)


def brought_back(watch: Watch, **fields: Any) -> Watch:
    """A new watch that takes what another has learned, as bytes."""
    fresh = Watch(**fields)
    fresh.restore(state.unpack(state.pack(watch.state())), watch.categories.names)
    return fresh


def plain(value: Any) -> Any:
    """A state that can be compared: its identities in order."""
    if isinstance(value, dict) and "stamps" in value:
        known = sorted(zip(value["keys"].tolist(), value["stamps"].tolist(), strict=True))
        return {"known": known, "count": value["count"]}
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return (value.dtype.str, value.tolist()) if isinstance(value, np.ndarray) else value


def interrupted(parts: Sequence[bytes | Batch], **fields: Any) -> Watch:
    """A watch that was put away and brought back before each part and at the end."""
    watch = Watch(**fields)
    for part in parts:
        watch = brought_back(watch, **fields)
        watch.feed(part)
    return brought_back(watch, **fields)


def straight(parts: Sequence[bytes | Batch], **fields: Any) -> Watch:
    watch = Watch(**fields)
    for part in parts:
        watch.feed(part)
    return watch


def named(parts: Sequence[Batch]) -> list[Batch]:
    """Batches whose codes stand in the table of a new watch: all are "other"."""
    return [part._replace(category=part.category * 0) for part in parts]


def same(one: Watch, other: Watch) -> None:
    assert plain(one.state()) == plain(other.state())
    assert one.finish().surprisal_bits.tolist() == other.finish().surprisal_bits.tolist()
    assert one.summary() == other.summary()
    assert plain(one.state()) == plain(other.state())


@given(streams(), CUTS)
def test_a_recording_goes_on_to_the_last_bit(events: list[Event], cuts: list[int]) -> None:
    parts = named([batch(part) for part in cut(events, cuts)])
    same(interrupted(parts), straight(parts))


@given(streams(), CUTS, st.lists(st.integers(0, 30 * SECOND), min_size=7, max_size=7))
def test_a_live_stream_goes_on_to_the_last_bit(events: list[Event], cuts: list[int], waits: list[int]) -> None:
    parts, arrival = [], START
    for part, wait in zip(cut(events, cuts), waits, strict=False):
        arrival = max(arrival + wait, *(event.time for event in part if event.time < START + 10**12), arrival)
        parts += [batch(part, arrival), batch([], arrival + wait // 2, idle=wait % 2 == 0)]
    parts = named(parts)
    same(interrupted(parts), straight(parts))


FORMS = {
    "preset": MEETUP,
    "guessed time": {"by": "group.group_state"},
    "all of one": {"time": "mtime", "max_categories": 3},
    "folded": {"time": "mtime", "by": "group.group_city", "max_categories": 50},
}


@pytest.mark.parametrize("form", FORMS)
def test_the_recording_goes_on_wherever_it_is_cut(rsvps: Path, form: str) -> None:
    lines = rsvps.read_bytes().splitlines(keepends=True)
    lines[700:700] = [b"broken\n", b"{}\n"]
    ends = [0, 1, 500, 501, 701, 1200, len(lines)]
    parts = [b"".join(lines[start:end]) for start, end in pairwise(ends)]
    one, other = interrupted(parts, **FORMS[form]), straight(parts, **FORMS[form])
    assert one.histogram() == other.histogram()
    assert (one.rejects, one.time_form) == (other.rejects, other.time_form)
    assert (one.rate("CA"), one.probability("CA")) == (other.rate("CA"), other.probability("CA"))
    same(one, other)


def test_a_csv_goes_on_without_its_header_and_with_a_header_that_stood_alone(earthquakes: Path) -> None:
    lines = earthquakes.read_bytes().splitlines(keepends=True)
    for ends in ([0, 1, 2, 2000, 2001], [0, 1500, 3000]):
        parts = [b"".join(lines[start:end]) for start, end in pairwise(ends)]
        same(interrupted(parts, by="net", form="csv"), straight(parts, by="net", form="csv"))


@given(STEPS, st.integers(1, 40), st.integers(1, 60))
def test_where_recent_ticks_are_cut_into_steps_changes_nothing_of_what_is_kept(
    steps: list[tuple[int, list[tuple[int, int]]]], span: int, cap: int
) -> None:
    one, other, until = Recent(span, cap), Recent(span, cap), 100
    for length, drawn in steps:
        cells = cells_of([(until * 10 + time % (length * 10), category) for time, category in drawn])
        until += length
        one.add(cells, until)
        other.restore(state.unpack(state.pack(other.state())))
        other.add(cells, until)
        assert plain(one.state()) == plain(other.state())


def test_of_a_large_memory_of_identities_only_what_may_still_count_is_put_away() -> None:
    draws = np.random.default_rng(7)
    rows, window, cap = 60_000, 9_000, 30_000
    identity = draws.integers(1, 2**63, 40_000)[draws.integers(0, 40_000, rows)].astype(np.uint64)
    clock = np.cumsum(draws.integers(0, 2, rows))
    one, other, shares = Repeats(window, cap), Repeats(window, cap), []
    for at in range(0, rows, 7_000):
        other.restore(state.unpack(state.pack(other.state())))
        part = slice(at, at + 7_000)
        assert one.mark(identity[part], clock[part]).tolist() == other.mark(identity[part], clock[part]).tolist()
        assert len(one) == len(other)
        shares.append(len(one.state()["older"]["stamps"]) / max(1, one._older.count))
    assert any(0 < share < 1 for share in shares)


def test_a_sum_of_surprisal_beyond_64_bits_is_kept() -> None:
    watch = Watch(time="t")
    watch.surprisal = 2**70 + 1
    assert brought_back(watch, time="t").surprisal == 2**70 + 1


def test_the_state_of_another_version_or_with_other_settings_is_refused_in_clear_words() -> None:
    kept = Watch(time="t", by="k", lateness="5s").state()
    with pytest.raises(StoreError, match=r"with --lateness 10s, found one with 5s.*--fresh"):
        Watch(time="t", by="k", lateness="10s").restore(kept, ["other"])
    with pytest.raises(StoreError, match=r"with --by unset, found one with k.*--name"):
        Watch(time="t").restore(kept, ["other"])
    with pytest.raises(StoreError, match=rf"in version {OLDEST} to {FORMAT}, found version {FORMAT + 1}"):
        Watch(time="t", by="k").restore({**kept, "format": FORMAT + 1}, ["other"])
    with pytest.raises(StoreError, match="found version None"):
        Watch(time="t", by="k").restore({}, ["other"])
    Watch(time="t", by="k", watched=("a",)).restore(kept, ["other"])


VALUES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5) | st.binary(max_size=5)


@given(st.dictionaries(st.text(max_size=5), VALUES | st.lists(VALUES, max_size=3), max_size=5))
def test_plain_values_come_back_from_bytes(values: dict[str, Any]) -> None:
    assert state.unpack(state.pack(values)) == values


@pytest.mark.parametrize("kind", ["<i8", "<u8", "<i4", "<f8", "?", "<u2"])
@pytest.mark.parametrize("shape", [(0,), (3,), (2, 3), (0, 4), ()])
def test_columns_come_back_from_bytes_and_can_be_written_to(kind: str, shape: tuple[int, ...]) -> None:
    column = np.arange(int(np.prod(shape))).astype(kind).reshape(shape)
    found = state.unpack(state.pack({"column": column}))["column"]
    assert (found.dtype, found.shape, found.tolist()) == (column.dtype, column.shape, column.tolist())
    found[...] = 1


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x93\x01\x02\x03", state.pack({"a": np.zeros(3)})[:-2]])
def test_other_bytes_are_no_state(body: bytes) -> None:
    with pytest.raises(ValueError, match="bytes of a state"):
        state.unpack(body)


def test_what_is_no_plain_value_is_not_put_away() -> None:
    with pytest.raises(TypeError, match="got object"):
        state.pack({"a": object()})
