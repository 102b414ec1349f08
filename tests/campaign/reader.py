"""A process that watches a file or a pipe and says what it has counted: python -m with url, watch, source.

It commits far more often than a user's would, so that a kill meets every moment of a commit.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from functools import partial

from rarebird.config.settings import Settings
from rarebird.config.stores import open_store
from rarebird.decode import Decoder
from rarebird.model.batch import Batch
from rarebird.model.fields import Fields
from rarebird.model.position import Position
from rarebird.run.keeping import Keeping
from rarebird.run.local import follow
from rarebird.run.running import Running
from rarebird.run.steps import Pace
from rarebird.source.contract import Source
from rarebird.source.file import FileSource
from rarebird.source.live import Backoff
from rarebird.source.stdin import StdinSource

FIELDS = Fields(
    time="mtime", by="group.group_state", id=("rsvp_id", "response"), where=(("group.group_country", "us"),)
)
SETTINGS = Settings(name="campaign", title="Campaign", fields=FIELDS, half_life="10m")
LIMIT = 32 << 10
"""Bytes of a block: some 30 messages."""
PAUSE_S = 0.004
PACE = Pace(every_s=0.01, held_s=0.01, entries=40)


class Slow(FileSource):
    """A file that takes seconds to read."""

    async def read(self, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
        async for batch, position in super().read(since):
            yield batch, position
            await asyncio.sleep(PAUSE_S)


def source_of(path: str, running: Running) -> Source:
    decoder = partial(Decoder, running.watch.fields, running.watch.categories)
    if path == "-":
        return StdinSource(0, decoder, clock=lambda: 0, form="json")
    return Slow([path], decoder, clock=lambda: 0, form="json", limit=LIMIT, rows=1)


async def main(url: str, watch: str, path: str) -> None:
    running = Running(SETTINGS.watch(), SETTINGS, ())
    running.sources = [source_of(path, running)]
    keeping = Keeping(running, open_store(url, watch), pace=PACE, backoff=Backoff(first_s=0.05, longest_s=0.2))
    telling = asyncio.create_task(tell(running))
    await follow(running, keeping)
    telling.cancel()
    print("ended", flush=True)


async def tell(running: Running) -> None:
    """Says how many messages are counted whenever that has changed."""
    version = -1
    while True:
        await running.changed(version)
        version = running.version
        print(running.watch.tally.read, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
