"""Serving the app inside the caller's own loop, and stopping while somebody still listens."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn

from rarebird.web.app import app
from rarebird.web.feed import Pace
from rarebird.web.port import take
from rarebird.web.replying import Replying
from rarebird.web.view import View

_GRACE_S = 1
"""How long a request may still take once the end has come; feeds end at once."""
_LOOPBACK = "127.0.0.1"


class _Server(uvicorn.Server):
    """A server that leaves signals to its caller and says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to whoever runs the loop."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says so."""
        await super().startup(sockets)
        self.ready.set()


@contextlib.asynccontextmanager
async def serving(
    view: View, host: str = _LOOPBACK, port: int = 8000, *, pace: Pace | None = None, replying: Replying | None = None
) -> AsyncIterator[str]:
    """Serves the view for as long as the context is open; gives the address of the page's site.

    Port 0 takes any free one. Raises ConfigError where the place cannot be had. Leaving ends all feeds and takes
    at most 2 s. `replying` is where what people say of incidents goes; by the host of its links the site answers, too.
    """
    place = take(host, port)
    ending = asyncio.Event()
    own = {host, socket.gethostname()} if host not in {_LOOPBACK, "localhost"} else {host}
    if replying is not None:
        own.add(replying.links.host)
    config = uvicorn.Config(
        app(view, ending, own, pace, replying),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve([place]))
    running.add_done_callback(lambda _: server.ready.set())
    try:
        await server.ready.wait()
        yield _site(host, place.getsockname()[1])
    finally:
        ending.set()
        server.should_exit = True
        await asyncio.shield(running)


def _site(host: str, port: int) -> str:
    """The address by which a browser on this machine reaches it."""
    name = "localhost" if host in {_LOOPBACK, "0.0.0.0"} else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"
