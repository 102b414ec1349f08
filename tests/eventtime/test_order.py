"""The laws of order: every message under one counter, every kept event in one tick, whatever the cut."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from rarebird.eventtime.order import Order
from rarebird.eventtime.ticks import gather
from rarebird.model.batch import Span, empty
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.tally import Tally
from rarebird.model.ticks import Ticks
from tests.eventtime.plain import LATENESS, START, YEAR_2200, Event, Live, batch, cut, recorded, run, streams, tally_of

CUTS = st.lists(st.integers(0, 20), max_size=30)
LATE = st.sampled_from([0, SECOND // 2, LATENESS])
ARRIVALS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 30 * SECOND), st.booleans()), max_size=20)


def laid_out(closed: list[Ticks]) -> list[tuple[int, int]]:
    """Time and category of all events in the order in which they were closed; checks what each step promises."""
    events: list[tuple[int, int]] = []
    until = -(2**62)
    for ticks in closed:
        assert until < ticks.until
        assert ticks.until % SECOND == 0
        assert all(until <= time < ticks.until for time in ticks.time.tolist())
        until = ticks.until
        events += zip(ticks.time.tolist(), ticks.category.tolist(), strict=True)
        cells = defaultdict(list)
        for time, category in zip(ticks.time.tolist(), ticks.category.tolist(), strict=True):
            cells[category, time // SECOND].append(time)
        rows = zip(*(column.tolist() for column in ticks.cells), strict=True)
        assert [*rows] == [(*key, len(times), min(times), max(times)) for key, times in sorted(cells.items())]
    return events


@given(streams(120), CUTS, LATE, st.integers(2, 50))
def test_a_recording_falls_apart_as_a_plain_reading_does_whatever_the_cut(
    events: list[Event], cuts: list[int], lateness: int, cap: int
) -> None:
    window = 10 * SECOND
    verdicts = recorded(events, lateness, window, cap)
    kept = [event for event, verdict in zip(events, verdicts, strict=True) if verdict == "kept"]
    tally, closed = run([batch(part) for part in cut(events, cuts)], Order(lateness, SECOND, window, cap))
    assert tally == tally_of(verdicts)
    assert tally.undecided == 0
    assert laid_out(closed) == [(event.time, event.category) for event in sorted(kept, key=lambda event: event.time)]


SET = st.lists(st.tuples(st.integers(0, 60), st.integers(-7200, 7200)), min_size=1, max_size=6)


@given(SET)
def test_a_clock_that_is_set_moves_the_time_of_an_idle_stream_only_as_far_as_time_went_by(
    sets: list[tuple[int, int]],
) -> None:
    order, off = Order(LATENESS, SECOND), dict(sets)
    order.take(batch([Event(START, 0, 0)], START)._replace(steady=START))
    wrong = 0
    for second in range(1, 61):
        wrong = off.get(second, wrong)
        wall = START + (second + wrong) * SECOND
        order.take(empty(wall, idle=True, steady=START + second * SECOND))
        assert order.watermark == START - LATENESS + second * SECOND


@given(streams(120), ARRIVALS, CUTS, LATE)
def test_a_live_stream_falls_apart_as_a_plain_reading_does(
    events: list[Event], arrivals: list[tuple[int, int, bool]], cuts: list[int], lateness: int
) -> None:
    order, plain, now = Order(lateness, SECOND), Live(lateness), START - 5 * SECOND
    batches, verdicts, kept = [], [], []
    sizes = [size for size, _, _ in arrivals]
    for part, (_, passed, waited) in zip(cut(events, sizes), [*arrivals, (0, 0, False)], strict=True):
        now += passed
        found = plain.take(now, [], idle=True) if waited else []
        batches += [batch([], now, idle=True)] if waited else []
        found += plain.take(now, part)
        # Where a batch is cut makes no difference as long as the parts arrive at once.
        batches += [batch(piece, now) for piece in cut(part, cuts)]
        verdicts += found
        kept += [event for event, verdict in zip(part, found, strict=True) if verdict == "kept"]
    tally, closed = run(batches, order)
    assert tally == tally_of(verdicts)
    assert tally.undecided == 0
    assert Counter(laid_out(closed)) == Counter((event.time, event.category) for event in kept)
    assert laid_out(closed) == sorted(laid_out(closed), key=lambda event: event[0])


@given(st.lists(st.integers(0, SECOND), min_size=2, max_size=60), st.data())
def test_live_an_event_in_the_future_moves_nothing_and_drops_nothing(gaps: list[int], data: st.DataObject) -> None:
    order, tally = Order(LATENESS, SECOND), Tally()
    strange = data.draw(st.integers(0, len(gaps) - 1))
    now = START
    for at, gap in enumerate(gaps):
        now += gap
        before = order.watermark
        if at == strange:
            time = data.draw(st.sampled_from([YEAR_2200, now + 7200 * SECOND, now + 60 * SECOND + 1]))
            tally += order.take(batch([Event(time, 9999)], now))[1]
            assert order.watermark == before
        tally += order.take(batch([Event(now, at + 1)], now))[1]
    tally += order.finish()[1]
    assert tally == (len(gaps) + 1, len(gaps), 0, 0, 0, 1, 0)


@given(st.integers(0, 3600 * SECOND), st.integers(1, 60))
def test_live_idle_time_moves_the_watermark_by_as_much(waited: int, ahead_s: int) -> None:
    order = Order(LATENESS, SECOND)
    order.take(batch([Event(START + ahead_s * SECOND)], START))
    assert order.watermark == START - LATENESS
    order.take(batch([], START + waited))
    assert order.watermark == START - LATENESS
    ticks, _ = order.take(batch([], START + waited, idle=True))
    assert order.watermark == START + waited - LATENESS
    assert order.open == (ticks is None or not len(ticks.time))
    _, tally = order.take(batch([Event(START + waited - LATENESS - 1)], START + waited))
    assert tally.late == 1


@given(streams(30), st.integers(0, 3600 * SECOND))
def test_a_recording_that_goes_on_live_loses_no_count(events: list[Event], later: int) -> None:
    order = Order(LATENESS, SECOND)
    end = max([START, *(event.time for event in events if event.time < YEAR_2200)])
    live = batch([Event(end + later, 10**6)], end + later)
    tally, closed = run([batch(events), live], order)
    assert tally.undecided == 0
    assert tally.kept == len(laid_out(closed))


def test_an_empty_stream_closes_nothing() -> None:
    assert run([]) == run([batch([])]) == run([batch([], START, idle=True)]) == (Tally(), [])


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 70_000)), max_size=60))
def test_ticks_hold_each_event_once_and_say_where_its_cell_has_it(rows: list[tuple[int, int]]) -> None:
    time, category = np.array(rows, np.int64).reshape(-1, 2).T
    ticks = gather(time, category.astype(np.int32), 10, 60)
    assert ticks.time.tolist() == sorted(time.tolist())
    assert Counter(zip(ticks.time.tolist(), ticks.category.tolist(), strict=True)) == Counter(rows)
    spread = np.repeat(np.arange(len(ticks.cells.tick)), ticks.cells.events)
    for row, cell in zip(ticks.order.tolist(), spread.tolist(), strict=True):
        assert ticks.time[row] // 10 == ticks.cells.tick[cell]
        assert ticks.category[row] == ticks.cells.category[cell]


def replayed(order: Order, events: list[Event], since: int) -> tuple[Tally, list[Ticks]]:
    """What becomes of events that a source gives again from its start, and with them the end of the input."""
    given = Span(since, order.watermark + order.lateness + 1)
    return run([batch(part)._replace(given=given) for part in cut(events, [7] * 20)], order)


@given(streams(120), CUTS, LATE)
def test_a_recording_that_is_given_again_from_its_start_adds_repeats_alone(
    events: list[Event], cuts: list[int], lateness: int
) -> None:
    events = [event._replace(identity=at + 1) for at, event in enumerate(events)]
    once, _ = run([batch(part) for part in cut(events, cuts)], Order(lateness, SECOND))
    order = Order(lateness, SECOND)
    first = Tally()
    for part in cut(events, cuts):
        first += order.take(batch(part))[1]
    assume(order.watermark != UNKNOWN)
    more, _ = replayed(order, events, START)
    assert first + more == once + Tally(read=len(events), repeats=len(events))


def test_what_is_given_again_without_an_identity_is_a_repeat_where_it_is_older_than_the_watermark() -> None:
    events = [Event(START + at * SECOND) for at in range(200)]
    order = Order(LATENESS, SECOND)
    first = sum([order.take(batch(part))[1] for part in cut(events, [50] * 4)], Tally())
    more, _ = replayed(order, [*events, Event(START + 200 * SECOND), Event(START)], START)
    # The last seconds, which are still open, cannot be told from new events; behind the first new one late is late.
    assert first + more == Tally(read=402, kept=207, repeats=194, late=1)


def test_what_is_older_than_all_that_was_taken_in_is_late_and_so_is_what_was_never_seen() -> None:
    events = [Event(START + at * SECOND, at + 1) for at in range(200)]
    order = Order(LATENESS, SECOND)
    first = sum([order.take(batch(part))[1] for part in cut(events, [50] * 4)], Tally())
    before, never = Event(START - SECOND, 900), Event(START + 100 * SECOND, 901)
    more, _ = replayed(order, [before, *events[:150], never, *events[150:]], START)
    assert first + more == Tally(read=402, kept=200, repeats=200, late=2)
