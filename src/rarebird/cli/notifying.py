"""Sending what a running watch finds: `--notify` of `rarebird watch`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

from rarebird.cli.clock import now
from rarebird.cli.hearing import UNHEARD, Hearing
from rarebird.cli.muting import muted
from rarebird.cli.options import AliveOptions
from rarebird.cli.output import let_go, say, write_some
from rarebird.config.digests import hour
from rarebird.config.muted import Muted
from rarebird.config.notifiers import open_notifier
from rarebird.config.rules import rules_at_work
from rarebird.config.wanted import Wanted
from rarebird.errors import ConfigError, NotifyError
from rarebird.notify.contract import ChannelClosed, Notifier
from rarebird.notify.news import record_text, sightings_text
from rarebird.notify.outgoing import Outgoing, not_sent
from rarebird.notify.waiting import Waiting
from rarebird.run.alerts import Alerts
from rarebird.run.channels import Channel, Channels
from rarebird.run.digests import Digests
from rarebird.run.first import first_notice
from rarebird.run.outbox import Outbox
from rarebird.run.running import Running
from rarebird.run.sending import DRAIN_S, LAST_S, Sending
from rarebird.source.live import LONG, Backoff


class Telling(NamedTuple):
    """How a watch is kept, to whom it tells what is news, and what it does not tell."""

    keep: str
    notify: Sequence[str]
    rules: Wanted
    mutes: Muted
    public_url: str | None
    """How people reach the page, where they may answer there."""
    alive: AliveOptions


def attach(running: Running, to: Telling, *, kept: bool, heard: Hearing = UNHEARD) -> Sending | None:
    """Has what is found in a watch told by notifiers; how that is sent where the watch is `kept` in a store.

    `heard` is how people can answer it.

    Raises ConfigError.
    """
    running.mutes.give(muted(to.mutes, running.settings.zone.name, live=running.clock is not None))
    at_work, single = rules_at_work(to.rules)
    ways = {
        name: Outgoing(_opened(name, running.settings.name, heard), say, Backoff(), LONG, links=heard.links)
        for name in to.notify
    }
    asked = to.alive.digest
    digests = None if asked is None else Digests(hour(asked, running.settings.zone))
    if not ways:
        if digests is not None:
            raise ConfigError("--digest: expected --notify beside it, which says to whom it is sent")
        return None
    running.age.begin(now(), past=to.alive.notify_past)
    alerts = None if to.rules.is_off else Alerts(running.watch, at_work, single, mutes=running.hushes)
    welcome = partial(first_notice, running)
    if not kept:
        queues = [Waiting(way, clock=now, say=say) for way in ways.values()]
        waiting = zip(ways.items(), queues, strict=True)
        running.channels = Channels([Channel(name, way, queue.backlog) for (name, way), queue in waiting], now)
        running.attach(queues, alerts, digests=digests, welcome=welcome)
        return None
    described = [repr(record.rule) for record in at_work.records]
    outbox = Outbox(running.settings.name, to.notify, f"{described} {single!r}", clock=now)
    running.attach([outbox], alerts, outbox, digests, welcome)
    sending = Sending(outbox, ways, say, _closed, now)
    channels = [Channel(each.channel, each.way, each.backlog) for each in sending.deliveries]
    running.channels = Channels(channels, now, outbox.waiting)
    return sending


def _opened(name: str, watch: str, heard: Hearing) -> Notifier:
    return open_notifier(name, os.environ, write_some, watch, heard.has_buttons, say)


@asynccontextmanager
async def notifying(running: Running) -> AsyncIterator[None]:
    """Sends what a watch finds meanwhile, and at its end for a while what still waits; then says how it went.

    Raises NotifyError where something was not sent that no store holds.
    """
    queues = [queue for queue in running.queues if isinstance(queue, Waiting)]
    sending = [running.tasks.start(f"sending to {queue.outgoing.name}", partial(_send, queue)) for queue in queues]
    try:
        yield
    finally:
        for queue in queues:
            queue.finish()
        if sending:
            await asyncio.wait(sending, timeout=DRAIN_S if running.finished else LAST_S)
        for task in sending:
            task.cancel()
        if running.queues and (old := running.withheld()):
            say(old)
        _tell(running.alerts)
        lost = list(filter(None, map(_lost, queues)))
        for each in lost[:-1]:
            say(each)
    if lost:
        raise NotifyError(lost[-1])


def _lost(queue: Waiting) -> str:
    """How much was not sent and never will be, and why; empty where nobody is there any more who could get it."""
    unsent = len(queue) + queue.dropped
    if not unsent:
        return ""
    told = not_sent(unsent, queue.outgoing.name)
    if queue.is_closed:
        say(told)
        return ""
    detail = queue.outgoing.tally.detail
    why = f" ({detail})" if detail else ""
    return f"{told}{why}, and no store holds them: without --no-store the next start sends them"


def _tell(alerts: Alerts | None) -> None:
    """How often each rule has alerted."""
    if alerts is None:
        return
    for record in alerts.rules.records:
        if record.readings:
            say(record_text(record))
    if alerts.sightings is not None and alerts.sightings.events:
        say(sightings_text(alerts.sightings))


async def _send(queue: Waiting) -> None:
    try:
        await queue.send()
    except ChannelClosed as error:
        queue.close()
        _closed(error)


def _closed(error: ChannelClosed) -> None:
    """Nobody reads standard output any more, and nobody can before the next start."""
    let_go()
    say(f"{error}, so nobody gets what is sent there before the next start; the watch goes on")
