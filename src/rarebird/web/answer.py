"""The answers of the API: structs, which are also what its OpenAPI document describes."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from rarebird.incident.departure import CLEAR, departures
from rarebird.incident.sentence import Sentence, sentence
from rarebird.incident.states import full_names
from rarebird.model.health import Health, HealthReason, Status
from rarebird.model.reading import Entropy, Moment
from rarebird.model.snapshot import ChannelReading, Counters, Snapshot, SourceReading, StoreReading, TaskReading


class EntropyAnswer(Struct, frozen=True):
    """How evenly the events spread over the categories; null without events."""

    entropy: float | None = None
    """In nats."""
    unit: Literal["nats"] = "nats"
    entropy_bits: float | None = None
    corrected: float | None = None
    """In nats, without the bias that small counts bring."""
    corrected_bits: float | None = None
    count: int = 0
    categories: int = 0

    @staticmethod
    def of(entropy: Entropy | None) -> EntropyAnswer:
        """The answer for a reading."""
        if entropy is None:
            return EntropyAnswer()
        return EntropyAnswer(
            entropy=entropy.nats,
            entropy_bits=entropy.bits,
            corrected=entropy.corrected_nats,
            corrected_bits=entropy.corrected_bits,
            count=entropy.count,
            categories=entropy.categories,
        )


class Probe(Struct, frozen=True):
    """Whether the process lives, or is ready."""

    status: Literal["ok", "failing"]
    reasons: tuple[str, ...] = ()

    @staticmethod
    def alive(health: Health) -> Probe:
        """Whether every task lives or is about to be started again."""
        if health.alive:
            return Probe("ok")
        return Probe("failing", tuple(each.text for each in health.reasons if each.name == "task_given_up"))

    @staticmethod
    def ready(health: Health) -> Probe:
        """Whether the store and the state are open."""
        return Probe("ok") if health.ready else Probe("failing", ("The store and the state are being opened.",))


class HealthAnswer(Struct, frozen=True):
    """Whether the watch lives, its sources answer, its store keeps what it learns and people get what it tells."""

    status: Status
    sources: tuple[SourceReading, ...]
    store: StoreReading | None
    counters: Counters
    watermark: int | None
    behind_s: float | None
    finished: bool
    outbox: int
    """Notices that are still to be sent, over all channels."""
    oldest_s: float | None
    """For how long the oldest of them waits, s; null where none does."""
    channels: tuple[ChannelReading, ...]
    reasons: tuple[HealthReason, ...]
    """Why it is not ok, the worst first."""
    tasks: tuple[TaskReading, ...]

    @staticmethod
    def of(snapshot: Snapshot) -> HealthAnswer:
        """The answer for a snapshot."""
        oldest_s = max((each.oldest_s for each in snapshot.channels if each.oldest_s is not None), default=None)
        return HealthAnswer(
            snapshot.health.status,
            snapshot.sources,
            snapshot.store,
            snapshot.counters,
            snapshot.watermark,
            snapshot.behind_s,
            snapshot.finished,
            sum(each.waiting for each in snapshot.channels),
            oldest_s,
            snapshot.channels,
            snapshot.health.reasons,
            snapshot.tasks,
        )


class Shown(Struct, frozen=True, kw_only=True):
    """A snapshot with the words and names that go with it."""

    snapshot: Snapshot
    sentence: Sentence
    labels: dict[str, str]
    """Full names of categories, where they are codes of US states; empty otherwise."""
    departures: dict[str, float]
    """Categories outside their range, by how many standard deviations; positive is more than expected."""
    clear: float = CLEAR
    """From this departure on a category is clearly out of the ordinary."""


class Opening(Shown, frozen=True, kw_only=True):
    """The first event of the feed: all that the page needs."""

    moments: list[Moment]


class Tick(Shown, frozen=True, kw_only=True):
    """A later event of the feed."""

    moment: Moment | None
    """The newest point of the curves, where it is new."""


class Fault(Struct, frozen=True, omit_defaults=True):
    """What was wrong with a request."""

    error: str
    paths: list[str] | None = None
    """With an unknown path: those that exist."""


def shown(snapshot: Snapshot) -> Shown:
    """The snapshot with its words."""
    names = [category.name for category in snapshot.mix] + [surprise.category for surprise in snapshot.surprises]
    return Shown(
        snapshot=snapshot,
        sentence=sentence(snapshot),
        labels=full_names(set(names), snapshot.noun_by),
        departures=departures(snapshot),
    )


def opening(snapshot: Snapshot, moments: list[Moment]) -> Opening:
    """The first event of a feed."""
    base = shown(snapshot)
    return Opening(
        snapshot=snapshot,
        sentence=base.sentence,
        labels=base.labels,
        departures=base.departures,
        moments=moments,
    )


def tick(snapshot: Snapshot, moment: Moment | None) -> Tick:
    """A later event of a feed."""
    base = shown(snapshot)
    return Tick(
        snapshot=snapshot,
        sentence=base.sentence,
        labels=base.labels,
        departures=base.departures,
        moment=moment,
    )
