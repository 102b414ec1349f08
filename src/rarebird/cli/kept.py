"""A watch as its store holds it, for the commands that look at it and those that say something to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from shutil import get_terminal_size
from textwrap import wrap
from typing import Final

import msgspec

from rarebird.cli.clock import now
from rarebird.cli.named import named
from rarebird.cli.options import KeptOptions
from rarebird.cli.output import say
from rarebird.config.settings import Settings
from rarebird.errors import InputError
from rarebird.incident.mutes import Mutes
from rarebird.incident.opening import listed
from rarebird.incident.telling import Nouns
from rarebird.model.incident import Incident
from rarebird.model.reply import Reply
from rarebird.notify.contract import one_line
from rarebird.run.held import unpacked
from rarebird.run.incidents import KEPT
from rarebird.run.looking import looking
from rarebird.store.contract import Store, no_watch

_LOOKS: Final = 40
_LOOK_S: Final = 0.1
_WIDEST: Final = 120
_LONGEST: Final = 10_000
_NAMED: Final = 3
LISTS: Final = "`rarebird incidents` lists all"


class KeptWatch:
    """A watch in a store. What is said to it is taken in at once where it runs, and else with its next start."""

    def __init__(self, store: Store, settings: Settings, nouns: Nouns) -> None:
        self.store, self.settings, self.nouns = store, settings, nouns

    async def incidents(self, most: int) -> list[Incident]:
        """The last incidents, the newest first."""
        return [msgspec.json.decode(body, type=Incident) for body in await self.store.incidents(most)]

    async def incident(self, id: int) -> Incident:
        """One incident. Raises InputError where there is none of that number."""
        body = await self.store.incident(id)
        if body is None:
            there = numbers(await self.incidents(KEPT))
            raise InputError(f"incident {id} is not known in {self.settings.title}: {there}")
        return msgspec.json.decode(body, type=Incident)

    async def check_latest(self, id: int) -> None:
        """Raises InputError where the watch would not know the incident any more."""
        await self.incident(id)
        latest = await self.incidents(KEPT)
        if id not in (each.id for each in latest):
            older = f"incident {id} of {self.settings.title} is too old to be answered"
            raise InputError(f"{older}: the latest {KEPT} can be, from {latest[-1].id} on; {LISTS}")

    async def mutes(self) -> Mutes:
        """The mutes as they stand: those of the options and those that people have said. They are a copy."""
        return (await looking(self.store, now)).running.mutes

    async def leave(self, reply: Reply, done: str) -> None:
        """Says something to the watch, waits a little whether it takes that in, and tells people which."""
        body = msgspec.json.encode(reply)
        await self.store.reply(body)
        for _ in range(_LOOKS):
            if body not in (left for _, left in await self.store.replies(0)):
                say(f"{self.settings.title}: {done}")
                return
            await asyncio.sleep(_LOOK_S)
        say(f"{self.settings.title} does not run just now; when it does: {done}")


@asynccontextmanager
async def kept(options: KeptOptions | None) -> AsyncIterator[KeptWatch]:
    """The watch that a user named, or the only one of its store. Raises StoreError where there is none."""
    asked = options or KeptOptions()
    async with named(asked.store, asked.name) as store:
        saved = await store.open(write=False)
        if saved.checkpoint is None:
            raise no_watch(store.url, await store.watches())
        settings = Settings.of(unpacked(saved, store.url).state["own"]["settings"])
        yield KeptWatch(store, settings, Nouns.of(settings.noun, settings.noun_by, saved.names))


def numbers(latest: Sequence[Incident]) -> str:
    """Which numbers incidents have, the newest first: those that are open, else the last; and where all are listed.

    >>> numbers([])
    'it has found none yet'
    """
    if not latest:
        return "it has found none yet"
    going_on = [str(each.id) for each in reversed(latest) if each.ended is None]
    if going_on:
        return f"open {'is' if len(going_on) == 1 else 'are'} {listed(going_on)}; {LISTS}"
    last = [str(each.id) for each in reversed(latest[:_NAMED])]
    return f"none is open, the last {'is' if len(last) == 1 else 'are'} {listed(last)}; {LISTS}"


def user() -> str:
    """Who is logged in; empty where the system does not know."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def behind(head: str, text: str) -> str:
    """A text behind a head, on lines no wider than the terminal, but 40 letters long at least.

    What comes from the stream, or from people, cannot steer the terminal.
    """
    width = min(get_terminal_size().columns, _WIDEST)
    first, *more = wrap(one_line(text, _LONGEST), max(width - len(head), 40)) or [""]
    return "\n".join([head + first, *(" " * len(head) + line for line in more)])
