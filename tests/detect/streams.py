"""Streams of counts to try detectors on, drawn with fixed seeds, and a bank that takes them in steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rarebird.detect.bank import Bank
from rarebird.detect.counts import Counts
from rarebird.detect.finding import Finding
from rarebird.detect.saved import plain, restored
from rarebird.detect.state import State
from rarebird.model.state import pack, unpack

START = 1_489_968_000
"""2017-03-20 00:00 UTC, a Monday."""
HOUR = 3600
DAY = 24 * HOUR
USUAL = (0.8, 0.5, 0.3, 0.1)
"""Events a second of each category, as the learned bank knows them."""


def of_table(table: NDArray[np.int64], start: int = START) -> Counts:
    """The counts of a table of events, shape (seconds, categories)."""
    tick, category = np.nonzero(table)
    return Counts(start, len(table), tick + start, category.astype(np.int32), table[tick, category].astype(np.int64))


def drawn(seed: int, stretches: Iterable[tuple[int, Sequence[float]]], start: int = START) -> Counts:
    """Poisson counts through stretches of so many seconds, with so many events a second of each category."""
    draws = np.random.default_rng(seed)
    parts = list(stretches)
    wide = max(len(rates) for _, rates in parts)
    tables = [draws.poisson([*rates, *[0.0] * (wide - len(rates))], (seconds, wide)) for seconds, rates in parts]
    return of_table(np.concatenate(tables), start)


def cut(counts: Counts, ends: Iterable[int]) -> list[Counts]:
    """The counts in steps that end after so many seconds, and the rest in a last one."""
    at, end = counts.start, counts.start + counts.length
    steps = []
    for until in [*sorted({min(counts.start + each, end) for each in ends}), end]:
        steps.append(counts.within(at, until))
        at = until
    return steps


def run(bank: Bank, steps: Iterable[Counts], state: State | None = None) -> tuple[State, list[Finding]]:
    """What a bank has learned and told after some steps."""
    state = bank.blank() if state is None else state
    told: list[Finding] = []
    for each in steps:
        state, found = bank.step(state, each)
        told += found
    return state, told


class Learned(NamedTuple):
    """What a bank has learned, as bytes: a stream goes on from there as often as wanted."""

    body: bytes

    def state(self) -> State:
        return from_bytes(self.body)

    def after(
        self, stretches: Iterable[tuple[int, Sequence[float]]], seed: int = 1, bank: Bank | None = None
    ) -> tuple[State, list[Finding]]:
        """What became of some more stretches."""
        state = self.state()
        return run(bank or Bank(), [drawn(seed, stretches, state.now)], state)


def begun(told: Iterable[Finding]) -> list[Finding]:
    """Those that began."""
    return [each for each in told if each.ended is None and not each.grown]


def as_bytes(value: Any) -> bytes:
    """A state to the last bit."""
    return pack({"value": plain(value)})


def from_bytes(body: bytes) -> State:
    """The state of a bank."""
    return restored(State, unpack(body)["value"])
