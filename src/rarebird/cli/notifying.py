"""Sending what a running watch finds: `--notify` of `rarebird watch`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from rarebird.cli.output import say, write
from rarebird.config.notifiers import open_notifier
from rarebird.config.rules import OFF, rules, sightings
from rarebird.config.wanted import Wanted
from rarebird.errors import NotifyError
from rarebird.notify.news import record_text, sightings_text
from rarebird.notify.outgoing import Outgoing, not_sent
from rarebird.notify.waiting import Waiting
from rarebird.run.alerts import Alerts
from rarebird.run.running import Running
from rarebird.source.live import Backoff
from rarebird.watch import Watch

DRAIN_S: Final = 30.0
LAST_S: Final = 5.0
"""How long the end of a watch waits for what is not sent yet, s; the second after Ctrl-C."""


def alerts(watch: Watch, names: Sequence[str], wanted: Wanted, unusual: str) -> Alerts | None:
    """What the rules find in a watch, with a queue for each notifier; None where there is none. Raises ConfigError."""
    at_work, single = rules(wanted), None if unusual == OFF else sightings(unusual)
    queues = [Waiting(Outgoing(open_notifier(name, os.environ, write), say, Backoff())) for name in names]
    return Alerts(watch, at_work, single, queues) if queues else None


@asynccontextmanager
async def notifying(running: Running) -> AsyncIterator[None]:
    """Sends what a watch finds meanwhile, and at its end for a while what still waits; then says how it went."""
    if running.alerts is None:
        yield
        return
    queues = running.alerts.queues
    sending = [asyncio.create_task(_send(queue)) for queue in queues]
    try:
        yield
    finally:
        running.alerts.finish()
        await asyncio.wait(sending, timeout=DRAIN_S if running.finished else LAST_S)
        for task in sending:
            task.cancel()
        _tell(running.alerts)


def _tell(alerts: Alerts) -> None:
    """What was not sent, and how often each rule has alerted."""
    for queue in alerts.queues:
        if unsent := len(queue) + queue.dropped:
            say(not_sent(unsent))
    for record in alerts.rules.records:
        if record.readings:
            say(record_text(record))
    if alerts.sightings is not None and alerts.sightings.events:
        say(sightings_text(alerts.sightings))


async def _send(queue: Waiting) -> None:
    try:
        await queue.send()
    except NotifyError as error:
        say(f"{error}; the watch goes on without it")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        say("standard output was closed; the watch goes on without it")
