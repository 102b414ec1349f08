"""A digest a day by event time: once, whatever else happens."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rarebird.incident.digest import Hour
from rarebird.incident.telling import Nouns
from rarebird.model.clock import UTC
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.state import pack, unpack
from rarebird.model.tally import Tally
from rarebird.model.ticks import Cells, Ticks
from rarebird.notify.contract import Notice
from rarebird.run.digests import Digests

DAY = 86_400
NINE = Hour(9 * 3600, UTC)
BEGUN = 100 * DAY + 8 * 3600
"""An hour before one is due, s."""
EVENTS = st.lists(st.integers(0, 9 * DAY), min_size=1, max_size=60).map(
    lambda seconds: sorted(BEGUN + s for s in seconds)
)


def ticks(events: list[int], until: int) -> Ticks:
    """The ticks before an instant, s, with one event in each of some seconds."""
    at = np.array(events, np.int64)
    whose = np.zeros(len(at), np.int32)
    cells = Cells(whose, at, np.ones(len(at), np.int64), at * SECOND, at * SECOND)
    return Ticks(at * SECOND, whose, cells, np.arange(len(at)), until * SECOND)


def played(events: list[int], cuts: list[int], now: int = UNKNOWN, *, restarts: bool = False) -> list[Notice]:
    """The digests of events, closed up to each cut, s."""
    digests, done = Digests(NINE), 0
    told: list[Notice] = []
    for until in cuts:
        step = ticks([each for each in events if done <= each < until], until)
        told += digests.take(step, now, nothing)
        done = until
        if restarts:
            state, digests = pack({"digests": digests.state()}), Digests(NINE)
            digests.restore(unpack(state)["digests"])
    return told


def nothing() -> tuple[Tally, list[Incident], Nouns]:
    return Tally(), [], Nouns()


def hourly(days: int) -> list[int]:
    return list(range(BEGUN, BEGUN + days * DAY, 1800))


def test_one_is_told_each_day_of_all_that_came_since_the_last() -> None:
    cuts = list(range(BEGUN + 600, BEGUN + 3 * DAY, 600))
    told = played(hourly(3), cuts)
    assert [(notice.time // SECOND, notice.key) for notice in told] == [
        (100 * DAY + 9 * 3600, "digest 1970-04-11"),
        (101 * DAY + 9 * 3600, "digest 1970-04-12"),
        (102 * DAY + 9 * 3600, "digest 1970-04-13"),
    ]
    assert [notice.text for notice in told] == [
        "Alive; nothing unusual; 2 events in 60 min.",
        "Alive; nothing unusual; 48 events in 24 h.",
        "Alive; nothing unusual; 48 events in 24 h, as many as usual.",
    ]


@given(EVENTS, st.lists(st.integers(0, 10 * DAY)), st.booleans())
def test_however_what_came_is_cut_and_over_restarts_it_is_the_same(
    events: list[int], cuts: list[int], restarts: bool
) -> None:
    # An event an hour keeps time from going on at once.
    events = sorted({*events, *range(BEGUN, BEGUN + 9 * DAY, 3600)})
    end = BEGUN + 9 * DAY
    whole = played(events, [end])
    cut = played(events, [*sorted(BEGUN + 1 + c for c in cuts if c < 9 * DAY - 1), end], restarts=restarts)
    assert cut == whole
    assert len({notice.key for notice in whole}) == len(whole) == 9


def test_a_watch_that_was_down_for_days_tells_one_when_it_is_back() -> None:
    before, back = hourly(1), BEGUN + 4 * DAY + 5 * 3600
    told = played([*before, back], [BEGUN + DAY, back + 1])
    assert [notice.key for notice in told] == ["digest 1970-04-11", "digest 1970-04-15"]
    assert told[-1].text == "Alive; nothing unusual; 46 events in 4 d."


def test_where_all_of_these_days_is_read_again_the_clock_says_which_is_the_last() -> None:
    now = (BEGUN + 4 * DAY + 5 * 3600) * SECOND
    events, cuts = hourly(4), [*(BEGUN + DAY * day for day in range(1, 5)), now // SECOND]
    told = played(events, cuts, now)
    assert [notice.key for notice in told] == ["digest 1970-04-15"]
    assert len(played(events, cuts)) == 5


def test_a_stream_in_which_nothing_comes_has_its_digests_too() -> None:
    told = played([BEGUN], list(range(BEGUN + 600, BEGUN + 2 * DAY, 600)))
    assert [notice.text for notice in told] == [
        "Alive; nothing unusual; 1 event in 60 min.",
        "Alive; nothing unusual; 0 events in 24 h.",
    ]


def test_before_the_first_event_there_is_none() -> None:
    assert played([], [BEGUN + 5 * DAY]) == []
