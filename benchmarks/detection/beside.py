"""Pairs of changes: whether a second one is found, and named, while a first one is on or just over.

A bank learns once per seed and rate and is kept as a file; each pair goes on from there. A change counts as found where
something is told within it and 15 minutes after whose kind, category and direction it moves; as named where that is
its category, or the whole, or its form.
"""

from __future__ import annotations

import argparse
import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.bank import bank
from benchmarks.detection.changes import Change, Flattened, One, Rate, Watched
from benchmarks.detection.contract import setting
from benchmarks.detection.mix import cast
from benchmarks.detection.regimes import DAY, REGIMES, START
from benchmarks.detection.world import Events, World, joined, minutes, scatter
from rarebird.detect.bank import Bank
from rarebird.detect.counts import Counts
from rarebird.detect.finding import Finding
from rarebird.detect.saved import plain, restored
from rarebird.detect.state import State

HOUR: Final = 3600
LEAD: Final = 600
"""Seconds before the first change."""
CHANGES: Final = {
    "silence": Change("silence", Rate(0)),
    "x2": Change("rate x2", Rate(2)),
    "x0.5": Change("rate x0.5", Rate(0.5)),
    "large x4": Change("large x4", One("large", 4)),
    "small x10": Change("small x10", One("small", 10)),
    "gone": Change("middle gone", One("middle", 0)),
    "flat": Change("flattening", Flattened(0.5)),
    "watched": Change("watched x1.5", Watched(1.5)),
}
OFFSETS: Final = {"+1": 60, "+20": 1200, "e5": HOUR + 300, "e60": 2 * HOUR, "e360": 7 * HOUR}
"""When the second begins: minutes into the first, or after its end."""
WHOLE: Final = ("silence", "x2", "x0.5")


class Part(NamedTuple):
    """A change from when to when."""

    name: str
    began: int
    ended: int


def factors(world: World, part: Part, minute: NDArray[np.int64]) -> NDArray[np.float64]:
    """By how much it moves each category in some minutes."""
    found = np.ones((len(minute), world.categories))
    inside = (minute >= part.began // 60) & (minute < part.ended // 60)
    found[inside] = CHANGES[part.name].at(world, minute[inside])
    return found


def altered(world: World, parts: Sequence[Part], start: int, end: int) -> Counts:
    """The counts of [start, end) with all changes in them, in the order in which they begin.

    What a change adds to a category is drawn of itself: it is the same beside another change that leaves that category
    alone, so that delays alone and beside another are of the same events.
    """
    minute = minutes(start, end)
    rate = world.intensity(minute)
    events = world.events(start, end)
    kept = np.ones(rate.shape)
    for each in parts:
        factor = factors(world, each, minute)
        kept = kept * np.minimum(factor, 1.0)
        events = joined((_thinned(events, factor, kept, minute), _added(world, each, rate, factor, minute)))
        rate = rate * factor
    return events.counts(start, end)


def _thinned(
    events: Events, factor: NDArray[np.float64], kept: NDArray[np.float64], minute: NDArray[np.int64]
) -> Events:  # fmt: skip
    """What is left: of two falls an event is kept by the product of both."""
    row, category = events.tick // 60 - minute[0], events.category
    return events.rows((factor[row, category] >= 1) | (events.coin < kept[row, category]))


def _added(
    world: World, part: Part, rate: NDArray[np.float64], factor: NDArray[np.float64], minute: NDArray[np.int64]
) -> Events:  # fmt: skip
    """What comes more often."""
    more = rate * np.maximum(factor - 1, 0)
    inside = (minute >= part.began // 60) & (minute < part.ended // 60)
    found = [Events(np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))]
    for category in np.flatnonzero(more.any(axis=0)).tolist():
        rng = np.random.default_rng((world.seed, part.began, list(CHANGES).index(part.name), category, 2**41))
        each = scatter(rng, world.regime, more[inside][:, [category]], part.began, part.ended)
        found.append(each._replace(category=np.full(len(each.tick), category, np.int32)))
    every = joined(found)
    return every.within(int(minute[0]) * 60, int(minute[-1]) * 60 + 60)


def learned(world: World, regime: str, days: int, cache: Path) -> tuple[Bank, State]:
    """A bank behind some days of a world, kept as a file."""
    made: Any = bank(setting(world))
    path = cache / f"{regime}-{world.regime.rate:g}-{world.seed}-{days}.pickle"
    if path.exists():
        return made, restored(State, pickle.loads(path.read_bytes()))
    state = made.blank()
    for counts in world.blocks(START, START + days * DAY):
        state, _ = made.step(state, counts)
    cache.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(plain(state)))
    return made, state


class Seen(NamedTuple):
    """How a change was seen."""

    delay: int | None
    """Until anything true of it was found, s."""
    named: int | None
    """Until it was named, s."""


def tells(found: Finding, name: str, world: World) -> bool:
    """Whether a finding is true of a change."""
    return named(found, name, world) or bool(
        name in {"large x4", "small x10"} and found.kind == "rate" and found.direction == "up"
    )


def named(found: Finding, name: str, world: World) -> bool:
    """Whether a finding names a change."""
    parts = cast(world.categories)
    if name in WHOLE:
        is_whole = found.kind in {"rate", "silence"} and found.category is None
        return is_whole and (found.direction == "up") == (name == "x2")
    if name == "flat":
        return found.kind in {"mix", "event"} and found.direction in {"even", "up"}
    if name == "watched":
        return found.family.startswith("watched") or found.category in parts.watched
    category = {"large x4": parts.large, "small x10": parts.small, "gone": parts.middle}[name]
    first = next((one.category for one in found.contributions if one.category is not None), None)
    right = (found.direction == "down") == (name == "gone")
    by_rate = found.kind == "rate" and first == category
    return (found.category == category and right) or by_rate


def begun(told: Sequence[Finding]) -> list[Finding]:
    """What began; not what grew, or is over."""
    return [each for each in told if each.ended is None and not each.grown]


def seen(told: Sequence[Finding], part: Part, world: World) -> Seen:
    """How a change was seen by what was told."""
    inside = [each for each in begun(told) if part.began < each.detected <= part.ended]
    delay = next((each.detected - part.began for each in inside if tells(each, part.name, world)), None)
    name = next((each.detected - part.began for each in inside if named(each, part.name, world)), None)
    return Seen(delay, name)


def strangers(told: Sequence[Finding], parts: Sequence[Part], world: World) -> int:
    """What was told that none of the changes moves."""
    names = [each.name for each in parts]
    return sum(not any(tells(one, name, world) for name in names) for one in begun(told))


def runs(world: World, made: Bank, body: bytes, parts: Sequence[Part], until: int) -> list[Finding]:
    """What is told of some changes."""
    state = restored(State, pickle.loads(body))
    _, told = made.step(state, altered(world, parts, state.now, until))
    return told


def pairs(world: World, regime: str, days: int, cache: Path, wanted: set[str]) -> Iterator[tuple[Any, ...]]:
    """Of each pair how its second and its first change were seen, alone and together."""
    made, state = learned(world, regime, days, cache)
    body = pickle.dumps(plain(state))
    start = state.now + LEAD
    alone: dict[tuple[str, int], list[Finding]] = {}

    def single(name: str, offset: int) -> list[Finding]:
        if (name, offset) not in alone:
            part = Part(name, start + offset, start + offset + HOUR)
            alone[name, offset] = runs(world, made, body, [part], part.ended + 900)
        return alone[name, offset]

    for first in CHANGES:
        for second in CHANGES:
            for label, offset in OFFSETS.items():
                if label not in wanted or exempt(first, second, label):
                    continue
                one = Part(first, start, start + HOUR)
                two = Part(second, start + offset, start + offset + HOUR)
                told = runs(world, made, body, [one, two], two.ended + 900)
                yield (
                    first, second, label, seen(single(second, offset), two, world), seen(told, two, world),
                    seen(single(first, 0), one, world), seen(told, one, world), strangers(told, [one, two], world),
                    told,
                )  # fmt: skip


def exempt(first: str, second: str, label: str) -> bool:
    """What cannot be told: all within a silence, what makes up for the first, and more of the same."""
    if label.startswith("e"):
        return False
    return first == "silence" or {first, second} == {"x2", "x0.5"} or first == second or {first, second} <= set(WHOLE)


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rates", type=float, nargs="+", default=[10.0])
    parser.add_argument("--regime", default="clean")
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--offsets", nargs="+", choices=OFFSETS, default=["+1", "+20"])
    parser.add_argument("--cache", type=Path, default=Path("beside-cache"))
    parser.add_argument("--show", nargs="*", default=[])
    chosen = parser.parse_args()
    rows = []
    for rate in chosen.rates:
        for seed in chosen.seeds:
            world = World(REGIMES[chosen.regime]._replace(rate=rate), seed)
            for row in pairs(world, chosen.regime, chosen.days, chosen.cache, set(chosen.offsets)):
                rows.append(row)
                if f"{row[0]}/{row[1]}" in chosen.show:
                    print(rate, seed, *row[:7])
                    for one in row[8]:
                        print("   ", _text(one, START + chosen.days * DAY + LEAD))
    for label in chosen.offsets:
        part = [row for row in rows if row[2] == label]
        print(label, _line(part))
        for name in CHANGES:
            print("   second", f"{name:10}", _line([row for row in part if row[1] == name]))
        for name in CHANGES:
            print("   first ", f"{name:10}", _line([row for row in part if row[0] == name]))


def _text(one: Finding, start: int) -> str:
    """A finding on one line, with seconds since the first change began."""
    what = ("grew" if one.grown else "began") if one.ended is None else "lasting" if one.lasting else "over"
    counts = f"{one.events} of {one.expected:.1f} since {one.began - start}"
    return f"{(one.ended or one.detected) - start} {what} {one.id} {one.family} {one.category} {one.direction} {counts}"


def _pace(row: tuple[Any, ...]) -> float:
    """What a second counts for: within a rate the delays of categories and forms are counted in events."""
    inside = row[2].startswith("+") and row[1] not in WHOLE
    return {"x2": 2.0, "x0.5": 0.5}.get(row[0], 1.0) if inside else 1.0


def _line(rows: Sequence[tuple[Any, ...]]) -> str:
    second = [row for row in rows if row[3].named]
    found = [row for row in second if row[4].delay]
    named_ = [row for row in second if row[4].named]
    ratio = np.mean([_pace(row) * row[4].named / row[3].named for row in named_]) if named_ else np.nan
    first = [row for row in rows if row[5].named]
    kept = [row for row in first if row[6].named]
    other = np.mean([row[6].named / row[5].named for row in kept]) if kept else np.nan
    stray = sum(row[7] for row in rows)
    told = sum(len(begun(row[8])) for row in rows)
    return (
        f"{len(named_)}/{len(second)} named ({len(found)} found), ratio {ratio:.2f}; "
        f"first {len(kept)}/{len(first)}, ratio {other:.2f}; {stray} of {told} strangers"
    )


if __name__ == "__main__":
    main()
