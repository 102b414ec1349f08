"""The intake: what stands between the sources and a running watch, with or without a store behind it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from rarebird.model.batch import Batch
from rarebird.model.position import Position
from rarebird.run.redelivery import Redelivery
from rarebird.run.running import Running
from rarebird.run.seams import Seams
from rarebird.source.contract import Source


class Intake(Protocol):
    """Where all that sources give goes."""

    async def open(self) -> dict[str, Position]:
        """Where each source goes on, by its name; one that is not named begins at its start."""
        ...

    async def take(self, source: Source, batch: Batch, position: Position) -> None:
        """Takes a batch in, and waits where no more can be taken."""
        ...

    async def failing(self) -> None:
        """Waits until nothing more can ever be taken, and raises the reason."""
        ...

    async def finish(self) -> None:
        """The end of the input."""
        ...

    async def close(self) -> None:
        """Lets go; what was taken stays where it can."""
        ...


class Unkept:
    """Straight into the watch: nothing is kept between runs."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._seams = Seams(sources=running.sources)
        self._redelivery = Redelivery(running.watch, running.sources)

    async def open(self) -> dict[str, Position]:
        """Every source begins at its start."""
        return {}

    async def take(self, source: Source, batch: Batch, position: Position) -> None:
        """Takes a batch in."""
        missed = self._seams.crossed(source, batch, position, self._running.watch.watermark)
        self._running.take(self._redelivery.marked(source, batch), missed)
        settle(self._running)

    async def failing(self) -> None:
        """Never."""
        await asyncio.get_running_loop().create_future()

    async def finish(self) -> None:
        """The end of the input."""
        self._running.finish()

    async def close(self) -> None:
        """Nothing to let go of."""


def settle(running: Running) -> None:
    """Tells the sources up to where all was taken in."""
    watermark = running.watch.watermark
    if watermark is not None:
        for source in running.sources:
            source.settle(watermark)
