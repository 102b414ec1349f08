"""The first message of a watch: what is being watched, and until when it learns."""

from __future__ import annotations

from typing import Final

from rarebird.incident.opening import Watched, opening
from rarebird.notify.contract import Notice
from rarebird.run.running import Running
from rarebird.store.contract import JOINED

KEY: Final = "first"


def first_notice(running: Running, now: int) -> Notice:
    """What a watch that begins at `now`, µs UTC, says of itself to those who have not heard of it."""
    settings = running.settings
    watched = Watched(
        title=settings.title,
        sources=["all of its parts" if source.name == JOINED else source.name for source in running.sources],
        by=settings.fields.by,
        together=settings.watched,
        noun_by=settings.noun_by,
        false_alarms=settings.false_alarms,
    )
    return Notice(now, opening(watched, None if running.clock is None else now), KEY)
