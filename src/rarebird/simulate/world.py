"""The world: RSVPs of the whole earth, a pure function of seed, rate, start and changes.

Time is cut into chunks on a grid that is the same for every world of a rate, and each chunk draws from a generator of
its own, so any stretch, long past or far ahead, is made without what lies between. What a change adds draws from
generators of its own too: outside the changes a world equals the one without them, message by message.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.errors import ConfigError
from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.simulate import alter, rhythm
from rarebird.simulate.change import Change
from rarebird.simulate.draws import HORIZON, Draws, draw, in_order, join, revise, take
from rarebird.simulate.groups import catalogue, event_numbers
from rarebird.simulate.message import render

MOST: Final = 100_000
"""Messages a second: a processor makes about that many."""
_LENGTHS = tuple(round(seconds * SECOND) for seconds in (60, 30, 10, 5, 2, 1))
_AIM = 20_000
"""Messages in a chunk, at most, where the rate allows: some 20 ms of work before they are written out."""
_IDS_FROM: Final = 946_684_800 * SECOND
"""2000-01-01, from which `rsvp_id` counts."""
_STARTS_BEFORE: Final = 4_102_444_800 * SECOND
"""2100-01-01, while group and week still make an event's number."""
_LANE = 1 << 47
"""Ids of what the changes add lie above all others, a range for each change, and below 2^53."""
_BUSIEST = 2.0
"""The rate at its highest over its weekly mean is below this."""


class Chunk(NamedTuple):
    """Messages in the order in which the server sends them, one row each."""

    arrival: NDArray[np.int64]
    """µs UTC, shape (n,), never falling."""
    mtime: NDArray[np.int64]
    """µs UTC, shape (n,), never after the arrival."""
    event: NDArray[np.int64]
    """`event_id` as a number, shape (n,)."""
    lines: list[bytes]
    """JSON objects without line ends, n of them."""


class _Recent(dict[int, Draws]):
    """The columns of the last few chunks, made when they are asked for."""

    def __init__(self, make: Callable[[int], Draws], most: int) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, number: int) -> Draws:
        draws = self._make(number)
        if len(self) >= self._most:
            del self[next(iter(self))]
        self[number] = draws
        return draws


class World:
    """RSVPs at `rate` messages a second: of all countries, repeats and old ones counted, in the mean over a week.

    `start` (µs UTC) is where the offsets of the changes count from; the world itself has neither beginning nor end.
    Raises ConfigError for a rate that is not above 0, a negative seed, or a start outside the years 2000 to 2099.

    >>> start = 1_800_000_000_000_000
    >>> world = World(2.0, 1, start)
    >>> 900 < sum(len(chunk.lines) for chunk in world.lines(start, start + 600_000_000)) < 1500
    True
    """

    def __init__(self, rate: float, seed: int, start: int, changes: Sequence[Change] = ()) -> None:
        if not 0 < rate <= MOST:
            expected = f"messages a second above 0 and at most {MOST:,}"
            raise ConfigError(f"--rate: expected {expected}, got {rate:g}; for example 1.5")
        if seed < 0:
            raise ConfigError(f"--seed: expected a whole number from 0, got {seed}; for example 1")
        if not _IDS_FROM <= start < _STARTS_BEFORE:
            raise ConfigError(f"--start: expected a time in the years 2000 to 2099, got {instant.text(start)}")
        self.rate, self.seed, self.start, self.changes = rate, seed, start, tuple(changes)
        self._length = next((length for length in _LENGTHS if rate * length <= _AIM * SECOND), _LENGTHS[-1])
        self._behind = math.ceil(HORIZON / self._length)
        self._catalogue = catalogue(seed)
        self._usual = _Recent(self._draw_usual, self._behind + 2)
        self._new = _Recent(self._alter, 2)
        self._repeated = _Recent(self._repeat, self._behind + 2)
        self._arriving = _Recent(self._arrive, 2)

    def lines(self, begin: int, end: int) -> Iterator[Chunk]:
        """The messages that the server sends in [begin, end), µs UTC, chunk after chunk; empty chunks are left out."""
        for cut in self.draws(begin, end):
            event = event_numbers(cut.place, cut.group, cut.week)
            yield Chunk(cut.arrival, cut.mtime, event, render(cut, self._catalogue))

    def draws(self, begin: int, end: int) -> Iterator[Draws]:
        """The same messages as columns, whose text nobody has written yet."""
        for number in range(begin // self._length, -(-end // self._length)):
            draws = self._arriving[number]
            cut = take(draws, slice(*np.searchsorted(draws.arrival, (begin, end)).tolist()))
            if len(cut.arrival):
                yield cut

    def _arrive(self, number: int) -> Draws:
        """All that the server sends in a chunk: new messages, and repeats of those of the chunks before."""
        begin, end = number * self._length, (number + 1) * self._length
        parts = [self._new[number]]
        for earlier in range(number - self._behind, number + 1):
            repeated = self._repeated[earlier]
            again = take(repeated, slice(*np.searchsorted(repeated.echo, (begin, end)).tolist()))
            rounded = (again.mtime + SECOND // 2) // SECOND * SECOND
            parts.append(again._replace(arrival=again.echo, mtime=rounded))
        whole = in_order(join(parts))
        for change in self.changes:
            if change.kind == "silence":
                whole = take(whole, ~alter.within(change, self.start, whole.arrival))
        return whole

    def _repeat(self, number: int) -> Draws:
        """The messages of a chunk that are sent again, in the order in which they are."""
        new = self._new[number]
        order = np.argsort(new.echo, kind="stable")
        return take(new, order[np.searchsorted(new.echo[order], 1) :])

    def _alter(self, number: int) -> Draws:
        """The new messages of a chunk, with all changes."""
        begin, end = number * self._length, (number + 1) * self._length
        draws = self._revise(number)
        lanes = [(lane, one) for lane, one in enumerate(self.changes, 1) if alter.overlaps(one, self.start, begin, end)]
        if not lanes:
            return draws
        draws = in_order(join([draws, *(self._add(number, lane, one) for lane, one in lanes)]))
        for lane, change in lanes:
            if change.kind == "flatten":
                draws = alter.flatten(change, self.start, draws)
            draws = alter.thin(change, self.start, draws, self._random(number, lane, 1))
        return draws

    def _add(self, number: int, lane: int, change: Change) -> Draws:
        """What a change adds to a chunk."""
        extra = 0.0 if change.kind == "flatten" else max(change.factor - 1, 0.0)
        rates = self._rates(number) * alter.touched(change) * extra
        draws = self._draw(number, lane, rates, self._slots(extra))
        kept = take(draws, alter.within(change, self.start, draws.arrival))
        return kept._replace(revises=np.zeros_like(kept.revises))

    def _revise(self, number: int) -> Draws:
        """The usual messages of a chunk; those that change an earlier answer take over whose answer it was."""
        draws = self._usual[number]
        order = np.argsort(draws.revises, kind="stable")
        moments = draws.revises[order]
        for earlier in range(number - self._behind, number + 1):
            begin = earlier * self._length
            rows = order[slice(*np.searchsorted(moments, (max(begin, 1), begin + self._length)).tolist())]
            source = self._usual[earlier]
            found = np.searchsorted(source.arrival, draws.revises[rows], side="right") - 1
            rows, found = rows[found >= 0], found[found >= 0]
            if len(rows):
                draws = revise(draws, rows, take(source, found))
        return draws

    def _draw_usual(self, number: int) -> Draws:
        """The messages of a chunk without changes, all of them as if new."""
        return self._draw(number, 0, self._rates(number), self._slots(1.0))

    def _draw(self, number: int, lane: int, rates: NDArray[np.float64], slots: int) -> Draws:
        first_id = lane * _LANE + slots * (number - _IDS_FROM // self._length)
        return draw(self._random(number, lane, 0), number * self._length, self._length, rates, first_id)

    def _rates(self, number: int) -> NDArray[np.float64]:
        return self.rate * rhythm.rates(number * self._length + self._length // 2)

    def _slots(self, factor: float) -> int:
        """How many ids a chunk gets, twelve standard deviations above the most that it can need."""
        most = _BUSIEST * factor * self.rate * self._length / SECOND
        return 64 + math.ceil(most + 12 * math.sqrt(most))

    def _random(self, number: int, lane: int, use: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, number, lane, use))
