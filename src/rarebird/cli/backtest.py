"""`rarebird backtest`: what a watch would have told of a stream, when it would have told it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Final

from rarebird.backtest.lines import last_line, line
from rarebird.backtest.outcome import Outcome, RuleOutcome, outcome
from rarebird.backtest.picture import picture
from rarebird.backtest.replay import Replay
from rarebird.backtest.table import incident_lines, outcome_lines
from rarebird.cli.options import UNUSUAL, Dash, DetectOptions, FieldOptions, Flag, RuleOptions, Several, checked
from rarebird.cli.replaying import chosen, replay_all, stretches
from rarebird.config.rules import OFF, Wanted, sightings
from rarebird.config.rules import rules as rules_of
from rarebird.config.settings import Settings
from rarebird.incident.telling import Nouns
from rarebird.model.incident import Incident
from rarebird.notify.news import record_text, sightings_text
from rarebird.run.alerts import Alerts

_WIDEST: Final = 120


def backtest(
    *source: Dash,
    fields: FieldOptions | None = None,
    detect: DetectOptions | None = None,
    forget: Several = (),
    with_rules: Flag = False,
    unusual: str = UNUSUAL,
    rules: RuleOptions | None = None,
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
    with_rules
        Say also how often the rules below would have alerted; takes longer.
    unusual
        FIRE:RECOVER, two probabilities of single events, as of `rarebird watch --notify`; off leaves them out.
    json
        Print JSON lines instead of a table: each incident as it is found, its end, and a summary.

    """
    from rarebird.cli.main import app
    from rarebird.cli.report import hints

    checked(source, app["backtest"])
    settings = chosen(source, fields, detect)
    replay = Replay(settings, stretches(forget))
    judged = _judged(replay, (rules or RuleOptions()).wanted(), unusual) if with_rules else None
    told = _Json() if json else _Text(settings, replay)
    replay_all(replay, source, (fields or FieldOptions()).preset, told.incidents)
    told.end(outcome(replay, () if judged is None else _records(judged)))
    for hint in hints(replay.watch):
        print(f"rarebird: {hint}", file=sys.stderr)


def _judged(replay: Replay, wanted: Wanted, unusual: str) -> Alerts:
    """The rules, which take in all that the replay closes. Raises ConfigError."""
    single = None if unusual == OFF else sightings(unusual)
    judged = Alerts(replay.watch, rules_of(wanted), single)
    replay.listeners.append(judged.take)
    return judged


def _records(judged: Alerts) -> list[RuleOutcome]:
    found = [
        RuleOutcome(record_text(one).partition(":")[0], one.fired, one.readings, one.share)
        for one in judged.rules.records
    ]
    single = judged.sightings
    if single is not None:
        found.append(RuleOutcome(sightings_text(single).partition(":")[0], single.news, single.events, single.share))
    return found


class _Json:
    """JSON lines on standard output, each as soon as it is known."""

    def incidents(self, incidents: Sequence[Incident]) -> None:
        if incidents:
            sys.stdout.buffer.write(b"".join(map(line, incidents)))
            sys.stdout.buffer.flush()

    def end(self, found: Outcome) -> None:
        sys.stdout.buffer.write(last_line(found))
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

    def end(self, found: Outcome) -> None:
        replay = self._replay
        if replay.incidents:
            print()
        print("\n".join(outcome_lines(found, self._width)))
        drawn = picture(replay.curve, replay.incidents.values(), self._width, self._chosen.noun)
        if drawn:
            print("\n" + "\n".join(drawn))
        sys.stdout.flush()
