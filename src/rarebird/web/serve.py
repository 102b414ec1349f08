"""Serving the app inside the caller's own loop, and stopping while somebody still listens."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import uvicorn

from rarebird.supervise import Supervisor
from rarebird.web.app import app
from rarebird.web.connection import Connection, Connections
from rarebird.web.feed import Pace
from rarebird.web.port import take
from rarebird.web.replying import Replying
from rarebird.web.room import Room, raised
from rarebird.web.view import View

_GRACE_S = 1
"""How long a request may still take once the end has come; feeds end at once."""
_LOOPBACK = "127.0.0.1"
_QUEUE = 1024
"""Connections that the system holds until they are taken; where it is full, a client tries again after a second."""


class _Server(uvicorn.Server):
    """A server that leaves signals to its caller and says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: asyncio.Event) -> None:
        super().__init__(config)
        self.ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to whoever runs the loop."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says so."""
        await super().startup(sockets)
        for each in sockets or []:
            # The backlog of the server is also how many connections it takes at once, before it can count them.
            each.listen(_QUEUE)
        self.ready.set()


class _Page:
    """Serves an app at one place, which is taken again where it has to be served again."""

    def __init__(self, config: uvicorn.Config, host: str, port: int) -> None:
        self._config, self._host = config, host
        self._place: socket.socket | None = take(host, port)
        self.port: int = self._place.getsockname()[1]
        self._server: _Server | None = None
        self.ready = asyncio.Event()
        self._is_ending = False

    async def serve(self) -> None:
        """Until it is asked to end. Raises ConfigError where the place cannot be had any more."""
        place, self._place = self._place or take(self._host, self.port), None
        server = self._server = _Server(self._config, self.ready)
        server.should_exit = self._is_ending
        try:
            await server.serve([place])
        except Exception:
            if server.started:
                await server.shutdown([place])
            raise
        finally:
            place.close()

    def end(self) -> None:
        """Asks it to end."""
        self._is_ending = True
        if self._server is not None:
            self._server.should_exit = True


@contextlib.asynccontextmanager
async def serving(  # noqa: PLR0913 - what is served, where and how, each by name
    view: View,
    host: str = _LOOPBACK,
    port: int = 8000,
    *,
    pace: Pace | None = None,
    replying: Replying | None = None,
    tasks: Supervisor | None = None,
) -> AsyncIterator[str]:
    """Serves the view for as long as the context is open; gives the address of the page's site.

    Port 0 takes any free one. Raises ConfigError where the place cannot be had. Leaving ends all feeds and takes
    at most 2 s. `replying` is where what people say of incidents goes; by the host of its links the site answers, too.
    """
    ending = asyncio.Event()
    own = {host, socket.gethostname()} if host not in {_LOOPBACK, "localhost"} else {host}
    if replying is not None:
        own.add(replying.links.host)
    tasks = tasks or Supervisor()
    room = Room.of(raised())
    config = uvicorn.Config(
        app(view, ending, own, pace, replying),
        http=partial(Connection, Connections(room)),  # type: ignore[arg-type]
        backlog=room.accepted,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    page = _Page(config, host, port)
    with _full_said(tasks.say):
        running = tasks.start("page", page.serve)
        running.add_done_callback(lambda _: page.ready.set())
        try:
            await page.ready.wait()
            yield _site(host, page.port)
        finally:
            ending.set()
            page.end()
            await asyncio.wait({running}, timeout=2 * _GRACE_S)
            running.cancel()
            await asyncio.wait({running})


@contextlib.contextmanager
def _full_said(say: Callable[[str], None]) -> Iterator[None]:
    """Says once that no connection can be taken for want of descriptors, of which asyncio logs each try."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    is_said = False

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal is_said
        fault = context.get("exception")
        if isinstance(fault, OSError) and fault.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
            if not is_said:
                say(f"the page takes no connection for a while: {fault.strerror}; raise the limit (ulimit -n)")
            is_said = True
        elif before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        loop.set_exception_handler(before)


def _site(host: str, port: int) -> str:
    """The address by which a browser on this machine reaches it."""
    name = "localhost" if host in {_LOOPBACK, "0.0.0.0"} else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"
