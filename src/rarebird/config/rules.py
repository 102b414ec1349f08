"""Rules: from what a user writes on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Final

from msgspec import structs

from rarebird.config.wanted import AUTO, OFF, Wanted
from rarebird.detect.adaptive import Adaptive
from rarebird.detect.benchmark import Benchmark
from rarebird.detect.limit import Limit
from rarebird.detect.rare import Rare, Sightings, Singles
from rarebird.detect.rule import Direction, Rule
from rarebird.detect.rules import Rules
from rarebird.detect.seldom import Seldom
from rarebird.detect.trend import Trend
from rarebird.errors import ConfigError

MEAN_GAP: Final = Adaptive("mean_gap_s", deviations=4.0, start=20.0, factor=1.5)
ENTROPY: Final = Adaptive("entropy_nats", deviations=3.75, recover=0.5)
WATCHED_SHARE: Final = Adaptive("watched_share", deviations=4.0, start=0.15)
"""The homework's, following the stream: docs/decisions/0021 has what was tried, and what each deviation trades."""


def rules(wanted: Wanted) -> Rules:
    """The rules for readings that are not off, at work. Raises ConfigError that names the option."""
    if wanted.least < 0:
        raise ConfigError(f"--least: expected a number of events of at least 0, got {wanted.least}")
    return Rules(_each(wanted), least=wanted.least)


def rules_at_work(wanted: Wanted) -> tuple[Rules, Singles | None]:
    """The rules for readings and the one for single events, those that are not off. Raises ConfigError."""
    return rules(wanted), None if wanted.unusual == OFF else sightings(wanted.unusual)


def sightings(unusual: str) -> Singles:
    """The rule for single events at work. Raises ConfigError."""
    if unusual == AUTO:
        return Seldom()
    fire, recover = _pair("--unusual", "FIRE:RECOVER such as 0.05:0.055", unusual)
    if not 0 < fire < recover <= 1:
        raise ConfigError(
            f"--unusual: expected two probabilities, the second one above the first, such as 0.05:0.055, got {unusual}"
        )
    return Sightings(Rare(fire, recover))


def _each(wanted: Wanted) -> Iterator[Rule]:
    if wanted.mean_gap == AUTO:
        yield MEAN_GAP
    elif wanted.mean_gap != OFF:
        yield _trend(wanted)
    if wanted.entropy == AUTO:
        yield structs.replace(ENTROPY, least=wanted.least)
    elif wanted.entropy != OFF:
        raise ConfigError(f"--entropy: expected auto or off, got {wanted.entropy!r}; for limits see --entropy-above")
    for direction, option, text in (
        ("up", "--entropy-above", wanted.entropy_above),
        ("down", "--entropy-below", wanted.entropy_below),
    ):
        if text != OFF:
            yield _limit("entropy_nats", "up" if direction == "up" else "down", option, text)
    if wanted.watched_share == AUTO:
        yield structs.replace(WATCHED_SHARE, least=wanted.least)
    elif wanted.watched_share != OFF:
        level, band = _pair("--watched-share", "LEVEL:BAND such as 0.15:0.01", wanted.watched_share)
        if not (0 < level < 1 and band > 0):
            expected = "a share between 0 and 1 and a band above 0"
            raise ConfigError(f"--watched-share: expected {expected}, got {level}:{band}")
        yield Benchmark("watched_share", level, band)


def _trend(wanted: Wanted) -> Trend:
    start, margin = _pair("--mean-gap", "START:MARGIN such as 20:0.05", wanted.mean_gap)
    move, up, down = wanted.mean_gap_move, wanted.mean_gap_up_after, wanted.mean_gap_down_after
    if not (start > 0 and 0 < margin < 1):
        raise ConfigError(f"--mean-gap: expected seconds above 0 and a margin between 0 and 1, got {start}:{margin}")
    if not (isfinite(move) and move >= 0 and up > 0 and down > 0):
        raise ConfigError(
            "--mean-gap-move, --mean-gap-up-after, --mean-gap-down-after: expected seconds of at least 0 and numbers "
            f"of readings of at least 1, got {move}, {up}, {down}"
        )
    return Trend(start=start, move=move, up_after=up, down_after=down, margin=margin)


def _limit(metric: str, direction: Direction, option: str, text: str) -> Limit:
    fire, recover = _pair(option, "FIRE:RECOVER such as 3.2:3.15", text)
    if not (fire > recover if direction == "up" else fire < recover):
        beside = "below" if direction == "up" else "above"
        raise ConfigError(f"{option}: expected a recovery level {beside} the one that fires, got {text}")
    return Limit(metric, direction, fire, recover)


def _pair(option: str, form: str, text: str) -> tuple[float, float]:
    first, _, second = text.partition(":")
    try:
        pair = float(first), float(second)
    except ValueError:
        pair = float("nan"), float("nan")
    if not all(map(isfinite, pair)):
        raise ConfigError(f"{option}: expected {form}, or {OFF}, got {text!r}{_auto(option)}")
    return pair


def _auto(option: str) -> str:
    return "" if option.startswith("--entropy") else f"; {AUTO} has the limit follow the stream"
