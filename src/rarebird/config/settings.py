"""Settings: what a user chose for a watch, checked and joined with what a preset knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct, convert, structs, to_builtins

from rarebird.config.chosen import HALF_LIFE, Chosen
from rarebird.config.zones import zone
from rarebird.errors import ConfigError
from rarebird.model import budget, duration
from rarebird.model.categories import CAP
from rarebird.model.clock import UTC, Zone
from rarebird.model.fields import Fields
from rarebird.model.instant import UNITS
from rarebird.model.missing import CHOICES, Missing
from rarebird.model.state import State
from rarebird.source.address import public
from rarebird.source.presets import Preset
from rarebird.watch import Watch

LATENESS: Final = "5s"
TIME_UNITS: Final = ("auto", *UNITS, "iso")


class Settings(Struct, frozen=True):
    """All that a watch is built from."""

    name: str
    """What the watch is known by."""
    title: str
    """What is watched, for people."""
    fields: Fields
    lateness: str = LATENESS
    half_life: str = HALF_LIFE
    watched: tuple[str, ...] = ()
    max_categories: int = CAP
    noun: str = "events"
    noun_by: str = "categories"
    false_alarms: float | None = None
    """How many a week may come by chance; None where nothing is looked for."""
    zone: Zone = UTC
    """That of the day and the week of the stream."""
    missing: Missing = "auto"
    """What becomes of a message without the field of its category; what a store holds goes on where it is auto."""

    def state(self) -> State:
        """The same as plain values, for whoever shows the watch from its store."""
        plain = structs.asdict(self)
        return plain | {"fields": to_builtins(self.fields), "zone": self.zone.name, "watched": list(self.watched)}

    @classmethod
    def of(cls, state: State) -> Settings:
        """The settings that gave a state."""
        fields, watched = convert(state["fields"], Fields), tuple(state["watched"])
        return cls(**state | {"fields": fields, "zone": zone(state["zone"]), "watched": watched})

    def watch(self) -> Watch:
        """A new watch. Raises ConfigError where a setting is out of range."""
        return Watch(
            time=self.fields.time,
            by=self.fields.by,
            id=self.fields.id,
            where=dict(self.fields.where),
            time_unit=self.fields.time_unit,
            count=self.fields.count,
            title=self.fields.title,
            link=self.fields.link,
            lateness=self.lateness,
            half_life=self.half_life,
            watched=self.watched,
            max_categories=self.max_categories,
            false_alarms=self.false_alarms,
            zone=self.zone,
            missing=self.missing,
        )


def settings(chosen: Chosen, sources: Sequence[str], preset: Preset | None) -> Settings:
    """The settings of a watch over some sources: what the user chose, else what the preset knows, else the default.

    Raises ConfigError that names the option.
    """
    fields = _fields(chosen, preset.fields if preset else Fields())
    lateness = duration.text(preset.lateness) if preset else LATENESS
    watched = _listed("--watched", chosen.watched) if chosen.watched is not None else preset.watched if preset else ()
    shown = [shown_source(text) for text in sources]
    return Settings(
        name=chosen.name or _name(shown, fields),
        title=chosen.name or (preset.title if preset else _title(shown, fields)),
        fields=fields,
        lateness=chosen.lateness or lateness,
        half_life=chosen.half_life or HALF_LIFE,
        watched=watched,
        max_categories=_positive("--max-categories", CAP if chosen.max_categories is None else chosen.max_categories),
        noun=preset.noun if preset else "events",
        noun_by=preset.noun_by if preset else "categories",
        false_alarms=None if chosen.false_alarms is None else _budget(chosen.false_alarms),
        zone=UTC if chosen.zone is None else _zone(chosen.zone),
        missing="auto" if chosen.missing is None else _missing(chosen.missing),
    )


def _fields(chosen: Chosen, known: Fields) -> Fields:
    unit = chosen.time_unit or known.time_unit
    conditions = tuple(map(_condition, chosen.where))
    if len(dict(conditions)) < len(conditions):
        raise ConfigError(f"--where: expected one value for a path, got {', '.join(chosen.where)}")
    if unit not in TIME_UNITS:
        raise ConfigError(f"--time-unit: expected one of {', '.join(TIME_UNITS)}, got {unit!r}")
    fields = structs.replace(
        known,
        time=_path("--time", chosen.time) if chosen.time is not None else known.time,
        by=_path("--by", chosen.by) if chosen.by is not None else known.by,
        id=tuple(_path("--id", path) for path in _listed("--id", chosen.id)) if chosen.id is not None else known.id,
        where=conditions or known.where,
        count=_path("--count", chosen.count) if chosen.count is not None else known.count,
        title=_path("--title", chosen.title) if chosen.title is not None else known.title,
        link=_path("--link", chosen.link) if chosen.link is not None else known.link,
        time_unit=unit,
    )
    if fields.count and fields.id:
        raise ConfigError(
            f"--count: expected no --id beside it, got {','.join(fields.id)}: what repeats has to be left out before "
            "it is counted"
        )
    return fields


def _condition(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"--where: expected PATH=VALUE such as group.group_country=us, got {text!r}")
    return _path("--where", path), value


def _path(option: str, text: str) -> str:
    if not text or not all(text.split(".")):
        raise ConfigError(f"{option}: expected the path of a field such as group.group_state, got {text!r}")
    return text


def _listed(option: str, text: str | None) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in (text or "").split(","))
    if not all(parts):
        raise ConfigError(f"{option}: expected names with commas between them, such as CA,NY, got {text!r}")
    return parts


def _budget(text: str) -> float:
    try:
        return budget.parse(text)
    except ValueError as error:
        raise ConfigError(f"--false-alarms: {error}") from None


def _zone(name: str) -> Zone:
    try:
        return zone(name)
    except ConfigError as error:
        raise ConfigError(f"--zone: {error}") from None


def _missing(text: str) -> Missing:
    for choice in CHOICES:
        if text == choice:
            return choice
    raise ConfigError(f"--missing: expected one of {', '.join(CHOICES)}, got {text!r}")


def _positive(option: str, number: int) -> int:
    if number < 1:
        raise ConfigError(f"{option}: expected a number of at least 1, got {number}")
    return number


def former_name(sources: Sequence[str], fields: Fields) -> str:
    """The name that a watch had before names were free of secrets, by which a store may still know it."""
    return _name(sources, fields)


def without_secrets(sources: Sequence[str], body: bytes) -> bytes:
    """What a store holds, with the sources as people may see them."""
    for source in sorted(sources, key=len, reverse=True):
        for secret, shown in ((source, shown_source(source)), (_end(source), _end(shown_source(source)))):
            if secret != shown:
                body = body.replace(secret.encode(errors="surrogateescape"), shown.encode(errors="surrogateescape"))
    return body


def shown_source(text: str) -> str:
    """A source as people may see it: of an address no password and no token.

    >>> shown_source("http://ann:pw@example.org/feed"), shown_source("a.jsonl")
    ('http://example.org/feed', 'a.jsonl')
    """
    return public(text) if "://" in text else text


def _name(sources: Sequence[str], fields: Fields) -> str:
    return " ".join([*sources, *([f"by {fields.by}"] if fields.by else [])])


def _title(sources: Sequence[str], fields: Fields) -> str:
    names = ["standard input" if source == "-" else _end(source) for source in sources]
    return ", ".join(names) + (f" by {fields.by}" if fields.by else "")


def _end(source: str) -> str:
    return source.rpartition("/")[2] or source
