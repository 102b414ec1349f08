"""`rarebird api`: the page and the API of a watch that another process runs, from its store."""

from __future__ import annotations

import asyncio
import signal

from rarebird.cli.clock import now
from rarebird.cli.named import named
from rarebird.cli.output import say
from rarebird.run.looking import looking, until_stopped
from rarebird.web.serve import serving


def api(*, store: str | None = None, name: str | None = None, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the page and the API of a watch from its store, while another process runs it.

    Parameters
    ----------
    store
        Where the watch keeps what it learns; the SQLite file that `rarebird watch` uses unless set.
    name
        Which watch, where the store holds several.
    host
        The address on which the page is served: this machine only unless set.
    port
        The port of the page.

    """
    asyncio.run(_serve(store, name, host, port))


async def _serve(url: str | None, name: str | None, host: str, port: int) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with named(url, name) as store:
        shown = await looking(store, now)
        async with serving(shown.running, host, port) as address:
            say(f"{shown.running.name}: the page is at {address}/vis")
            await until_stopped(asyncio.create_task(shown.keep_up()), stop)
