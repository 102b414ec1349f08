"""The local runner: one process reads all sources of a watch to their end."""

from __future__ import annotations

import asyncio

from rarebird.errors import SourceError
from rarebird.model.position import Position
from rarebird.run.intake import Intake, Unkept
from rarebird.run.running import Running
from rarebird.source.contract import Source


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
        reading = asyncio.create_task(_read_all(running, intake, positions, outcomes))
        tasks = [reading, asyncio.create_task(intake.failing())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
        await intake.finish()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await intake.close()
    faults = [outcome for outcome in outcomes if outcome is not None]
    if faults and len(faults) == len(outcomes):
        raise faults[0]


async def _read_all(
    running: Running, intake: Intake, positions: dict[str, Position], outcomes: list[SourceError | None]
) -> None:
    reads = (_read(source, running, intake, positions.get(source.name)) for source in running.sources)
    outcomes += await asyncio.gather(*reads)


async def _read(source: Source, running: Running, intake: Intake, since: Position | None) -> SourceError | None:
    try:
        async for batch, position in source.read(since):
            await intake.take(source, batch, position)
    except SourceError as error:
        if len(running.sources) > 1:
            running.note(f"{source.name} is given up: {error}", running.watch.watermark or 0)
        return error
    return None
