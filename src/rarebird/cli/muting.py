"""`--mute`, `--mute-calendar` and `--mute-holidays`: what a watch keeps on record but does not send."""

from __future__ import annotations

from rarebird.cli.clock import now
from rarebird.cli.output import say
from rarebird.config.muted import Muted
from rarebird.config.mutes import given
from rarebird.incident.mute import Mute, Spans
from rarebird.incident.wording import clock, plain
from rarebird.model.plural import counted


def muted(wanted: Muted, zone: str, *, live: bool) -> tuple[Mute, ...]:
    """The mutes of a start; says what was read of calendars, and what is over. Raises ConfigError."""
    at = now()
    mutes = given(wanted, at, zone, live=live)
    for each in mutes:
        if isinstance(each.when, Spans):
            say(f"{each.text}: {_listed(each.when, at)}")
        elif live and each.is_past(at):
            say(f"--mute {each.text!r} is over already; it mutes nothing")
    return mutes


def _listed(spans: Spans, at: int) -> str:
    """What a calendar has in store; it is read once."""
    ahead = [span for span in spans.spans if span.end > at]
    if not ahead:
        return "nothing to come in the next two years; it was read now, and is not read again"
    next_ = ahead[0]
    name = f", {plain(next_.name)}," if next_.name else ""
    return (
        f"{counted(len(ahead), 'spans')} of time to come, the next{name} from {clock(next_.start)} "
        f"to {clock(next_.end)}; it was read now, and is not read again"
    )
