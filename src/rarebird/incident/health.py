"""The health of a watch, judged from what is known of its parts: docs/health.md has the same table in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from rarebird.incident.wording import span
from rarebird.model.health import Health, HealthReason
from rarebird.model.instant import SECOND, shown
from rarebird.model.plural import counted, were
from rarebird.model.snapshot import ArrivalReading, ChannelReading, SourceReading, StoreReading, TaskReading

UNWRITABLE: Final = 60 * SECOND
"""A store that fails for longer: a restart of the store or of its machine is over in less."""
LOST: Final = 300 * SECOND
"""All sources failing for longer: most servers are restarted in less."""
LATE_S: Final = 300.0
"""What waits longer to be sent is late; a channel that fails for longer is no way to people, s."""
UNKEPT: Final = 100
"""With fewer messages that nothing was kept of, a few stray lines at the start would do."""
OFF_S: Final = 60.0
"""Senders' clocks differ by seconds, and delivery takes some; an event stamped further ahead counts as future."""
STEADY: Final = 60 * SECOND
"""How long all events are that far off before it is the clock: a backlog of a short gap is read in less."""
STEADY_EVENTS: Final = 20
AHEAD: Final = 300 * SECOND
"""How far the time of a stream may be ahead of the clock: an event that is stamped that far ahead is of the future."""
RECENT: Final = 1_000
REJECTED: Final = 0.01
STANDS: Final = 300 * SECOND
"""How long the watermark stands while messages come: times cut to the minute move it every minute."""
COMING: Final = 60 * SECOND
"""Messages come while the last one is no older."""


class Signs(Struct, frozen=True):
    """What health is judged by."""

    sources: tuple[SourceReading, ...] = ()
    store: StoreReading | None = None
    committing_since: int | None = None
    """Since when the store was asked to take what it has not taken yet, µs UTC; None where all is taken."""
    channels: tuple[ChannelReading, ...] = ()
    tasks: tuple[TaskReading, ...] = ()
    arrivals: ArrivalReading = ArrivalReading()
    is_open: bool = True
    """Whether the store and the state are open."""


def health_of(signs: Signs, now: int) -> Health:
    """The health of a watch at an instant, µs UTC by its clock. Pure: the same values give the same health.

    >>> health_of(Signs(tasks=(TaskReading("outages", "given up", "KeyError", 2),)), 0).status
    'failing'
    """
    reasons = [
        *_of_tasks(signs.tasks),
        *_of_store(signs.store, signs.committing_since, now),
        *_of_sources(signs.sources, now),
        *_of_channels(signs.channels),
        *_of_arrivals(signs.arrivals, now),
    ]
    failing = [reason for reason in reasons if reason.status == "failing"]
    degraded = [reason for reason in reasons if reason.status == "degraded"]
    return Health(
        status="failing" if failing else "degraded" if degraded else "ok",
        reasons=(*failing, *degraded, *(reason for reason in reasons if reason.status == "ok")),
        alive=all(reason.name != "task_given_up" for reason in failing),
        ready=signs.is_open,
        beats=not failing and all(reason.name != "all_channels_failing" for reason in degraded),
    )


def _of_tasks(tasks: tuple[TaskReading, ...]) -> Iterator[HealthReason]:
    for task in tasks:
        if task.kind == "given up":
            text = f"The task {task.name} was given up after it ended again and again: {task.detail}."
            yield HealthReason("task_given_up", "failing", text, task.name)
        elif task.kind == "restarting":
            text = f"The task {task.name} ended by {task.detail} and is about to be started again."
            yield HealthReason("task_restarting", "degraded", text, task.name)


def _of_store(store: StoreReading | None, committing_since: int | None, now: int) -> Iterator[HealthReason]:
    if store is None:
        return
    is_failing = store.kind == "failing"
    since = store.failing_since if is_failing else committing_since
    lasted = 0 if since is None else now - since
    why = store.detail if is_failing else "it does not answer"
    if lasted >= UNWRITABLE:
        text = f"The store has taken nothing for {span(lasted / SECOND)}: {why}."
        yield HealthReason("store_not_writable", "failing", text, store.name)
    elif is_failing:
        yield HealthReason("store_failing", "degraded", f"The store fails: {why}.", store.name)


def _of_sources(sources: tuple[SourceReading, ...], now: int) -> Iterator[HealthReason]:
    open_ones = [source for source in sources if source.kind != "ended"]
    failing = [source for source in open_ones if source.kind == "failing"]
    for source in failing:
        yield HealthReason("source_failing", "degraded", f"{source.name} cannot be read: {source.detail}.", source.name)
    if not failing or len(failing) < len(open_ones):
        return
    lasted = min(now - source.since for source in failing)
    if lasted >= LOST:
        text = f"No source could be read for {span(lasted / SECOND)}."
        yield HealthReason("all_sources_failing", "failing", text)


def _of_channels(channels: tuple[ChannelReading, ...]) -> Iterator[HealthReason]:
    for channel in channels:
        if channel.detail:
            text = f"Nothing reaches {channel.name}: {channel.detail}."
            yield HealthReason("channel_failing", "degraded", text, channel.name)
        if channel.oldest_s is not None and channel.oldest_s > LATE_S:
            text = f"What waits for {channel.name} is up to {span(channel.oldest_s)} old."
            yield HealthReason("channel_late", "degraded", text, channel.name)
    if channels and all((channel.failing_s or 0.0) > LATE_S for channel in channels):
        text = f"Nobody was reached for {span(LATE_S)}: every channel fails."
        yield HealthReason("all_channels_failing", "degraded", text)


def _of_arrivals(arrivals: ArrivalReading, now: int) -> Iterator[HealthReason]:
    if arrivals.unkept >= UNKEPT:
        text = f"None of the last {arrivals.unkept:,} messages was kept: they are malformed, late or of the future."
        yield HealthReason("nothing_kept", "failing", text)
    elif arrivals.repeated >= UNKEPT:
        since = "" if arrivals.watermark is None else f" since {shown(arrivals.watermark)} UTC"
        came = f"{counted(arrivals.repeated, 'messages')} came that {were(arrivals.repeated)} taken in before"
        text = f"Nothing new{since}: {came}."
        yield HealthReason("nothing_new", "ok", text)
    # Where nothing was kept of all of them, that says it.
    if arrivals.unkept < arrivals.recent and arrivals.rejected > REJECTED * max(arrivals.recent, RECENT):
        text = f"{arrivals.rejected:,} of the last {arrivals.recent:,} messages could not be read as an event."
        yield HealthReason("rejects", "degraded", text)
    is_off = arrivals.off_since is not None and arrivals.off_count >= STEADY_EVENTS
    if is_off and arrivals.off_since is not None and now - arrivals.off_since >= STEADY:
        side = "ahead of" if arrivals.off_s > 0 else "behind"
        text = f"All events are stamped {span(abs(arrivals.off_s))} or more {side} the clock of this machine."
        yield HealthReason("clock_off", "degraded", text)
    ahead = 0 if arrivals.watermark is None else arrivals.watermark - now
    if ahead > AHEAD:
        text = (
            f"The time of the stream stands {span(ahead / SECOND)} ahead of the clock of this machine: what is stamped "
        )
        yield HealthReason("time_ahead", "degraded", f"{text}before {shown(arrivals.watermark or 0)} UTC is late.")
    read_at, moved_at = arrivals.read_at, arrivals.moved_at
    if read_at is not None and moved_at is not None and now - read_at < COMING and now - moved_at >= STANDS:
        text = f"Messages come, but the time of the stream stands since {span((now - moved_at) / SECOND)}."
        yield HealthReason("time_stands", "degraded", text)
