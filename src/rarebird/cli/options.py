"""Options that several commands share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Final, Literal

from cyclopts import App, Parameter
from msgspec import structs

from rarebird.config.chosen import FALSE_ALARMS, Chosen
from rarebird.config.muted import Muted
from rarebird.config.wanted import MEETUP, NONE, OFF, Wanted, wanted
from rarebird.errors import ConfigError

if TYPE_CHECKING:
    from rarebird.notify.heartbeat import Heartbeat

Dash = Annotated[str, Parameter(allow_leading_hyphen=True)]
"""A text that may be -, standard input or output; see `checked`."""
Flag = Annotated[bool, Parameter(negative=(), show_default=False)]
"""An option that is given or not."""
MOST: Final = 10**15
"""Larger numbers mean nothing here; up to it floats are exact, and SQLite and numpy hold them."""


def in_range(_type: object, value: object) -> None:
    """ValueError for a number that is none, infinite or larger than anything that is counted here."""
    if isinstance(value, int | float) and not abs(value) <= MOST:
        raise ValueError(f"expected a number of at most {MOST:.0e}, got {str(value)[:40]}")


Whole = Annotated[int, Parameter(validator=in_range)]
Real = Annotated[float, Parameter(validator=in_range)]
StoreUrl = Annotated[str | None, Parameter(env_var="RAREBIRD_STORE", show_env_var=False)]
"""The address of a store: better in the environment where it holds a password, which a process list would show."""
Several = Annotated[tuple[str, ...], Parameter(negative=(), show_default=False, consume_multiple=False)]
"""An option that may be given several times, a value each."""


def checked(sources: tuple[str, ...], command: App) -> tuple[str, ...]:
    """The sources of a command. Raises ConfigError where there is none, or where one is a mistyped option."""
    for text in sources:
        if text.startswith("-") and text != "-":
            option = text.partition("=")[0]
            known = [name for argument in command.assemble_argument_collection() for name in argument.names]
            near = get_close_matches(option, known, n=1)
            raise ConfigError(f"unknown option {option}{f'; did you mean {near[0]}?' if near else '; see --help'}")
    if not sources:
        raise ConfigError("expected a SOURCE: - for standard input, a file, an address or a preset; see --help")
    return sources


@Parameter(name="*")
@dataclass(frozen=True)
class FieldOptions:
    """Which messages count and what their fields mean. PATH leads to a field, its steps joined by dots."""

    preset: str | None = None
    """What is known of a public stream: meetup or wikipedia."""
    time: str | None = None
    """PATH of the time: epoch (s, ms, µs) or ISO 8601. Guessed from the first message unless set."""
    by: str | None = None
    """PATH of the category. All events are of one unless set."""
    id: str | None = None
    """PATH[,PATH] of the identity, by which repeats are dropped. Nothing is a repeat unless set."""
    where: Several = ()
    """PATH=VALUE that a message must have to count; may be given several times."""
    count: str | None = None
    """PATH of how many events a message stands for, all at its time. Each stands for one unless set."""
    title: str | None = None
    """PATH of what an event is called, in JSON, for who is told of a single rare one."""
    link: str | None = None
    """PATH of the address at which one can read of it."""
    time_unit: str | None = None
    """auto (by the size of each value), s, ms, us, ns or iso."""
    watched: str | None = None
    """Categories whose joint share is followed, with commas between: CA,NY."""
    lateness: str | None = None
    """How long an event may come out of order: 5s unless set."""
    half_life: str | None = None
    """After how long the mix has forgotten half: 6h unless set."""
    max_categories: Whole | None = None
    """Above so many categories (a million unless set) the rest folds into "other"."""
    missing: str | None = None
    """What becomes of a message without the field of --by: none counts it as "(none)", as null and empty ones are;
    malformed leaves it out. Unless set it is malformed until one of the first 1,000 messages has had the field, and
    "(none)" from then on; a store goes on as it was."""

    def chosen(self, name: str | None = None) -> Chosen:
        """As the settings take them."""
        return Chosen(
            time=self.time,
            by=self.by,
            id=self.id,
            where=self.where,
            count=self.count,
            title=self.title,
            link=self.link,
            time_unit=self.time_unit,
            lateness=self.lateness,
            half_life=self.half_life,
            watched=self.watched,
            max_categories=self.max_categories,
            missing=self.missing,
            name=name,
        )


@Parameter(name="*")
@dataclass(frozen=True)
class RuleOptions:
    """Rules with limits of their own. "off" leaves a rule out."""

    mean_gap: str | None = None
    """auto: starts at 20 s, follows the last hour, and is news where it is passed by a factor of 1.5 or more either
    way; START:MARGIN: the limit, s, and by which part of it a reading has to pass it, 20:0.05 in the homework."""
    mean_gap_move: Real | None = None
    """By how many seconds the limit of START:MARGIN follows the trend: 10 unless set."""
    mean_gap_up_after: Whole | None = None
    """After how many readings in a row above it, it moves up: 30 unless set."""
    mean_gap_down_after: Whole | None = None
    """After how many readings in a row not above it, it moves down: 31 unless set."""
    entropy: str | None = None
    """auto: news where it leaves its last hour, either way, by more than this stream strays."""
    entropy_above: str | None = None
    """FIRE:RECOVER, nats: news above FIRE, over below RECOVER; 3.2:3.15 for states of the US."""
    entropy_below: str | None = None
    """FIRE:RECOVER, nats: news below FIRE, over above RECOVER; 2.7:2.75 for states of the US."""
    watched_share: str | None = None
    """auto: starts at 0.15, follows the last hour, and is news where it is left by more than chance does; LEVEL:BAND,
    0 to 1: news where LEVEL is passed by BAND, 0.15:0.01 in the homework."""
    least: Whole | None = None
    """Entropy and watched share are judged from so many events on: 200 unless set."""

    @property
    def base(self) -> Wanted:
        """The rules where nothing else is said."""
        return MEETUP

    def wanted(self) -> Wanted:
        """As the rules take them: those of `base`, but for what was given. Raises ConfigError."""
        given = {name: getattr(self, name, None) for name in Wanted.__struct_fields__}
        return wanted(self.base, {name: value for name, value in given.items() if value is not None})


@Parameter(name="*")
@dataclass(frozen=True)
class WatchRuleOptions(RuleOptions):
    """Rules with limits of their own, beside what is found without any; each is off unless it is named here."""

    rules: Literal["meetup", "off"] = OFF
    """meetup turns on the four of the homework: mean gap, entropy, watched share and single events."""
    unusual: str | None = None
    """auto: categories that come so seldom that all such together bring about one a day; FIRE:RECOVER, two
    probabilities: events of a category are news from the first one below FIRE until one is at RECOVER or above,
    0.05:0.055 in the homework."""

    @property
    def base(self) -> Wanted:
        """All are off unless all are asked for."""
        return MEETUP if self.rules == "meetup" else NONE

    def wanted(self) -> Wanted:
        """As the rules take them. Raises ConfigError where something is set that no rule needs."""
        found = super().wanted()
        if found.is_off and self.least is not None:
            raise ConfigError("--least: expected a rule beside it, such as --entropy-above 3.2:3.15 or --rules meetup")
        return found


@Parameter(name="*")
@dataclass(frozen=True)
class DetectOptions:
    """What is out of the ordinary."""

    false_alarms: str = FALSE_ALARMS
    """How many may come by chance, of all kinds together: "1 per week", "2 per month", "1 per day"."""
    zone: str = "UTC"
    """The time zone of the day and the week in which the stream lives: America/New_York."""

    def added(self, chosen: Chosen) -> Chosen:
        """What the user chose, with these."""
        return structs.replace(chosen, false_alarms=self.false_alarms, zone=self.zone)


@Parameter(name="*")
@dataclass(frozen=True)
class MuteOptions:
    """When incidents are kept on record but not sent. What goes on when a mute is over is sent then."""

    mute: Several = ()
    """TEXT: "2h", "until tomorrow 9:00", "Tue 02:00-04:00 Europe/Paris; kind=mix; category=ME"; in the time zone of
    --zone where it names none; may be given several times."""
    mute_calendar: Several = ()
    """FILE.ics: while an event of a calendar goes on. It is read once, at the start; needs rarebird[calendar]."""
    mute_holidays: Several = ()
    """COUNTRY or COUNTRY-PART: on public holidays, US or US-ME; needs rarebird[holidays]."""

    def muted(self) -> Muted:
        """As the mutes take them."""
        return Muted(self.mute, self.mute_calendar, self.mute_holidays)


@Parameter(name="*")
@dataclass(frozen=True)
class AliveOptions:
    """What people hear of the watch itself, and of the past."""

    heartbeat: str | None = None
    """URL to ask (GET) while the watch is well, so that others notice when not; RAREBIRD_HEARTBEAT_URL hides it."""
    heartbeat_every: str = "60s"
    """How often."""
    digest: str | None = None
    """TIME [ZONE], such as "09:00 Europe/Paris": once a day, that the watch lives, and what there was."""
    notify_past: Flag = False
    """Send also what is older than an hour when it is found; without it that is only recorded."""

    @property
    def heart(self) -> Heartbeat | None:
        """What beats. Raises ConfigError."""
        from rarebird.config.heartbeats import heartbeat

        return heartbeat(self.heartbeat, self.heartbeat_every, os.environ)


@Parameter(name="*")
@dataclass(frozen=True)
class KeptOptions:
    """Which watch is meant."""

    store: StoreUrl = None
    """Where the watch keeps what it learns; ~/.local/state/rarebird/rarebird.db unless set."""
    name: str | None = None
    """Which watch, where the store holds several."""
