"""Streams that no model here was made for: jobs, offices, sessions, metronomes; alarms a week while nothing happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.contract import Maker, Setting
from benchmarks.detection.counts import count, pieces
from benchmarks.detection.quiet import BLOCK
from benchmarks.detection.regimes import DAY, START, WEEK
from benchmarks.detection.told import Told, open_seconds, run
from benchmarks.detection.work import each
from benchmarks.section import table
from rarebird.detect.counts import Counts

_WEEKS: Final = 5
_LEARN: Final = 2
_COUNTED: Final = START + _LEARN * WEEK
_END: Final = START + _WEEKS * WEEK
_FEW: Final = 20
"""Categories, each 10 % rarer than the one before."""

Events = tuple[NDArray[np.int64], NDArray[np.int64]]
"""The second of each event, from 0 on, and its category."""


class Found(NamedTuple):
    """What was told of a stream, and when of its weeks."""

    name: str
    seed: int
    rate: float
    told: list[Told]


def strange(make: Maker, seeds: Sequence[int], workers: int) -> list[Found]:
    """Each stream of each seed."""
    return each(_told, [(make, name, seed) for name in STREAMS for seed in seeds], workers)


def _told(make: Maker, name: str, seed: int) -> Found:
    counts = _counts(STREAMS[name](np.random.default_rng(seed), _WEEKS * WEEK))
    detector = make(Setting(int(counts.category.max()) + 1))
    told = run(detector, detector.blank(), pieces(counts, BLOCK)).told
    return Found(name, seed, float(counts.events.sum()) / counts.length, told)


def strange_table(found: Sequence[Found]) -> str:
    """Alarms a week by seed and over all, alarms in the weeks to learn from, and the time in alarm."""
    head = ["stream", "events a second", "alarms a week", "by seed", "while learning, a seed", "time in alarm"]
    rows = []
    for name in dict.fromkeys(one.name for one in found):
        own = [one for one in found if one.name == name]
        late = [sum(incident.detected > _COUNTED for incident in one.told) / (_WEEKS - _LEARN) for one in own]
        early = np.mean([sum(incident.detected <= _COUNTED for incident in one.told) for one in own])
        share = np.mean([open_seconds(one.told, _COUNTED, _END) for one in own]) / (_END - _COUNTED)
        by_seed = ", ".join(f"{number:.2f}" for number in late)
        rows.append(
            [name, f"{own[0].rate:.2g}", f"{np.mean(late):.2f}", by_seed, f"{early:.1f}", f"{100 * share:.3f} %"]
        )
    return table(head, rows)


def _counts(events: Events) -> Counts:
    second, category = events
    inside = (second >= 0) & (second < _WEEKS * WEEK)
    return count(START + second[inside], category[inside].astype(np.int32), START, _END)


def _poisson(rng: np.random.Generator, rate: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(rate)), rng.poisson(rate))


def _few(rng: np.random.Generator, events: int) -> NDArray[np.int64]:
    share = 0.9 ** np.arange(_FEW)
    return rng.choice(_FEW, events, p=share / share.sum())


def _daily(length: int) -> NDArray[np.float64]:
    """A day that swings by 70 %, events a second."""
    return 1 + 0.7 * np.sin(2 * np.pi * np.arange(length) / DAY)


def _with(rng: np.random.Generator, usual: NDArray[np.float64], extra: NDArray[np.float64], category: int) -> Events:
    """Events of all categories, and more of one."""
    first, second = _poisson(rng, usual), _poisson(rng, extra)
    return np.append(first, second), np.append(_few(rng, len(first)), np.full(len(second), category))


def _nightly(rng: np.random.Generator, length: int) -> Events:
    late = rng.normal(0, 600, length // DAY + 1)
    time = np.arange(length)
    since = time % DAY - 3 * 3600 - late[time // DAY]
    return _with(rng, _daily(length), np.where((since >= 0) & (since < 1800), 4.0, 0.0), 3)


def _hourly(rng: np.random.Generator, length: int) -> Events:
    return _with(rng, np.full(length, 0.5), np.where(np.arange(length) % 3600 < 60, 5.0, 0.0), 7)


def _weekly(rng: np.random.Generator, length: int) -> Events:
    since = np.arange(length) % WEEK - 3 * 3600
    return _with(rng, 0.5 * _daily(length), np.where((since >= 0) & (since < 600), 30.0, 0.0), 3)


def _office(rng: np.random.Generator, length: int) -> Events:
    time = np.arange(length)
    hour, day = time % DAY / 3600, time // DAY % 7
    second = _poisson(rng, np.where((day < 5) & (hour >= 9) & (hour < 17), 2.0, 0.01))
    return second, _few(rng, len(second))


def _turns(rng: np.random.Generator, length: int) -> Events:
    hour = np.arange(length) % DAY / 3600
    turns = [_poisson(rng, np.where((hour >= first) & (hour < first + 6), 0.4, 0.0)) for first in range(0, 24, 2)]
    return np.concatenate(turns), np.repeat(np.arange(len(turns)), [len(one) for one in turns])


def _metronome(rng: np.random.Generator, length: int) -> Events:
    return np.arange(length), (np.arange(length) + rng.integers(0, 10)) % 10


def _heartbeats(rng: np.random.Generator, length: int) -> Events:
    phase, minutes = rng.integers(0, 60, _FEW), np.arange(length // 60)[:, None]
    late = np.rint(rng.normal(0, 1, (len(minutes), _FEW))).astype(np.int64)
    return (minutes * 60 + phase + late).ravel(), np.tile(np.arange(_FEW), len(minutes))


def _batches(rng: np.random.Generator, length: int) -> Events:
    first = _poisson(rng, 0.3 * _daily(length))
    size = rng.geometric(1 / 5, len(first))
    return np.repeat(first, size) + rng.integers(0, 10, size.sum()), np.repeat(_few(rng, len(first)), size)


def _sessions(rng: np.random.Generator, length: int) -> Events:
    first = _poisson(rng, 0.05 * _daily(length))
    size = np.minimum((rng.pareto(1.5, len(first)) * 5).astype(np.int64) + 1, 500)
    gone = np.cumsum(rng.exponential(8, size.sum()))
    since = gone - np.repeat(gone[np.cumsum(size) - size], size)
    return (np.repeat(first, size) + since).astype(np.int64), np.repeat(_few(rng, len(first)), size)


def _rare(rng: np.random.Generator, length: int) -> Events:
    second = _poisson(rng, np.full(length, 0.0005))
    return second, rng.integers(0, 4, len(second))


STREAMS: Final[dict[str, Callable[[np.random.Generator, int], Events]]] = {
    "a job at three each night, give or take 10 min": _nightly,
    "a job each hour": _hourly,
    "an import each week": _weekly,
    "an office, nine to five on weekdays": _office,
    "categories that take turns, six hours each": _turns,
    "a metronome": _metronome,
    "heartbeats of 20 machines": _heartbeats,
    "batches of five on average": _batches,
    "sessions of up to 500 events": _sessions,
    "two events an hour": _rare,
}
