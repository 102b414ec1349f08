"""What people say of incidents by a link or a button, on its way to a running watch."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from rarebird.cli.clock import now
from rarebird.cli.output import say
from rarebird.config.links import open_links
from rarebird.config.stores import open_store
from rarebird.model.reply import Reply
from rarebird.notify.links import Links
from rarebird.run.running import Running
from rarebird.source.live import LONG, Backoff
from rarebird.supervise import Supervisor
from rarebird.web.replying import Replying

if TYPE_CHECKING:
    from rarebird.notify.slack_socket import SlackSocket

Hears = Callable[[Reply], Awaitable[None]]


def replying_to(running: Running, url: str | None, store: str | None, *, kept: bool, name: str = "") -> Replying | None:
    """How the page of a watch takes what people say, where they reach it at `url`; None without.

    `kept`: the watch is kept in the store at the address `store`, under `name` where it is not its own. Raises
    ConfigError.
    """
    if url is None:
        return None
    name = name or running.settings.name
    hears = left_in(store, name) if kept else told_to(running)
    return Replying(open_links(url, store, name, os.environ, kept=kept), hears, now)


class Hearing(NamedTuple):
    """How people answer: on the page, where they reach it, and in Slack, where somebody listens."""

    replying: Replying | None = None
    socket: SlackSocket | None = None

    @property
    def links(self) -> Links | None:
        """The links that go out with notices."""
        return None if self.replying is None else self.replying.links

    def has_buttons(self) -> bool:
        """Whether a button in Slack would be heard."""
        return self.socket is not None and self.socket.works

    @asynccontextmanager
    async def listening(self, tasks: Supervisor) -> AsyncIterator[None]:
        """Listens to clicks within the block."""
        if self.socket is None:
            yield
            return
        async with tasks.during("Slack buttons", self.socket.listen):
            yield


UNHEARD: Final = Hearing()


def hearing(running: Running, notify: Sequence[str], url: str | None, store: str | None, *, kept: bool) -> Hearing:
    """How people answer what a watch tells by the channels of `notify`, with its page at `url`. Raises ConfigError."""
    socket = None
    if "slack" in notify:
        from rarebird.notify.slack_socket import Ear, socket_of

        name = running.settings.name
        hears = left_in(store, name) if kept else told_to(running)
        socket = socket_of(os.environ, Ear(name, running.incidents, hears, say), Backoff(), LONG)
    return Hearing(replying_to(running, url, store, kept=kept), socket)


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
