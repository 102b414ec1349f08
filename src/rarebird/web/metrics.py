"""The text that Prometheus reads: what a watch counts and how it is doing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import Final, Literal, NamedTuple, get_args

from rarebird.model.health import ReasonName, Status
from rarebird.model.incident import Incident
from rarebird.model.instant import SECOND
from rarebird.model.snapshot import Snapshot
from rarebird.model.vitals import Vitals

MEDIA: Final = "text/plain; version=0.0.4; charset=utf-8"
"""https://prometheus.io/docs/instrumenting/exposition_formats/."""
_KINDS: Final = ("rate", "mix", "event", "silence")

Labels = dict[str, str]
Sample = tuple[Labels, float | None]


class Family(NamedTuple):
    """A metric: its name without `rarebird_`, and its samples; one of None is left out."""

    name: str
    kind: Literal["counter", "gauge"]
    says: str
    samples: Sequence[Sample]


def metrics(snapshot: Snapshot, incidents: Iterable[Incident], vitals: Vitals) -> str:
    """All metrics of a watch, as text."""
    families = (
        *_health(snapshot),
        *_stream(snapshot),
        *_incidents(incidents, vitals),
        *_channels(snapshot),
        *_store(snapshot, vitals),
    )
    return "".join(map(_text, families))


def _health(snapshot: Snapshot) -> Iterator[Family]:
    health, reasons = snapshot.health, Counter(reason.name for reason in snapshot.health.reasons)
    states = [({"status": each}, float(each == health.status)) for each in get_args(Status)]
    yield Family("health", "gauge", "1 at what the health of the watch is now.", states)
    named = [({"reason": each}, float(reasons[each])) for each in get_args(ReasonName)]
    yield Family("health_reasons", "gauge", "How many reasons of this kind health gives.", named)
    up = [({"task": each.name}, float(each.kind == "running")) for each in snapshot.tasks]
    yield Family("task_up", "gauge", "0 while a task waits to be started again, or is given up.", up)
    again = [({"task": each.name}, float(each.restarts)) for each in snapshot.tasks]
    yield Family("task_restarts_total", "counter", "How often a task was started again.", again)


def _stream(snapshot: Snapshot) -> Iterator[Family]:
    counters, entropy, rate = snapshot.counters, snapshot.entropy, snapshot.rate
    became = [(name, getattr(counters, name)) for name in counters.__struct_fields__ if name not in _APART]
    watermark = None if snapshot.watermark is None else snapshot.watermark / SECOND
    yield Family("info", "gauge", "The version that runs.", [({"version": version("rarebird")}, 1)])
    yield _one("messages_read_total", "counter", "Messages read over the life of the watch.", counters.read)
    yield Family("messages_total", "counter", "What became of them.", [({"became": name}, n) for name, n in became])
    yield _one("messages_undecided", "gauge", "Messages that wait for their turn.", counters.undecided)
    yield _one("gaps_total", "counter", "Gaps in what the sources gave.", snapshot.missed_count)
    yield _one("categories", "gauge", "Categories seen.", snapshot.categories)
    yield _one("rate_per_second", "gauge", "Events a second, over the last 2 minutes.", rate.rate_per_s)
    bits = None if entropy is None else entropy.bits
    yield _one("entropy_bits", "gauge", "How evenly the events of the last minutes spread over the categories.", bits)
    yield _one("watermark_timestamp_seconds", "gauge", "Event time up to which all is counted.", watermark)
    yield _one("behind_seconds", "gauge", "How far that is behind the clock.", snapshot.behind_s)
    up = [({"source": each.name}, float(each.kind != "failing")) for each in snapshot.sources]
    yield Family("source_up", "gauge", "0 while a source is failing.", up)
    again = [({"source": each.name}, float(each.reconnects)) for each in snapshot.sources]
    yield Family("source_reconnects_total", "counter", "How often a source connected again.", again)


_APART: Final = ("read", "undecided")


def _incidents(incidents: Iterable[Incident], vitals: Vitals) -> Iterator[Family]:
    still = Counter[str](incident.kind for incident in incidents if incident.ended is None)
    yield Family("incidents_open", "gauge", "Incidents that go on.", [({"kind": kind}, still[kind]) for kind in _KINDS])
    decided = [({"reason": each.reason, "tells": each.tells}, each.count) for each in vitals.decisions]
    yield Family("decisions_total", "counter", "What was decided of incidents, and what people got of it.", decided)


def _channels(snapshot: Snapshot) -> Iterator[Family]:
    kinds: tuple[tuple[str, Literal["counter", "gauge"], str, str], ...] = (
        ("outbox_waiting", "gauge", "Notices that wait to be sent.", "waiting"),
        ("outbox_oldest_seconds", "gauge", "For how long the oldest of them waits; 0 where none does.", "oldest_s"),
        ("outbox_set_aside", "gauge", "Notices that were refused for their content.", "set_aside"),
        ("channel_failing_seconds", "gauge", "For how long no attempt was taken; 0 where the last was.", "failing_s"),
        ("sent_total", "counter", "Messages that were taken.", "sent"),
        ("send_failures_total", "counter", "Attempts that were not taken, or of which that is not known.", "failed"),
        ("send_retries_total", "counter", "Attempts behind one of those.", "retried"),
        ("send_repeats_total", "counter", "Attempts at what may have been taken before.", "repeated"),
    )
    for name, kind, says, field in kinds:
        samples = [({"channel": each.name}, getattr(each, field) or 0) for each in snapshot.channels]
        yield Family(name, kind, says, samples)


def _store(snapshot: Snapshot, vitals: Vitals) -> Iterator[Family]:
    if snapshot.store is None:
        return
    yield _one("store_up", "gauge", "0 while the store is failing.", snapshot.store.kind != "failing")
    yield _one("store_commits_total", "counter", "Steps that were made durable.", vitals.commits)
    yield _one("store_failures_total", "counter", "Attempts at that which failed.", vitals.failures)


def _one(name: str, kind: Literal["counter", "gauge"], says: str, value: float | None) -> Family:
    return Family(name, kind, says, [({}, value)])


def _text(family: Family) -> str:
    name = f"rarebird_{family.name}"
    lines = [f"{name}{_labels(labels)} {float(value)!r}" for labels, value in family.samples if value is not None]
    return "\n".join((f"# HELP {name} {family.says}", f"# TYPE {name} {family.kind}", *lines, ""))


def _labels(labels: Labels) -> str:
    r"""Labels as they stand in a line, whatever their values hold.

    >>> print(_labels({"channel": 'a"b\n'}))
    {channel="a\"b\n"}
    """
    told = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{','.join(told)}}}" if labels else ""


def _escaped(value: str) -> str:
    whole = value.encode(errors="replace").decode()
    return whole.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
