"""What people say of incidents by a link or a button, on its way to a running watch."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable

import msgspec

from rarebird.cli.clock import now
from rarebird.config.links import open_links
from rarebird.config.stores import open_store
from rarebird.model.reply import Reply
from rarebird.notify.links import Links
from rarebird.run.running import Running
from rarebird.web.replying import Replying

Hears = Callable[[Reply], Awaitable[None]]


def replying_to(running: Running, url: str | None, store: str | None, *, kept: bool) -> Replying | None:
    """How the page of a watch takes what people say, where they reach it at `url`; None without.

    `kept`: the watch is kept in the store at the address `store`. Raises ConfigError.
    """
    if url is None:
        return None
    name = running.settings.name
    hears = left_in(store, name) if kept else told_to(running)
    return Replying(open_links(url, store, name, os.environ, kept=kept), hears, now)


def links_of(replying: Replying | None) -> Links | None:
    """The links that go out with notices."""
    return None if replying is None else replying.links


def left_in(url: str | None, name: str) -> Hears:
    """Leaves what is said in the store of a watch, where whoever runs it finds it, now or after a restart."""

    async def leave(reply: Reply) -> None:
        store = open_store(url, name)
        try:
            await store.reply(msgspec.json.encode(reply))
        finally:
            await store.close()

    return leave


def told_to(running: Running) -> Hears:
    """Says it to a watch that no store keeps."""

    async def tell(reply: Reply) -> None:
        running.answer(reply)

    return tell
