"""Parts that are counted each by itself add up to what one watch over all counts, exactly."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rarebird import Watch
from rarebird.model.batch import empty
from rarebird.model.handed import Handed
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.tally import Tally
from rarebird.model.ticks import NONE, Cells, joined, summed
from rarebird.watch import Closed

EVENTS = st.lists(st.tuples(st.integers(0, 30_000_000), st.sampled_from("abc"), st.integers(0, 2)), max_size=60)
"""Times from a start, µs, in any order; category; part."""


def line(time: int, category: str) -> str:
    return f'{{"t": {(1_700_000_000 * SECOND + time) / 1e6!r}, "k": "{category}"}}'


def cells_of(closed: Closed) -> Cells:
    return NONE if closed.ticks is None else closed.ticks.cells


def handed(
    watch: Watch, cells: Cells, until: int, tally: Tally, *, missed: int = UNKNOWN, last: Cells = NONE
) -> Closed:
    return watch.feed(empty()._replace(handed=Handed(cells, until, tally, missed, last)))


def renamed(cells: Cells, part: Watch, whole: Watch) -> Cells:
    return cells._replace(category=whole.categories.encode(part.categories.names)[cells.category])


@given(EVENTS, st.integers(1, 4))
def test_the_parts_of_a_stream_add_up_to_the_whole_in_every_reading(
    events: list[tuple[int, str, int]], steps: int
) -> None:
    events = sorted(events)
    one, whole = Watch(time="t", by="k"), Watch(time="t", by="k")
    parts = [Watch(time="t", by="k") for _ in range(3)]
    size = len(events) // steps + 1
    waiting = [NONE] * 3
    for at in range(0, len(events), size):
        some = events[at : at + size]
        one.feed([line(time, category) for time, category, _ in some])
        for number, part in enumerate(parts):
            cells = cells_of(part.feed([line(time, category) for time, category, of in some if of == number]))
            waiting[number] = joined([waiting[number], renamed(cells, part, whole)])
        until = min(part.watermark or UNKNOWN for part in parts) // SECOND * SECOND
        tally = sum((part.tally for part in parts), Tally())
        pending = joined(waiting)
        handed(whole, pending.rows(pending.tick < until // SECOND), until, tally)
        waiting = [cells.rows(cells.tick >= until // SECOND) for cells in waiting]
    ending = [renamed(cells_of(part.finish()), part, whole) for part in parts]
    tally = sum((part.tally for part in parts), Tally())
    handed(whole, NONE, UNKNOWN, tally, last=joined([*waiting, *ending]))
    one.finish()
    whole.finish()
    assert whole.summary() == one.summary()
    assert whole.rate() == one.rate()
    assert {name: whole.rate(name) for name in "abc"} == {name: one.rate(name) for name in "abc"}
    assert {name: whole.probability(name) for name in "abc"} == {name: one.probability(name) for name in "abc"}


def test_what_a_part_brings_to_ticks_that_are_closed_is_late() -> None:
    def cells(tick: int, events: int) -> Cells:
        at = np.array([tick * SECOND])
        return Cells(np.array([1], np.int32), np.array([tick]), np.array([events]), at, at + events - 1)

    watch = Watch(time="t", by="k")
    watch.categories.encode(["a"])
    closed = handed(watch, cells(5, 3), 10 * SECOND, Tally(read=4, kept=3, late=1), missed=10 * SECOND)
    assert closed.time.tolist() == [5_000_000, 5_000_002, 5_000_002]
    handed(watch, cells(7, 2), 10 * SECOND, Tally(read=6, kept=5, late=1))
    assert watch.tally == Tally(read=6, kept=3, late=3)
    handed(watch, joined([cells(9, 1), cells(10, 4)]), 11 * SECOND, Tally(read=11, kept=10, late=1), last=cells(10, 2))
    assert (watch.tally, watch.counts.total) == (Tally(read=11, kept=7, late=4), 7)
    watch.finish()
    assert watch.tally == Tally(read=11, kept=5, late=6)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 4), st.integers(1, 5)), max_size=20), st.randoms())
def test_cells_are_summed_the_same_in_any_order_and_in_any_groups(
    rows: list[tuple[int, int, int]], draws: Random
) -> None:
    def of(some: list[tuple[int, int, int]]) -> Cells:
        columns = np.array([(k, t, n, t * 10, t * 10 + n) for k, t, n in some], np.int64).reshape(-1, 5).T
        return Cells(columns[0].astype(np.int32), *columns[1:])

    def plain(cells: Cells) -> list[list[int]]:
        return [column.tolist() for column in cells]

    shuffled = list(rows)
    draws.shuffle(shuffled)
    half = len(rows) // 2
    grouped = joined([summed(of(shuffled[:half])), summed(of(shuffled[half:]))])
    assert plain(summed(grouped)) == plain(summed(of(rows)))
    assert int(summed(of(rows)).events.sum()) == sum(n for _, _, n in rows)
