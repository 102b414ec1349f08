"""`rarebird backtest`: what a watch would have told of a stream, when it would have told it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Final

from rarebird.backtest.lines import last_line, line
from rarebird.backtest.outcome import outcome
from rarebird.backtest.picture import picture
from rarebird.backtest.replay import Replay
from rarebird.backtest.table import incident_lines, outcome_lines
from rarebird.cli.options import Dash, DetectOptions, FieldOptions, Flag, Several, checked
from rarebird.cli.replaying import chosen, replay_all, stretches
from rarebird.config.settings import Settings
from rarebird.incident.telling import Nouns
from rarebird.model.incident import Incident

_WIDEST: Final = 120


def backtest(
    *source: Dash,
    fields: FieldOptions | None = None,
    detect: DetectOptions | None = None,
    forget: Several = (),
    json: Flag = False,
) -> None:
    """Read SOURCE to its end and tell what a watch would have told, when it would have told it.

    Parameters
    ----------
    source
        -, a file (JSON lines or CSV, also .gz and .zst), http(s)://…, ws(s)://… or a preset; the oldest event first.
    forget
        START/END, two instants: nothing is told of what came between them, and nothing learned from it; may be given
        several times.
    json
        Print JSON lines instead of a table: each incident as it is found, its end, and a summary.

    """
    from rarebird.cli.main import app
    from rarebird.cli.report import hints

    checked(source, app["backtest"])
    settings = chosen(source, fields, detect)
    replay = Replay(settings, stretches(forget))
    told = _Json() if json else _Text(settings, replay)
    replay_all(replay, source, (fields or FieldOptions()).preset, told.incidents)
    told.end(replay)
    for hint in hints(replay.watch):
        print(f"rarebird: {hint}", file=sys.stderr)


class _Json:
    """JSON lines on standard output, each as soon as it is known."""

    def incidents(self, incidents: Sequence[Incident]) -> None:
        if incidents:
            sys.stdout.buffer.write(b"".join(map(line, incidents)))
            sys.stdout.buffer.flush()

    def end(self, replay: Replay) -> None:
        sys.stdout.buffer.write(last_line(outcome(replay)))
        sys.stdout.buffer.flush()


class _Text:
    """Words on standard output, and a picture at the end."""

    def __init__(self, chosen: Settings, replay: Replay) -> None:
        self._chosen, self._replay = chosen, replay
        self._width = min(get_terminal_size().columns, _WIDEST)

    def incidents(self, incidents: Sequence[Incident]) -> None:
        for incident in incidents:
            nouns = Nouns.of(self._chosen.noun, self._chosen.noun_by, self._replay.watch.categories.names)
            print("\n".join(incident_lines(incident, nouns, self._width)), flush=True)

    def end(self, replay: Replay) -> None:
        if replay.incidents:
            print()
        print("\n".join(outcome_lines(outcome(replay), self._width)))
        drawn = picture(replay.curve, replay.incidents.values(), self._width, self._chosen.noun)
        if drawn:
            print("\n" + "\n".join(drawn))
        sys.stdout.flush()
