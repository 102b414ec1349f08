"""Rules: how often the homework's four, following the stream, tell of changes and of quiet days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from multiprocessing import get_context
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.section import Section, table
from rarebird.config.rules import rules
from rarebird.config.wanted import MEETUP
from rarebird.detect.reading import RECENT_S, Readings
from rarebird.detect.rules import Rules, Told
from rarebird.detect.seldom import Seldom
from rarebird.model.history import Span
from rarebird.model.instant import SECOND
from rarebird.simulate.change import parse_all
from rarebird.simulate.draws import FRESH
from rarebird.simulate.places import US, WATCHED_CODES
from rarebird.simulate.rhythm import TABLE
from rarebird.simulate.states import STATES
from rarebird.simulate.world import World

ABOUT = "the homework's rules with limits that follow the stream: changes of 20 min, and quiet days"
_START: Final = 1_800_000_000 // 86_400 * 86_400
_DAY: Final = 86_400
_RATES: Final = (1, 3, 10, 30)
_QUIET: Final = (71, 72, 73)
_SEEDS: Final = tuple(range(74, 82))
"""Nothing was chosen on these seeds."""
_LENGTH_S: Final = 1200
_AFTER_S: Final = 1200
_SMALL: Final = [state.code for state in sorted(STATES, key=lambda state: state.weight)[:10]]
_CHANGES: Final = {
    "ten smallest states x10": ("entropy_nats", [f"surge@{{at}}s+20m:{code}:10" for code in _SMALL]),
    "flatten": ("entropy_nats", ["flatten@{at}s+20m"]),
    "rate x2": ("mean_gap_s", ["rate@{at}s+20m:2"]),
    "rate x0.5": ("mean_gap_s", ["rate@{at}s+20m:0.5"]),
    "watched x1.5": ("watched_share", ["watched@{at}s+20m:1.5"]),
}
_HEAD = (
    "RSVPs of the US alone, in the mean of the week so many a second, a day learned, then each change for 20 min at an "
    "hour of the next day that differs by the seed ({seeds} seeds). A cell: in how many its rule fired once and "
    "recovered once until 20 min after it. Rates at night are two thirds of the mean, so at 1 a second entropy rests "
    "on 550 to 1,000 events.\n\nQuiet: days 2 to 4 of {quiet} seeds. A cell: firings, and the most on one day."
)


class Stream(NamedTuple):
    """A second by row, and events of each state of the US, shape (seconds, states)."""

    start: int
    counts: NDArray[np.int16]


def stream(rate: float, seed: int, start: int, end: int, changes: Sequence[str] = ()) -> Stream:
    """The world between two seconds after its start, without repeats and old messages."""
    share = TABLE[:, :US].sum() / TABLE.sum()
    world = World(rate / (share * FRESH), seed, _START * SECOND, parse_all(changes))
    begin, until = (_START + start) * SECOND, (_START + end) * SECOND
    counts = np.zeros((end - start, US), np.int16)
    for chunk in world.draws(begin, until):
        fresh = (chunk.place < US) & (chunk.arrival - chunk.mtime < 5 * SECOND) & (chunk.echo != chunk.arrival)
        np.add.at(counts, ((chunk.arrival[fresh] - begin) // SECOND, chunk.place[fresh]), 1)
    return Stream(_START + start, counts)


class Judges(NamedTuple):
    """All that judges one stream."""

    readings: Readings
    rules: Rules
    seldom: Seldom


def judges() -> Judges:
    """At the beginning of a stream."""
    readings = Readings(RECENT_S, watched=True)
    readings.codes = list(WATCHED_CODES)
    return Judges(readings, rules(MEETUP), Seldom())


def judged(by: Judges, of: Stream) -> Iterator[tuple[int, Told | None]]:
    """What rules tell at which second; None for a line of a single event."""
    for row, counts in enumerate(of.counts):
        at = of.start + row
        codes = np.flatnonzero(counts).astype(np.int32)
        events = counts[codes].astype(np.int64)
        span = Span(at, at * SECOND, (at + 1) * SECOND - 1, codes, events) if len(codes) else None
        by.readings.add(at, span)
        for told in by.rules.step(by.readings.reading()):
            yield at, told
        time = np.full(len(codes), at * SECOND)
        for _ in by.seldom.news(time, codes, np.zeros(len(codes)), (at + 1) * SECOND):
            yield at, None


def run() -> Section:
    """All rates and seeds."""
    return _section(_RATES, _SEEDS, _QUIET)


def quick() -> Section:
    """One seed, at one rate."""
    return _section((3,), _SEEDS[:1], _QUIET[:1])


def _section(rates: Sequence[int], seeds: Sequence[int], quiet: Sequence[int]) -> Section:
    with get_context("spawn").Pool(2) as pool:
        changed = pool.starmap(changes_of, [(rate, seed) for rate in rates for seed in seeds], chunksize=1)
        days = pool.starmap(quiet_of, [(rate, seed) for rate in rates for seed in quiet], chunksize=1)
    told: dict[str, list[list[bool]]] = {name: [] for name in _CHANGES}
    for at in range(len(rates)):
        for name in _CHANGES:
            told[name].append([each[name] for each in changed[at * len(seeds) : (at + 1) * len(seeds)]])
    head = ["", *(f"{rate} a second" for rate in rates)]
    rows = [[name, *(f"{sum(cell)} of {len(cell)}" for cell in cells)] for name, cells in told.items()]
    rows_quiet = []
    for name in ("mean_gap_s", "entropy_nats", "watched_share", "unusual"):
        cells = []
        for at in range(len(rates)):
            part = days[at * len(quiet) : (at + 1) * len(quiet)]
            by_day = [each[name, day] for each in part for day in (1, 2, 3)]
            cells.append(f"{sum(by_day)}, {max(by_day)}")
        rows_quiet.append([name, *cells])
    text = _HEAD.format(seeds=len(seeds), quiet=len(quiet))
    return Section("rules", "\n\n".join([text, table(head, rows), table(["quiet", *head[1:]], rows_quiet)]))


def changes_of(rate: int, seed: int) -> dict[str, bool]:
    """Whether each change fired its rule once and recovered once."""
    at = _DAY + 1800 + seed * 19_080 % (_DAY - 7200)
    learned = judges()
    for _ in judged(learned, stream(rate, seed, 0, at)):
        pass
    found = {}
    for name, (metric, texts) in _CHANGES.items():
        by = deepcopy(learned)
        part = stream(rate, seed, at, at + _LENGTH_S + _AFTER_S, [text.format(at=at) for text in texts])
        news = [told.news for _, told in judged(by, part) if told is not None]
        found[name] = [each.phase for each in news if each.metric == metric] == ["fired", "recovered"]
    return found


def quiet_of(rate: int, seed: int) -> Counter[tuple[str, int]]:
    """Firings by rule and day of four quiet days; lines of single events as `unusual`."""
    by, counted = judges(), Counter[tuple[str, int]]()
    for at, told in judged(by, stream(rate, seed, 0, 4 * _DAY)):
        name = "unusual" if told is None else told.news.metric
        if told is None or told.news.phase == "fired":
            counted[name, (at - _START) // _DAY] += 1
    return counted
