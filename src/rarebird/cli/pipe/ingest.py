"""`rarebird pipe ingest`: what a stream sends, as lines of events."""

from __future__ import annotations

from rarebird.cli.options import Dash, FieldOptions, checked
from rarebird.cli.output import write
from rarebird.cli.pipe.stage import run, say


def ingest(
    *source: Dash,
    fields: FieldOptions | None = None,
    once: bool = False,
) -> None:
    """Read SOURCE and write its events in order, without repeats.

    A line is {"time": …, "category": …}; {"watermark": …} says that nothing earlier follows, so that time moves when
    nothing happens, and {"end": true} that the stream is over.

    Parameters
    ----------
    source
        -, a file (JSON lines or CSV, also .gz and .zst), http(s)://…, ws(s)://… or a preset.
    once
        End where a stream over HTTP or WebSocket is properly ended by its server, rather than connect again.

    """
    from rarebird.cli.clock import now, steady
    from rarebird.cli.main import app
    from rarebird.config.settings import settings
    from rarebird.config.sources import open_sources, preset_for
    from rarebird.pipe.ingest import Ingest

    checked(source, app["pipe"]["ingest"])
    options = fields or FieldOptions()
    preset = preset_for(source, options.preset)
    watch = settings(options.chosen(), source, preset).watch()
    sources = open_sources(
        source, watch.fields, watch.categories, preset=preset, clock=now, steady=steady, follow=not once
    )
    run(Ingest(sources, watch, write, say).run())
