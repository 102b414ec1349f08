"""A view with fixed values, which a test can change, and the snapshots that it shows."""

from __future__ import annotations

import asyncio
import math
from typing import Any

from msgspec.structs import replace

from rarebird.errors import InputError, StoreError
from rarebird.incident.health import Signs, health_of
from rarebird.model import instant
from rarebird.model.health import Health
from rarebird.model.incident import Incident
from rarebird.model.reading import Entropy, History, Moment, Probability, Rate
from rarebird.model.snapshot import CategoryReading, Counters, Note, Snapshot, SourceReading, Surprise
from rarebird.model.vitals import Decided, Vitals

NOW = instant.parse("2026-11-21T14:24:30Z")
S = instant.SECOND
STATES = {
    "CA": 0.221, "NY": 0.104, "FL": 0.078, "TX": 0.069, "PA": 0.051, "NC": 0.047, "OH": 0.043, "MA": 0.038,
    "WA": 0.039, "IL": 0.031, "GA": 0.026, "CO": 0.025, "VA": 0.024, "NJ": 0.022, "AZ": 0.021, "OR": 0.018,
    "MI": 0.016, "MN": 0.015, "MD": 0.014, "TN": 0.013, "DC": 0.012, "UT": 0.011, "MO": 0.010, "WI": 0.009,
    "IN": 0.008, "CT": 0.007, "NV": 0.006, "KY": 0.005, "SC": 0.004, "NH": 0.0035, "ME": 0.0034, "ID": 0.003,
}  # fmt: skip
WOBBLE = (1.02, 0.95, 1.1, 0.9, 1.05, 1.0, 0.93, 1.08)


def reading(name: str, recent: int, total: int, expected: float) -> CategoryReading:
    """One category of `recent` among `total` events; its range is the normal one."""
    half = 1.96 * math.sqrt(expected * (1 - expected) / total) if total else 0.5
    share = recent / total if total else 0.0
    low, high = max(0.0, expected - half), min(1.0, expected + half)
    life = round(10_000 * expected)
    return CategoryReading(name, life, life / 10_000, recent, share, expected, low, high, name in {"CA", "ME"})


def mix_of(
    expected: dict[str, float], total: int = 1080, changed: dict[str, int] | None = None
) -> tuple[CategoryReading, ...]:
    """The categories near their expectation, but for the changed ones."""
    counts = {
        name: round(total * share * WOBBLE[k % len(WOBBLE)]) for k, (name, share) in enumerate(expected.items())
    } | (changed or {})
    return tuple(reading(name, counts[name], total, share) for name, share in expected.items())


def surprises_of(names: list[str], every: int = 40) -> tuple[Surprise, ...]:
    """Surprises over the last half hour, newest first."""
    when = [NOW - (9 + every * k) * S for k in range(44)]
    return tuple(
        Surprise(time, names[-1 - (k * 7) % len(names)], 4.0 + (k * 37 % 80) / 10) for k, time in enumerate(when)
    )


def calm(**changes: Any) -> Snapshot:
    """A snapshot on which all is well, but for the changes."""
    entropy = Entropy(1080, 32, 3.02, 4.357, 3.04, 4.386)
    snapshot = Snapshot(
        name="Meetup RSVPs by US state",
        noun="RSVPs",
        noun_by="states",
        version=1,
        watermark=NOW,
        behind_s=5.2,
        first=NOW - 7200 * S,
        last=NOW - S,
        past_until=None,
        sources=(SourceReading("stream.example", "connected", "", 0),),
        store=None,
        missed=(),
        missed_count=0,
        counters=Counters(115_000, 92_114, 8_600, 14_202, 31, 2, 7, 44),
        categories=32,
        folded=0,
        time_form="mtime, epoch in ms",
        remembered=5_321,
        remembered_cap=1_000_000,
        rate=Rate(148, 120.0, 0.81, 1.233, 1.04, 1.45),
        usual_per_s=1.2,
        recent_window_s=900.0,
        entropy=entropy,
        entropy_life=Entropy(92_114, 41, 3.03, 4.371, 3.03, 4.372),
        half_life_s=21_600.0,
        watched_share=0.53,
        watched_expected=0.52,
        mix=mix_of(STATES),
        surprises=surprises_of([*STATES]),
        notes=(),
        finished=False,
    )
    snapshot = replace(snapshot, **changes)
    return snapshot if "health" in changes else replace(snapshot, health=judged(snapshot))


def judged(snapshot: Snapshot) -> Health:
    """The health that goes with a snapshot."""
    return health_of(
        Signs(sources=snapshot.sources, store=snapshot.store, channels=snapshot.channels, tasks=snapshot.tasks), NOW
    )


def maine(**changes: Any) -> Snapshot:
    """A snapshot on which Maine books nine times more than it should, and New York less."""
    notes = (Note(NOW - 600 * S, "The story: Maine books nine times more than usual."),)
    return calm(mix=mix_of(STATES, changed={"ME": 31, "NY": 52, "NH": 9}), notes=notes, **changes)


def waiting(**changes: Any) -> Snapshot:
    """A snapshot before the first event."""
    nothing = Rate(0, 120.0, None, None, None, None)
    blank: dict[str, Any] = {
        "watermark": None, "behind_s": None, "first": None, "last": None, "counters": Counters(0, 0, 0, 0, 0, 0, 0, 0),
        "categories": 0, "remembered": 0, "rate": nothing, "usual_per_s": None, "entropy": None, "entropy_life": None,
        "watched_share": None, "watched_expected": None, "mix": (), "surprises": (),
    }  # fmt: skip
    return calm(**(blank | changes))


def curve(minutes: int = 75) -> list[Moment]:
    """A wavy hour, a point every 10 s."""
    moments = []
    for k in range(minutes * 6):
        rate = 1.2 + 0.12 * math.sin(k / 40) + 0.1 * math.sin(k * 1.7)
        entropy = 4.36 + 0.03 * math.sin(k / 25) + 0.02 * math.sin(k * 2.3)
        moments.append(Moment(NOW - (minutes * 6 - 1 - k) * 10 * S, rate, rate * 0.82, rate * 1.2, entropy))
    return moments


class FakeView:
    """A view of fixed values; `tell` gives it the next snapshot."""

    name = "Meetup RSVPs by US state"

    def __init__(self, snapshot: Snapshot | None = None, moments: list[Moment] | None = None) -> None:
        self._snapshot = snapshot or calm()
        first = curve() if self._snapshot.watermark else []
        self._moments = first if moments is None else moments
        self._told = asyncio.Condition()

    def histogram(self, window: int | None) -> dict[str, float]:
        if window is not None and window > 3_600 * S:
            raise InputError("window: expected at most 1h, got more; example: ?window=15m")
        return {"CA": 0.75, "ME": 0.25} if self._snapshot.entropy else {}

    def entropy(self, window: int | None) -> Entropy | None:
        self.histogram(window)
        return self._snapshot.entropy

    def probability(self, category: str) -> Probability:
        return Probability(category, 0.25, 2.0, category in STATES)

    def category_of(self, message: bytes) -> str:
        if b"CA" not in message:
            raise InputError("expected a message with group.group_state, got none")
        return "CA"

    def rate(self, category: str | None) -> Rate:
        return self._snapshot.rate if category is None else Rate(1, 120.0, None, None, None, None)

    def snapshot(self) -> Snapshot:
        return self._snapshot

    def health(self) -> Health:
        return self._snapshot.health

    async def history(self, start: int | None, end: int | None, category: str | None) -> History:
        if category == "nowhere":
            raise InputError("expected a category that was seen, got 'nowhere'")
        if start == 1_000_000 * S:
            raise StoreError("Redis cannot be reached")
        return History(60, [60, 120], [2, 1], [5.0, None], [1.0, 0.0], [1, 0] if category else None)

    def incidents(self) -> list[Incident]:
        return list(self._snapshot.incidents)

    def vitals(self) -> Vitals:
        return Vitals((Decided("began", "message", 3), Decided("muted", "nothing", 1)), 120, 2)

    def moments(self) -> list[Moment]:
        return self._moments

    async def changed(self, version: int) -> Snapshot:
        async with self._told:
            await self._told.wait_for(lambda: self._snapshot.version > version)
        return self._snapshot

    async def tell(self, snapshot: Snapshot, moment: Moment | None = None) -> None:
        async with self._told:
            self._snapshot = replace(snapshot, version=self._snapshot.version + 1)
            self._moments = [*self._moments, moment] if moment else self._moments
            self._told.notify_all()
