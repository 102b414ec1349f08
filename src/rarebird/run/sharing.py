"""Sharing: the intake of a part of a shared watch, which also puts all parts together while it holds the lease."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from rarebird.errors import StoreError
from rarebird.model.batch import Batch
from rarebird.model.position import Position
from rarebird.run.handing import standing_of
from rarebird.run.intake import Intake
from rarebird.source.contract import Source
from rarebird.store.contract import Parts
from rarebird.supervise import Supervisor, always

_T = TypeVar("_T")


class Sharing:
    """Keeps the part by another intake. `whole` follows the whole to its end; it runs where no other process does it.

    At the end of its own input the process ends while other parts go on. The last to end waits for the whole.
    """

    def __init__(
        self,
        own: Intake,
        parts: Parts,
        whole: Callable[[], Awaitable[None]],
        rest: Callable[[], Awaitable[None]],
        tasks: Supervisor | None = None,
    ) -> None:
        self._own, self._parts, self._whole, self._rest = own, parts, whole, rest
        self.tasks = tasks or Supervisor()
        self.is_over = False
        """The input of this part has come to its end."""
        self._deciding: asyncio.Task[None] | None = None

    async def open(self) -> dict[str, Position]:
        """Goes on from what the store holds of the part."""
        positions = await self._own.open()
        self._deciding = self.tasks.start("parts", self._decide, ends=always)
        return positions

    async def take(self, source: Source, batch: Batch, position: Position) -> None:
        """Takes a batch of the part in."""
        await self._own.take(source, batch, position)

    async def failing(self) -> None:
        """Waits until the part or the whole can not be kept any more, and raises why."""
        assert self._deciding is not None
        own = self.tasks.start("store", self._own.failing, ends=always)
        try:
            await asyncio.wait({own, self._deciding}, return_when=asyncio.FIRST_COMPLETED)
            await (own if own.done() else asyncio.shield(self._deciding))
        finally:
            own.cancel()

    async def finish(self) -> None:
        """The end of the part; where all have ended also that of the whole."""
        await self._own.finish()
        self.is_over = True
        assert self._deciding is not None
        if await self._have_ended():
            await asyncio.shield(self._deciding)

    async def close(self) -> None:
        """Lets go of the lease and of the store."""
        if self._deciding is not None:
            self._deciding.cancel()
            await asyncio.gather(self._deciding, return_exceptions=True)
        await self._own.close()
        await self._parts.close()

    async def _decide(self) -> None:
        """Puts the parts together whenever no other process does, until all have ended."""
        while not await _tried(self._followed_whole()):
            await self._rest()

    async def _followed_whole(self) -> bool:
        """Whether the whole has come to its end here; False where another process puts the parts together."""
        if not await self._parts.lease():
            return False
        try:
            await self._whole()
        finally:
            with suppress(StoreError):
                await self._parts.release()
        return True

    async def _have_ended(self) -> bool:
        while (found := await _tried(self._parts.standings())) is None:
            await self._rest()
        standings = map(standing_of, found)
        return all(standing is not None and standing.ended for standing in standings)


async def _tried(what: Coroutine[Any, Any, _T]) -> _T | None:
    """What comes of it; None where another try may: the store was out of reach, or another process was faster."""
    try:
        return await what
    except StoreError as error:
        if error.permanent and not error.fenced:
            raise
        return None
