"""`rarebird pipe detect`: what is news in readings, or what detectors find in the seconds of a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from rarebird.cli.options import DetectOptions, Flag, RuleOptions, Several
from rarebird.cli.output import write
from rarebird.cli.pipe.stage import inflow, run, say
from rarebird.errors import ConfigError


@Parameter(name="*")
@dataclass(frozen=True)
class FindOptions:
    """What detectors find in the seconds that a store holds, in place of rules over readings."""

    store: str | None = None
    """redis://HOST:PORT/0, rediss://…, unix:///SOCKET or sqlite:///FILE: run the detectors over the seconds there."""
    name: Annotated[str, Parameter(env_var="RAREBIRD_NAME")] = "stream"
    """What the stream is called there."""
    notify: Several = ()
    """stdout, slack, webhook, alertmanager or apprise: send incidents; may be given several times."""
    preset: str | None = None
    """What is known of a public stream: meetup or wikipedia."""
    fresh: Flag = False
    """Forget what was found and learned, and begin again with what the store holds of the stream."""
    notify_past: Flag = False
    """Send also what is older than an hour when it is found; without it that is only recorded."""


def detect(
    *, rules: RuleOptions | None = None, find: FindOptions | None = None, detect: DetectOptions | None = None
) -> None:
    """Read readings, as `rarebird pipe average` and `poll` write them, and write what is news by the rules.

    A line has time, rule, direction (up or down), phase (fired or recovered), value, limit, text, and alerting_share:
    on which share of the readings so far the rule alerts. At the end each rule says that on standard error, and at
    the beginning of what it would have done on the readings of before, where `average --past` and `poll --past` give
    them.

    With --store it reads no readings: it runs the detectors of `rarebird watch` over the seconds that `rarebird pipe
    insert-distribution` keeps there, and keeps what it finds and learns in the same store, as the watch "NAME
    incidents", which `rarebird api` shows with the stream. Started again it goes on where it was.
    """
    chosen = find or FindOptions()
    if chosen.store is not None:
        _find(chosen.store, chosen, rules, detect or DetectOptions())
        return
    if chosen != FindOptions(name=chosen.name) or detect not in (None, DetectOptions()):
        raise ConfigError(
            "expected --store beside --notify, --preset, --fresh, --notify-past, --false-alarms or --zone"
        )
    from rarebird.config.rules import rules as rules_of
    from rarebird.pipe.detect import Detect
    from rarebird.pipe.line import ReadingLine

    wanted = (rules or RuleOptions()).wanted()
    run(Detect(rules_of(wanted), write, say).run(inflow(ReadingLine)))


def _find(url: str, chosen: FindOptions, rules: RuleOptions | None, detect: DetectOptions) -> None:
    import asyncio

    from rarebird.cli.pipe.finding import find, settings_of

    if rules not in (None, RuleOptions()):
        raise ConfigError("--store: expected no limits of rules beside it; those are held against readings")
    own = settings_of(chosen.name, chosen.preset, detect)
    past, fresh = chosen.notify_past, chosen.fresh
    asyncio.run(find(url, chosen.name, own, chosen.notify, fresh=fresh, notify_past=past))
