"""The local runner: one process reads all sources of a watch to their end."""

from __future__ import annotations

import asyncio

from rarebird.errors import SourceError
from rarebird.model.position import Position
from rarebird.run.intake import Intake, Unkept
from rarebird.run.running import Running
from rarebird.source.contract import Source
from rarebird.supervise import always


async def follow(running: Running, intake: Intake | None = None) -> None:
    """Reads all sources at once until each has ended, then ends the watch.

    Where one of several cannot be read any more that is noted and the others go on; raises SourceError where none
    could be read to its end, and StoreError where what comes in cannot be kept any more.
    """
    intake = intake or Unkept(running)
    tasks: list[asyncio.Task[None]] = []
    outcomes: list[SourceError | None] = []
    try:
        positions = await intake.open()
        running.is_open = True
        reads = [_Reading(source, running, intake, positions.get(source.name)) for source in running.sources]
        tasks = [
            running.tasks.start("reading", lambda: _read_all(running, reads), ends=always),
            running.tasks.start("store", intake.failing, ends=always),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
        outcomes = [read.outcome for read in reads]
        await intake.finish()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await intake.close()
    faults = [outcome for outcome in outcomes if outcome is not None]
    if faults and len(faults) == len(outcomes):
        raise faults[0]


async def _read_all(running: Running, reads: list[_Reading]) -> None:
    tasks = [running.tasks.start(f"reading {read.source.name}", read.run, ends=read.is_vital) for read in reads]
    try:
        if tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Reading:
    """Reads one source to its end, from where it was last."""

    def __init__(self, source: Source, running: Running, intake: Intake, since: Position | None) -> None:
        self.source, self._running, self._intake, self._since = source, running, intake, since
        self._is_taken = True
        self.outcome: SourceError | None = SourceError(f"{source.name} could not be read to its end", permanent=True)

    def is_vital(self, _error: Exception) -> bool:
        """Whether going on would count a part of a batch twice, or miss what nobody gives again."""
        return not self._is_taken or not (self.source.live or self.source.again)

    async def run(self) -> None:
        """Until it has ended, or cannot be read any more."""
        try:
            async for batch, position in self.source.read(self._since):
                self._is_taken = False
                await self._intake.take(self.source, batch, position)
                self._is_taken, self._since = True, position
        except SourceError as error:
            if len(self._running.sources) > 1:
                self._running.note(f"{self.source.name} is given up: {error}", self._running.watch.watermark or 0)
            self.outcome = error
        else:
            self.outcome = None
