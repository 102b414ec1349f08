"""`rarebird watch`: follow a stream, and show it."""

from __future__ import annotations

import asyncio

from rarebird.cli.clock import now
from rarebird.cli.live import run
from rarebird.cli.options import Dash, FieldOptions, Flag, checked
from rarebird.config.settings import settings
from rarebird.config.sources import open_sources, preset_for
from rarebird.run.running import Running


def watch(
    *source: Dash,
    fields: FieldOptions | None = None,
    name: str | None = None,
    fresh: Flag = False,
    host: str = "127.0.0.1",
    port: int = 8000,
    no_web: Flag = False,
) -> None:
    """Follow SOURCE and show it on a page, until its end or Ctrl-C.

    Parameters
    ----------
    source
        -, a file (JSON lines or CSV, also .gz and .zst), http(s)://…, ws(s)://… or a preset (wikipedia). Files are
        read one after another, all else at the same time.
    name
        What the watch is called; from its sources and category unless set.
    fresh
        Begin without anything learned before. Nothing is kept between runs yet, so every start is fresh.
    host
        The address on which the page is served: this machine only unless set.
    port
        The port of the page.
    no_web
        Serve no page.

    """
    del fresh
    from rarebird.cli.main import app

    checked(source, app["watch"])
    options = fields or FieldOptions()
    preset = preset_for(source, options.preset)
    chosen = settings(options.chosen(name), source, preset)
    following = chosen.watch()
    sources = open_sources(source, following.fields, following.categories, preset=preset, clock=now)
    live = any(each.live for each in sources)
    running = Running(following, chosen, sources, now if live else None)
    asyncio.run(run(running, host=host, port=None if no_web else port, browser=False))
