"""What a detector must keep to be measured here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from benchmarks.detection.mix import cast
from benchmarks.detection.world import World
from rarebird.detect.counts import Counts


class Incident(Protocol):
    """Something that a detector tells. Instants are in seconds since 1970."""

    @property
    def kind(self) -> str: ...
    @property
    def began(self) -> float: ...
    @property
    def detected(self) -> float: ...
    @property
    def ended(self) -> float | None: ...


class Detector(Protocol):
    """Steps over counts; its states can be copied with `copy.deepcopy` and gone on from more than once.

    An incident comes out of `step` when it is detected, with `ended` None, and once more when it is over, with the same
    kind, category and instant of detection; or once only, with `ended` set.
    """

    def blank(self) -> Any: ...
    def step(self, state: Any, ticks: Counts, /) -> tuple[Any, Iterable[Incident]]: ...


class Setting(NamedTuple):
    """What a detector is told beforehand."""

    categories: int
    watched: tuple[int, ...] = ()
    zone: str = "UTC"


def setting(world: World, zone: str = "UTC") -> Setting:
    """The setting for a world."""
    return Setting(world.categories, tuple(cast(world.categories).watched.tolist()), zone)


Maker = Callable[[Setting], Detector]


def name(incident: Incident) -> str:
    """The kind, the direction if it has one, as in "rate up"."""
    return " ".join(filter(None, (str(incident.kind), str(getattr(incident, "direction", "") or ""))))


def category(incident: Incident) -> str:
    """The category, empty where it is about all."""
    found = getattr(incident, "category", None)
    return "" if found is None else str(found)


def identity(incident: Incident) -> tuple[str, str, float]:
    """What the two tellings of one incident share: its id, if it has one."""
    number = getattr(incident, "id", None)
    return (name(incident), category(incident), incident.detected) if number is None else ("id", str(number), 0.0)
