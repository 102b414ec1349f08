"""`rarebird backtest`: what a watch would have told of a stream, when it would have told it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from shutil import get_terminal_size
from typing import Final

from rarebird.backtest.lines import last_line, line
from rarebird.backtest.outcome import outcome
from rarebird.backtest.picture import picture
from rarebird.backtest.replay import Replay
from rarebird.backtest.table import incident_lines, outcome_lines
from rarebird.cli.clock import now
from rarebird.cli.options import Dash, DetectOptions, FieldOptions, Flag, checked
from rarebird.cli.progress import bar
from rarebird.config.settings import Settings, settings
from rarebird.config.sources import open_sources, preset_for
from rarebird.incident.telling import Nouns
from rarebird.model.incident import Incident
from rarebird.source.contract import Source

_WIDEST: Final = 120


def backtest(
    *source: Dash,
    fields: FieldOptions | None = None,
    detect: DetectOptions | None = None,
    json: Flag = False,
) -> None:
    """Read SOURCE to its end and tell what a watch would have told, when it would have told it.

    Parameters
    ----------
    source
        -, a file (JSON lines or CSV, also .gz and .zst), http(s)://…, ws(s)://… or a preset; the oldest event first.
    json
        Print JSON lines instead of a table: each incident as it is found, its end, and a summary.

    """
    from rarebird.cli.main import app
    from rarebird.cli.report import hints

    checked(source, app["backtest"])
    options = fields or FieldOptions()
    preset = preset_for(source, options.preset)
    chosen = settings((detect or DetectOptions()).added(options.chosen()), source, preset)
    replay = Replay(chosen.watch())
    watch = replay.watch
    sources = open_sources(source, watch.fields, watch.categories, preset=preset, clock=now, follow=False)
    told = _Json() if json else _Text(chosen, replay)
    asyncio.run(_read(replay, sources, told.incidents))
    told.end(replay, chosen.false_alarms or 0.0)
    for hint in hints(watch):
        print(f"rarebird: {hint}", file=sys.stderr)


async def _read(replay: Replay, sources: list[Source], tell: Callable[[tuple[Incident, ...]], None]) -> None:
    """Replays all that the sources hold, one after another, to the end."""
    with bar(sys.stderr.isatty() and not sys.stdout.isatty()) as show:
        for source in sources:
            async for batch, _ in source.read(None):
                tell(replay.take(batch))
                show(*getattr(source, "progress", (0, 0)))
    tell(replay.finish())


class _Json:
    """JSON lines on standard output, each as soon as it is known."""

    def incidents(self, incidents: tuple[Incident, ...]) -> None:
        if incidents:
            sys.stdout.buffer.write(b"".join(map(line, incidents)))
            sys.stdout.buffer.flush()

    def end(self, replay: Replay, budget: float) -> None:
        sys.stdout.buffer.write(last_line(outcome(replay, budget)))
        sys.stdout.buffer.flush()


class _Text:
    """Words on standard output, and a picture at the end."""

    def __init__(self, chosen: Settings, replay: Replay) -> None:
        self._chosen, self._replay = chosen, replay
        self._width = min(get_terminal_size().columns, _WIDEST)

    def incidents(self, incidents: tuple[Incident, ...]) -> None:
        for incident in incidents:
            nouns = Nouns.of(self._chosen.noun, self._chosen.noun_by, self._replay.watch.categories.names)
            print("\n".join(incident_lines(incident, nouns, self._width)), flush=True)

    def end(self, replay: Replay, budget: float) -> None:
        if replay.incidents:
            print()
        print("\n".join(outcome_lines(outcome(replay, budget), self._width)))
        drawn = picture(replay.curve, replay.incidents.values(), self._width, self._chosen.noun)
        if drawn:
            print("\n" + "\n".join(drawn))
        sys.stdout.flush()
