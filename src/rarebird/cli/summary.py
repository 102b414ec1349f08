"""`rarebird summary`: read to the end, and say what was there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rarebird.cli.options import Dash, FieldOptions, Flag, checked

if TYPE_CHECKING:
    from rarebird.cli.verdict import Verdict
    from rarebird.config.settings import Settings
    from rarebird.source.contract import Source
    from rarebird.source.presets import Preset
    from rarebird.watch import Watch


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
    from rarebird.cli.output import put, say
    from rarebird.cli.report import print_json, print_table
    from rarebird.config.settings import settings
    from rarebird.config.sources import preset_for

    checked(source, app["summary"])
    options = fields or FieldOptions()
    preset = preset_for(source, options.preset)
    chosen = settings(options.chosen(), source, preset)
    report, time_form, told, found = _summed_up(chosen, source, preset)
    if json:
        print_json(report, put)
    else:
        print_table(report, put, time_form)
    for hint in told:
        say(f"rarebird: {hint}")
    found.give()


def _summed_up(
    chosen: Settings, source: tuple[str, ...], preset: Preset | None
) -> tuple[dict[str, Any], str, list[str], Verdict]:
    """The report on all that the sources hold, how they write their times, hints for the user, and the verdict."""
    import asyncio

    from rarebird.cli.clock import now
    from rarebird.cli.report import hints
    from rarebird.cli.verdict import verdict
    from rarebird.config.sources import open_sources
    from rarebird.stats.summary import report

    watch = chosen.watch()
    sources = open_sources(source, watch.fields, watch.categories, preset=preset, clock=now, follow=False)
    asyncio.run(_read(watch, sources))
    time_form, told, found = watch.time_form, list(hints(watch)), verdict(watch, sources)
    # What a report needs is held by itself: with a million categories the rest of the watch is 20 MB.
    tally, categories, counts, gaps, surprisal = (
        watch.tally,
        watch.categories,
        watch.counts,
        watch.gaps,
        watch.surprisal,
    )
    del watch, sources
    return report(tally, categories.names, counts.events, gaps, surprisal), time_form, told, found


async def _read(watch: Watch, sources: list[Source]) -> None:
    """Feeds the watch all that the sources hold, one after another, to the end."""
    from rarebird.cli.progress import bar

    with bar(sys.stderr.isatty()) as show:
        for source in sources:
            async for batch, _ in source.read(None):
                watch.feed(batch)
                show(*getattr(source, "progress", (0, 0)))
    watch.finish()
