"""Sending what a running watch finds: `--notify` of `rarebird watch`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from rarebird.config.notifiers import open_notifier
from rarebird.config.rules import OFF, Wanted, rules, sightings
from rarebird.errors import NotifyError
from rarebird.notify.news import record_text, sightings_text
from rarebird.notify.outgoing import Outgoing
from rarebird.notify.waiting import Waiting
from rarebird.run.alerts import Alerts
from rarebird.source.live import Backoff
from rarebird.watch import Watch

DRAIN_S: Final = 30.0
"""How long the end of a watch waits for what is not sent yet."""


def alerts(watch: Watch, names: Sequence[str], wanted: Wanted, unusual: str) -> Alerts | None:
    """What the rules find in a watch, with a queue for each notifier; None where there is none. Raises ConfigError."""
    at_work, single = rules(wanted), None if unusual == OFF else sightings(unusual)
    queues = [Waiting(Outgoing(open_notifier(name, os.environ, _write), _say, Backoff())) for name in names]
    return Alerts(watch, at_work, single, queues) if queues else None


@asynccontextmanager
async def notifying(alerts: Alerts, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Sends meanwhile; at the end what still waits, for up to `DRAIN_S`, and says how often each rule has alerted."""
    sending = [asyncio.create_task(_send(queue, say)) for queue in alerts.queues]
    try:
        yield
    finally:
        alerts.finish()
        if sending:
            await asyncio.wait(sending, timeout=DRAIN_S)
        for task, queue in zip(sending, alerts.queues, strict=True):
            task.cancel()
            if unsent := len(queue) + queue.dropped:
                say(f"{unsent:,} notices were not sent")
        for record in alerts.rules.records:
            if record.readings:
                say(record_text(record))
        if alerts.sightings is not None and alerts.sightings.events:
            say(sightings_text(alerts.sightings))


async def _send(queue: Waiting, say: Callable[[str], None]) -> None:
    try:
        await queue.send()
    except NotifyError as error:
        say(f"{error}; the watch goes on without it")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        say("standard output was closed; the watch goes on without it")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
