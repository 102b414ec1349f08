"""`rarebird backtest`: what a watch would have sent of a stream, when it would have sent it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rarebird.cli.options import Dash, DetectOptions, FieldOptions, Flag, Several, WatchRuleOptions, checked

if TYPE_CHECKING:
    from rarebird.backtest.outcome import RuleOutcome
    from rarebird.backtest.replay import Replay
    from rarebird.config.wanted import Wanted
    from rarebird.run.alerts import Alerts


def backtest(
    *source: Dash,
    fields: FieldOptions | None = None,
    detect: DetectOptions | None = None,
    forget: Several = (),
    with_rules: Flag = False,
    rules: WatchRuleOptions | None = None,
    json: Flag = False,
) -> None:
    """Read SOURCE to its end and list what a watch would have sent, when it would have sent it.

    Exactly that, of a watch that mutes nothing: what begins (!), what joins it (+), what is over (·). What came back
    and would not have been sent is listed, too, and says so (-).

    Parameters
    ----------
    source
        -, a file (JSON lines or CSV, also .gz and .zst), http(s)://…, ws(s)://… or a preset; the oldest event first.
    forget
        START/END, two instants: nothing is told of what came between them, and nothing learned from it; may be given
        several times.
    with_rules
        The older name of `--rules meetup`.
    json
        Print JSON lines instead of a table: each incident as it is sent, what joins it, its end, and a summary.

    """
    from rarebird.backtest.outcome import outcome
    from rarebird.backtest.replay import Replay
    from rarebird.cli.main import app
    from rarebird.cli.output import say
    from rarebird.cli.replaying import chosen, replay_all, stretches
    from rarebird.cli.report import hints
    from rarebird.cli.told import Json, Text

    checked(source, app["backtest"])
    settings = chosen(source, fields, detect)
    replay = Replay(settings, stretches(forget))
    options = rules or WatchRuleOptions()
    if with_rules:
        say("rarebird: --with-rules is --rules meetup now, and will go")
        options = replace(options, rules="meetup")
    judged = _judged(replay, options.wanted())
    told = Json() if json else Text(settings, replay)
    found = replay_all(replay, source, (fields or FieldOptions()).preset, told.decisions)
    told.end(outcome(replay, () if judged is None else _records(judged)))
    for hint in hints(replay.watch):
        say(f"rarebird: {hint}")
    found.give()


def _judged(replay: Replay, wanted: Wanted) -> Alerts | None:
    """The rules, which take in all that the replay closes; None where all are off. Raises ConfigError."""
    from rarebird.config.rules import rules_at_work
    from rarebird.run.alerts import Alerts

    if wanted.is_off:
        return None
    judged = Alerts(replay.watch, *rules_at_work(wanted))
    replay.listeners.append(judged.take)
    return judged


def _records(judged: Alerts) -> list[RuleOutcome]:
    from rarebird.backtest.outcome import RuleOutcome
    from rarebird.notify.news import record_text, sightings_text

    found = [
        RuleOutcome(record_text(one).partition(":")[0], one.fired, one.readings, one.share)
        for one in judged.rules.records
    ]
    single = judged.sightings
    if single is not None:
        found.append(RuleOutcome(sightings_text(single).partition(":")[0], single.found, single.events, single.share))
    return found
