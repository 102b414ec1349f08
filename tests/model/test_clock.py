"""The clock on the wall, against the time zones that Python knows."""

from __future__ import annotations

from datetime import UTC as PLAIN
from datetime import datetime, timedelta, timezone

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rarebird.model.clock import DAY, UTC, Zone

TIMES = st.integers(0, 4_000_000_000)
OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda quarters: quarters * 900)


@given(TIMES, OFFSETS)
def test_a_fixed_offset_is_that_of_the_clock_on_the_wall(time: int, offset: int) -> None:
    zone = Zone(np.array([0]), np.array([offset]))
    wall = datetime.fromtimestamp(time, timezone(timedelta(seconds=offset)))
    local = zone.local(time)
    assert local % DAY == wall.hour * 3600 + wall.minute * 60 + wall.second
    assert zone.of_week(local) == wall.weekday() * DAY + local % DAY


@given(st.lists(st.tuples(TIMES, OFFSETS), min_size=1, max_size=6, unique_by=lambda row: row[0]), TIMES)
def test_each_offset_holds_from_its_instant_on_and_the_first_before_it_too(
    rows: list[tuple[int, int]], time: int
) -> None:
    rows.sort()
    zone = Zone(np.array([since for since, _ in rows]), np.array([offset for _, offset in rows]))
    held = [offset for since, offset in rows if since <= time]
    assert zone.local(time) - time == (held[-1] if held else rows[0][1])
    for since, offset in rows:
        assert zone.local(since) == since + offset


@given(TIMES)
def test_utc_is_utc(time: int) -> None:
    assert UTC.local(time) == time
    assert UTC.of_week(time) // DAY == datetime.fromtimestamp(time, PLAIN).weekday()


@given(st.lists(st.tuples(TIMES, OFFSETS), min_size=1, max_size=6, unique_by=lambda row: row[0]), TIMES, TIMES)
def test_until_clocks_change_they_show_as_much_more_as_has_passed(
    rows: list[tuple[int, int]], time: int, until: int
) -> None:
    rows.sort()
    zone = Zone(np.array([since for since, _ in rows]), np.array([offset for _, offset in rows]))
    changes = [since for since, _ in rows[1:] if time < since]
    change = zone.changes_after(time, until)
    assert change == min([until, *changes])
    if change > time:
        assert zone.local(change - 1) - zone.local(time) == change - 1 - time
