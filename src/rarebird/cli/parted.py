"""`rarebird watch --part`: following one part of a watch, and the whole while no other process does."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Final

from msgspec import structs

from rarebird.cli.clock import now, steady
from rarebird.cli.hearing import hearing
from rarebird.cli.live import ended, run
from rarebird.cli.notifying import Telling, attach, notifying
from rarebird.cli.output import say
from rarebird.config.parts import Shared
from rarebird.config.settings import Settings
from rarebird.config.sources import open_sources
from rarebird.config.stores import kept_for, open_parts, open_store, retention_of
from rarebird.run.handing import Handing
from rarebird.run.joining import Joining
from rarebird.run.keeping import Keeping
from rarebird.run.local import follow
from rarebird.run.running import Running
from rarebird.run.sharing import Sharing
from rarebird.run.terminal import Teller, tell
from rarebird.source.presets import Preset
from rarebird.store.contract import Parts

_LOOK_S: Final = 0.5
"""Between two looks at the parts."""


def follow_part(shared: Shared, whole: Settings, sources: tuple[str, ...], preset: Preset | None, to: Telling) -> None:
    """Follows sources as a part of the watch with the settings `whole`, until their end or a signal."""
    retention = retention_of(to.keep)
    title = f"{whole.title}, part {shared.number} of {shared.count}"
    own = structs.replace(whole, title=title, false_alarms=None)
    watch = own.watch()
    opened = open_sources(sources, watch.fields, watch.categories, preset=preset, clock=now, steady=steady)
    live = any(each.live for each in opened)
    running = Running(watch, own, opened, now if live else None)
    store = open_store(shared.store, whole.name, retention=retention, part=shared.number)
    keeping = Keeping(running, store, keeps=kept_for(retention), handing=Handing())
    parts = open_parts(shared.store, whole.name, shared.count)
    scan = partial(_whole, shared, whole, to, parts, live=live)
    sharing = Sharing(keeping, parts, lambda: scan(sharing), partial(asyncio.sleep, _LOOK_S), running.tasks)
    asyncio.run(run(running, sharing, host="", port=None, heart=to.alive.heart))


async def _whole(shared: Shared, whole: Settings, to: Telling, parts: Parts, sharing: Sharing, *, live: bool) -> None:
    """Follows the whole until all parts have ended, or another process does."""
    watch, retention = whole.watch(), retention_of(to.keep)
    joining = Joining(
        parts,
        shared.count,
        watch.categories,
        hold_s=shared.hold_s,
        clock=time.monotonic,
        rest=partial(asyncio.sleep, _LOOK_S),
        is_over=lambda: sharing.is_over,
    )
    running = Running(watch, whole, [joining], now if live else None)
    running.tasks = sharing.tasks.within("whole")
    heard = hearing(running, to.notify, to.public_url, shared.store, kept=True)
    sending = attach(running, to, kept=True, heard=heard)
    store = open_store(shared.store, whole.name, retention=retention)
    async with notifying(running), heard.listening(running.tasks):
        teller = Teller(lambda line: say(f"{whole.title}: {line}"))
        telling = running.tasks.start("terminal", partial(tell, running, teller))
        try:
            await follow(running, Keeping(running, store, keeps=kept_for(retention), sending=sending))
        finally:
            if not running.finished:
                telling.cancel()
            await ended(telling)
