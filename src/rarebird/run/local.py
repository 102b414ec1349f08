"""The local runner: one process reads all sources of a watch to their end."""

from __future__ import annotations

import asyncio

from rarebird.errors import SourceError
from rarebird.run.running import Running
from rarebird.source.contract import Source


async def follow(running: Running) -> None:
    """Reads all sources at once until each has ended, then ends the watch.

    Where one of several cannot be read any more that is noted and the others go on; raises SourceError where none
    could be read to its end.
    """
    outcomes = await asyncio.gather(*(_read(source, running) for source in running.sources))
    faults = [outcome for outcome in outcomes if outcome is not None]
    running.finish()
    if faults and len(faults) == len(outcomes):
        raise faults[0]


async def _read(source: Source, running: Running) -> SourceError | None:
    try:
        async for batch, _ in source.read(None):
            running.take(batch)
            watermark = running.watch.watermark
            if watermark is not None:
                source.settle(watermark)
    except SourceError as error:
        if len(running.sources) > 1:
            running.note(f"{source.name} is given up: {error}", running.watch.watermark or 0)
        return error
    return None
