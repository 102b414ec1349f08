"""A process that follows one part of a watch, and the whole where no other does: url, watch, file, number, count."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from time import monotonic

from msgspec import structs

from rarebird.config.stores import open_store
from rarebird.run.handing import Handing
from rarebird.run.joining import Joining
from rarebird.run.keeping import Keeping
from rarebird.run.local import follow
from rarebird.run.running import Running
from rarebird.run.sharing import Sharing
from rarebird.source.live import Backoff
from rarebird.store.redis_parts import RedisParts
from tests.campaign.reader import PACE, SETTINGS, source_of

IN_ORDER = structs.replace(SETTINGS, lateness="30s")
"""What is late by this much is late by hours, so that each part finds it late as the whole does."""
REST_S = 0.01
LEASE_MS = 300
BACKOFF = Backoff(first_s=0.05, longest_s=0.2)


async def main(url: str, watch: str, path: str, *, number: int, count: int) -> None:
    running = Running(IN_ORDER.watch(), IN_ORDER, ())
    running.sources = [source_of(path, running)]
    parts, rest = RedisParts(url, watch, count, lease_ms=LEASE_MS), partial(asyncio.sleep, REST_S)

    async def follow_whole() -> None:
        whole = Running(IN_ORDER.watch(), IN_ORDER, ())
        joining = Joining(
            parts,
            count,
            whole.watch.categories,
            hold_s=600,
            clock=monotonic,
            rest=rest,
            is_over=lambda: sharing.is_over,
        )
        whole.sources = [joining]
        await follow(whole, Keeping(whole, open_store(url, watch), pace=PACE, backoff=BACKOFF))

    keeping = Keeping(running, open_store(url, watch, part=number), pace=PACE, backoff=BACKOFF, handing=Handing())
    sharing = Sharing(keeping, parts, follow_whole, rest)
    await follow(running, sharing)
    print("ended", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], number=int(sys.argv[4]), count=int(sys.argv[5])))
