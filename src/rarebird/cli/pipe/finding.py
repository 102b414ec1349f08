"""`rarebird pipe detect --store`: what detectors find in the seconds that a store holds, told as incidents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from rarebird.cli.clock import now
from rarebird.cli.options import AliveOptions, DetectOptions
from rarebird.cli.pipe.stage import say
from rarebird.config.chosen import KEEP, Chosen
from rarebird.config.muted import Muted
from rarebird.config.settings import Settings, settings
from rarebird.config.sources import preset_for
from rarebird.config.stores import kept_for, open_store, retention_of
from rarebird.config.wanted import NONE
from rarebird.pipe.asked import PATIENT, asked
from rarebird.pipe.taken import Status
from rarebird.source.live import is_fresh

if TYPE_CHECKING:
    from rarebird.model.history import Past
    from rarebird.run.keeping import Keeping
    from rarebird.run.running import Running
    from rarebird.store.contract import Store


def settings_of(name: str, preset: str | None, detect: DetectOptions) -> Settings:
    """Those of the watch that holds what is found in a stream. Raises ConfigError."""
    from rarebird.pipe.insert import incidents_of

    known = preset_for([], preset)
    found = settings(detect.added(Chosen(name=incidents_of(name))), [], known)
    return structs.replace(found, title=known.title if known else name)


async def find(url: str, name: str, own: Settings, notify: Sequence[str], *, fresh: bool, notify_past: bool) -> None:
    """Follows the seconds of a stream, and tells what is found in them, until the stream ends or a signal."""
    from rarebird.cli.live import run
    from rarebird.cli.notifying import Telling, attach
    from rarebird.pipe.insert import distribution_of
    from rarebird.pipe.stored import Stored
    from rarebird.run.keeping import Keeping
    from rarebird.run.running import Running

    watch, retention = own.watch(), retention_of(KEEP)
    seconds, store = open_store(url, distribution_of(name)), open_store(url, own.name, retention=retention)
    running = Running(watch, own, (), now if await _is_live(seconds) else None)
    running.tells_readings = True
    keeping: Keeping | None = None

    async def relearn(until: int, coded: Callable[[Past], Past]) -> None:
        assert keeping is not None
        await _relearn(running, seconds, store, until, coded)
        keeping.checkpoint_soon()

    running.sources = [Stored(seconds, watch.categories, say, relearn)]
    to = Telling(KEEP, notify, NONE, Muted(), None, AliveOptions(notify_past=notify_past))
    sending = attach(running, to, kept=True)
    keeping = Keeping(running, store, keeps=kept_for(retention), fresh=fresh, sending=sending)
    try:
        await run(running, keeping, host="", port=None)
    finally:
        await seconds.close()


async def _relearn(running: Running, seconds: Store, store: Store, until: int, coded: Callable[[Past], Past]) -> None:
    """Takes level and shares up to a second from what the stream's own history holds by minute and hour."""
    from rarebird.run.relearning import history, incidents, left_out

    detection = running.watch.detection
    if detection is not None:
        past = [coded(each) for each in await history(seconds, until)]
        detection.relearn(past, left_out(running, await incidents(store), until))


async def _is_live(seconds: Store) -> bool:
    """Whether what is kept goes on now, or has not begun; else it is held against no clock."""
    await asked(lambda: seconds.open(write=False), say, PATIENT)
    body = await asked(seconds.status, say, PATIENT)
    status = None if body is None else msgspec.json.decode(body, type=Status)
    if status is None or status.until is None:
        return True
    return not status.ended and is_fresh(status.until, now())
