"""The laws of the values that travel: instants, durations, categories, tallies, cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.model import duration, instant
from rarebird.model.batch import empty
from rarebird.model.categories import Categories, as_text, name_of
from rarebird.model.tally import Tally
from rarebird.model.ticks import NONE, Cells, joined

INSTANTS = st.integers(instant.FIRST, instant.LAST)
TALLIES = st.builds(Tally, *[st.integers(0, 10**12)] * 7)


@given(INSTANTS)
def test_an_instant_as_text_is_read_back(moment: int) -> None:
    assert instant.parse(instant.text(moment)) == moment == instant.check(moment)


@given(st.integers(10**8, 4 * 10**9))
def test_an_epoch_time_is_read_in_every_unit(second: int) -> None:
    texts = [str(second), f"{second}000", f"{second}000000", f"{second}000000000", f"{second}.0"]
    assert {instant.parse(text) for text in texts} == {second * instant.SECOND}


@pytest.mark.parametrize("text", ["", "0", "-5", "soon", "2017-13-01", "1e30", "2017-03-19T25:00", "NaN"])
def test_what_is_no_instant_raises_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        instant.parse(text)


@pytest.mark.parametrize("moment", [instant.FIRST - 1, instant.LAST + 1])
def test_an_instant_outside_the_calendar_is_refused(moment: int) -> None:
    with pytest.raises(ValueError, match="years 2 to 9998"):
        instant.check(moment)


@given(st.integers(-(10**15), 10**15))
def test_a_duration_as_text_is_read_back(micros: int) -> None:
    assert duration.parse(duration.text(abs(micros))) == abs(micros)
    assert duration.text(-abs(micros)).removeprefix("-") == duration.text(abs(micros))


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "-5s", "5s!", "1y", "1h 30m", "s5"])
def test_what_is_no_duration_raises_a_value_error_that_shows_one(text: str) -> None:
    with pytest.raises(ValueError, match="such as 5s"):
        duration.parse(text)


@given(st.lists(st.text(max_size=3), max_size=40), st.integers(0, 10), st.integers(0, 40))
def test_codes_stay_and_names_behind_the_cap_fold(names: list[str], cap: int, cut: int) -> None:
    table, whole = Categories(cap=cap), Categories(cap=cap)
    parts = [*table.encode([*names[:cut]]).tolist(), *table.encode([*names[cut:]]).tolist()]
    assert parts == whole.encode([*names]).tolist()
    names = [*map(name_of, names)]
    kept = ["other", *list(dict.fromkeys(name for name in names if name != "other"))[:cap]]
    assert table.names == kept
    assert parts == [kept.index(name) if name in kept else 0 for name in names]
    assert table.folded == sum(name not in kept for name in names)
    assert [table.code(name) for name in kept] == [*range(len(table))]
    assert table.code("never seen") is None
    assert Categories(kept, cap).names == kept


@given(st.text(max_size=8), st.sampled_from(["", "x", "é", "€", "\U0001f600", "\ud800"]), st.integers(0, 2000))
def test_a_name_has_no_blanks_around_it_and_is_at_most_1_kib_long(text: str, letter: str, times: int) -> None:
    name = name_of(text + letter * times)
    assert name == name.strip() == name_of(name) == name_of(f" {text + letter * times}\t\n")
    whole = (text + letter * times).strip().encode(errors="surrogatepass")
    kept = name.encode(errors="surrogatepass")
    assert 0 < len(kept) <= 1024
    if len(whole) <= 1024:
        assert kept == (whole or b"(none)")
    else:
        # The first 1,000 bytes but for a character that was cut in two, and a hash.
        assert whole.startswith(kept[:-19])
        assert 997 <= len(kept[:-19]) <= 1000
        assert name != name_of(text + letter * times + "y")


def test_spellings_of_a_name_are_one_category_however_many_they_are() -> None:
    table = Categories(cap=2)
    spelled = [" " * blanks + "CA" for blanks in range(5000)] + [" " * 2000 + "CA", None, "", " "]
    assert set(table.encode([*spelled]).tolist()) == {1, 2}
    assert table.encode([*reversed(spelled)]).tolist() == [2] * 3 + [1] * 5001
    assert (table.names, table.folded, table.code(" CA ")) == (["other", "CA", "(none)"], 0, 1)
    assert len(table.codes) < 2000
    assert table.encode(["NY", " NY"]).tolist() == [0, 0]
    assert table.folded == 2


def test_a_table_goes_on_with_names_as_a_store_holds_them() -> None:
    table = Categories()
    table.restore(["other", "CA ", ""], 3)
    assert table.encode(["CA ", "", "CA", " CA"]).tolist() == [1, 2, 3, 3]
    table.restore([], 0)
    assert table.encode(["other", "x"]).tolist() == [0, 1]


def test_values_in_json_have_the_names_that_json_gives_them() -> None:
    assert [as_text(value) for value in (True, False, 5, 1.5, 2.0, "x")] == ["true", "false", "5", "1.5", "2", "x"]


@given(TALLIES, TALLIES, TALLIES)
def test_tallies_add_up_in_any_grouping_and_order(one: Tally, two: Tally, three: Tally) -> None:
    assert one + Tally() == Tally() + one == one
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert (one + two).undecided == one.undecided + two.undecided


def test_a_tally_adds_to_tallies_only() -> None:
    with pytest.raises(TypeError):
        Tally() + (1, 2)  # noqa: RUF005 - what is tested


@given(st.lists(st.integers(0, 4), max_size=5))
def test_cells_joined_are_those_of_all_parts_in_order(sizes: list[int]) -> None:
    parts = [Cells(np.full(size, at, np.int32), *[np.full(size, at)] * 4) for at, size in enumerate(sizes)]
    whole = joined(parts)
    assert whole.category.tolist() == [at for at, size in enumerate(sizes) for _ in range(size)]
    assert [column.dtype for column in whole] == [column.dtype for column in NONE]
    assert whole.rows(slice(0, 0)).tick.tolist() == []


def test_an_empty_batch_carries_time_only() -> None:
    assert (len(empty(5, idle=True).time), empty(5, idle=True).arrival, empty().read) == (0, 5, 0)
