"""The inbox: what a connection brought and nobody took yet, handed on in few and large parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from rarebird.source.blocks import Block

ENOUGH: Final = 256 << 10
"""Bytes that are handed on at once."""
ROOM: Final = 4 << 20
"""Bytes that may wait; beyond them the connection is not read, so that the sender feels it."""


class Inbox:
    """Blocks between the task that reads a connection and the one that decodes.

    A block that comes alone is handed on at once; where many come, they are gathered for `hold_s`, or until they are
    `ENOUGH`.
    """

    def __init__(self, *, hold_s: float, idle_s: float) -> None:
        self._hold_s, self._idle_s = hold_s, idle_s
        self._now = asyncio.get_running_loop().time
        self._blocks: list[Block] = []
        self._size = 0
        self._ended = False
        self._some, self._enough, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._taken = self._now() - hold_s
        self._heard = self._now()

    @property
    def quiet_s(self) -> float:
        """Seconds since the last byte came."""
        return self._now() - self._heard

    async def fill(self, arriving: AsyncGenerator[list[Block], None]) -> None:
        """Takes in all that arrives, until it ends or fails."""
        try:
            async with aclosing(arriving):
                async for blocks in arriving:
                    self._heard = self._now()
                    await self._put(blocks)
        finally:
            self._ended = True
            self._some.set()
            self._enough.set()

    async def take(self) -> list[Block] | None:
        """What has come; nothing where nothing came for `idle_s`, and None after the end."""
        if not self._blocks and not self._ended:
            await _wait(self._some, self._idle_s)
        if not self._blocks:
            return None if self._ended else []
        hold = self._taken + self._hold_s - self._now()
        if hold > 0:
            await _wait(self._enough, hold)
        self._taken = self._now()
        blocks, self._blocks, self._size = self._blocks, [], 0
        self._room.set()
        if not self._ended:
            self._some.clear()
            self._enough.clear()
        return blocks

    async def _put(self, blocks: list[Block]) -> None:
        if not blocks:
            return
        self._blocks += blocks
        self._size += sum([len(block.data) for block in blocks])
        self._some.set()
        if self._size >= ENOUGH:
            self._enough.set()
        while self._size >= ROOM:
            self._room.clear()
            await self._room.wait()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
