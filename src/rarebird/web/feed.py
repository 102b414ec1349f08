"""The live feed: server-sent events with all that the page shows, for as long as somebody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from msgspec import Struct

from rarebird.model.snapshot import Snapshot
from rarebird.web.answer import Opening, Tick, opening, tick
from rarebird.web.view import View

HEADERS: Final = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
"""A proxy in between must neither collect nor keep what it passes on."""
_RETRY: Final = b"retry: 1000\n\n"
_ALIVE: Final = b": alive\n\n"
_STEP_S: Final = 15
"""A watch that falls behind says so again after so many seconds."""


class Pace(Struct, frozen=True):
    """How often a feed speaks, s."""

    least: float = 0.25
    """Between two events: more often no eye needs it."""
    look: float = 1.0
    """Where no tick closes, after how long to look for other news, such as a lost source."""
    comment: float = 15.0
    """Where there is no news, after how long to send a comment, so that nobody in between hangs up."""


class Feed:
    """The feed of one view. `ending` ends all who listen."""

    def __init__(self, view: View, ending: asyncio.Event, pace: Pace) -> None:
        self._view = view
        self._ending = ending
        self._pace = pace

    async def events(self) -> AsyncIterator[bytes]:
        """The event `snapshot`, then an event `tick` whenever there is news."""
        told = self._view.snapshot()
        moments = self._view.moments()
        last = moments[-1].time if moments else None
        yield _RETRY + _event("snapshot", opening(told, moments))
        quiet = 0.0
        while not self._ending.is_set():
            snapshot = await self._later(told.version)
            if _news(snapshot) == _news(told):
                quiet += self._pace.look
                if quiet >= self._pace.comment:
                    quiet = 0.0
                    yield _ALIVE
                continue
            newest = next(reversed(self._view.moments()), None)
            fresh = newest is not None and newest.time != last
            yield _event("tick", tick(snapshot, newest if fresh else None))
            told, quiet, last = snapshot, 0.0, newest.time if newest else None
            await self._rest()

    async def _later(self, version: int) -> Snapshot:
        """The next snapshot, or what stands when the time to look has passed or the end has come."""
        change = asyncio.create_task(self._view.changed(version), name="request: feed")
        end = asyncio.create_task(self._ending.wait(), name="request: feed")
        try:
            await asyncio.wait({change, end}, timeout=self._pace.look, return_when=asyncio.FIRST_COMPLETED)
            return change.result() if change.done() else self._view.snapshot()
        finally:
            change.cancel()
            end.cancel()

    async def _rest(self) -> None:
        """What comes within this time is told together."""
        end = asyncio.create_task(self._ending.wait(), name="request: feed")
        try:
            await asyncio.wait({end}, timeout=self._pace.least)
        finally:
            end.cancel()


def _news(snapshot: Snapshot) -> tuple[object, ...]:
    behind = int((snapshot.behind_s or 0.0) // _STEP_S)
    sending = [(each.waiting, each.sent, each.detail, (each.oldest_s or 0.0) // _STEP_S) for each in snapshot.channels]
    reasons = [(each.name, each.about) for each in snapshot.health.reasons]
    return snapshot.version, snapshot.sources, snapshot.notes, snapshot.finished, behind, sending, reasons


def _event(name: str, value: Opening | Tick) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(value) + b"\n\n"
