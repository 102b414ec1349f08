"""Weeks with a change every eight hours: what is found by chance beside them, and which of them are found.

By chance is what is found while none is on nor was within the hour before, and what names none of those that were.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from benchmarks.detection.bank import bank
from benchmarks.detection.beside import CHANGES, HOUR, Part, altered, begun, tells
from benchmarks.detection.contract import setting
from benchmarks.detection.regimes import DAY, REGIMES, START, WEEK
from benchmarks.detection.world import World
from rarebird.detect.finding import Finding

_APART: Final = 8 * HOUR
_GRACE: Final = 900
"""Seconds behind a change in which it may still be found."""


class Count(NamedTuple):
    """What was found in some weeks."""

    chance: int
    found: int
    planted: int
    begun: int


def planted(rng: np.random.Generator, day: int) -> list[Part]:
    """The changes of a day, each an hour long and half an hour or more from the ends of its eight hours."""
    names, kinds = list(CHANGES), rng.integers(len(CHANGES), size=DAY // _APART)
    begins = (
        day + _APART * np.arange(len(kinds)) + 1800 + 60 * rng.integers((_APART - HOUR - 7200) // 60, size=len(kinds))
    )
    return [Part(names[kind], begin, begin + HOUR) for kind, begin in zip(kinds.tolist(), begins.tolist(), strict=True)]


def counted(told: Sequence[Finding], parts: Sequence[Part], world: World) -> Count:
    """What a day brought."""
    new = begun(told)
    chance = 0
    for each in new:
        on = [part for part in parts if part.began < each.detected <= part.ended + HOUR]
        chance += not any(tells(each, part.name, world) for part in on)
    found = sum(
        any(part.began < each.detected <= part.ended + _GRACE and tells(each, part.name, world) for each in new)
        for part in parts
    )
    return Count(chance, found, len(parts), len(new))


def weeks(world: World, learn: int, number: int) -> Count:
    """What some weeks bring, behind others in which nothing happens."""
    made, rng = bank(setting(world)), np.random.default_rng((world.seed, 99))
    state, start = made.blank(), START + learn * WEEK
    for counts in world.blocks(START, start):
        state, _ = made.step(state, counts)
    total = Count(0, 0, 0, 0)
    for day in range(start, start + number * WEEK, DAY):
        parts = planted(rng, day)
        state, told = made.step(state, altered(world, parts, day, day + DAY))
        total = Count(*(sum(pair) for pair in zip(total, counted(told, parts, world), strict=True)))
    return total


def main() -> None:
    """Prints a line a regime and seed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[21])
    parser.add_argument("--regimes", nargs="+", choices=REGIMES, default=list(REGIMES))
    parser.add_argument("--learn", type=int, default=4)
    parser.add_argument("--weeks", type=int, default=6)
    chosen = parser.parse_args()
    for regime in chosen.regimes:
        for seed in chosen.seeds:
            found = weeks(World(REGIMES[regime], seed), chosen.learn, chosen.weeks)
            print(f"{regime} {seed}: {found.found} of {found.planted} found, {found.begun} began, ", end="")
            print(f"{found.chance / chosen.weeks:.2f} by chance a week")


if __name__ == "__main__":
    main()
