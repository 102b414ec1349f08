"""Regimes: what a stream does while nothing happens."""

from __future__ import annotations

from typing import Final, NamedTuple

DAY: Final = 86_400
WEEK: Final = 7 * DAY
START: Final = 1_767_571_200
"""When every world begins: Monday 2026-01-05, 00:00 UTC."""
FIXED: Final = ("Etc/GMT+8", "Etc/GMT+6", "Etc/GMT+5", "Etc/GMT+7")
"""Pacific, Central, Eastern and Mountain time without daylight saving (a plus is west of Greenwich)."""
REAL: Final = ("America/Los_Angeles", "America/Chicago", "America/New_York", "America/Denver")


class Regime(NamedTuple):
    """Clean as it stands; the other two are below."""

    rate: float = 5.0
    """Events a second, the mean over a week."""
    categories: int = 50
    season: bool = False
    """Each state follows the day and week of its own time zone."""
    wander: float = 0.0
    """Standard deviation of the log of the level."""
    wander_time: float = 7_200.0
    """Correlation time of the level in seconds."""
    followers: float = 0.0
    """Share of the events that follow another of the same state."""
    group: float = 4.0
    """Mean size of a group: an event and those that follow it."""
    delay: float = 20.0
    """Mean time in seconds from an event to each that follows it."""
    growth: float = 0.0
    """Growth of the level in a week."""
    zones: tuple[str, ...] = FIXED
    """Pacific, Central, Eastern, Mountain."""


CLEAN: Final = Regime()
SEASON: Final = Regime(season=True)
RESTLESS: Final = Regime(season=True, wander=0.08, followers=0.06, growth=0.003)
REGIMES: Final = {"clean": CLEAN, "season": SEASON, "restless": RESTLESS}


def name_of(regime: Regime) -> str:
    """Its name, if it has one.

    >>> name_of(SEASON), name_of(SEASON._replace(rate=1))
    ('season', '')
    """
    return next((name for name, known in REGIMES.items() if known == regime), "")
