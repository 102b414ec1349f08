"""`rarebird summary`: read to the end, and say what was there."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rarebird.cli.clock import now
from rarebird.cli.options import Dash, FieldOptions, Flag, checked
from rarebird.config.settings import settings
from rarebird.config.sources import open_sources, preset_for


def summary(
    *source: Dash,
    fields: FieldOptions | None = None,
    json: Flag = False,
) -> None:
    """Read to the end of SOURCE and say what was there.

    Parameters
    ----------
    source
        -, a file (JSON lines or CSV, also .gz and .zst), http(s)://…, ws(s)://… or a preset.
    json
        Print one JSON object instead of a table.

    """
    from rarebird.cli.main import app

    checked(source, app["summary"])
    options = fields or FieldOptions()
    preset = preset_for(source, options.preset)
    chosen = settings(options.chosen(), source, preset)
    watch = chosen.watch()
    sources = open_sources(source, watch.fields, watch.categories, preset=preset, clock=now, follow=False)

    async def read() -> None:
        with _bar(sys.stderr.isatty()) as show:
            for each in sources:
                async for batch, _ in each.read(None):
                    watch.feed(batch)
                    show(*getattr(each, "progress", (0, 0)))
        watch.finish()

    asyncio.run(read())
    from rarebird.cli.report import hints, print_json, print_table

    if json:
        print_json(watch.report(), sys.stdout)
    else:
        print_table(watch.report(), sys.stdout, watch.time_form)
    for hint in hints(watch):
        print(f"rarebird: {hint}", file=sys.stderr)


@contextmanager
def _bar(shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; the function given takes bytes read and their total."""
    if not shown:
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=None)

        def show(read: int, total: int) -> None:
            progress.update(task, completed=read, total=total or None)

        yield show
