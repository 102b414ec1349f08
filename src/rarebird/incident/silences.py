"""Total silences: one that returns is notified at once up to three times in six hours, then at most once an hour.

Of everything else that hovers at its limit one message is enough. A stream that has stopped again is another outage for
those who mend it; but one that stops every few minutes must not fill their channel.
"""

from __future__ import annotations

from typing import Final

from rarebird.model.incident import Incident, Joined
from rarebird.model.instant import SECOND

AT_ONCE: Final = 3
"""So many within `WITHIN` are notified as they are found, the first included."""
WITHIN: Final = 6 * 3600 * SECOND
PAUSE: Final = 3600 * SECOND
"""Between two notifications from then on, µs."""


def is_total_silence(incident: Incident | Joined) -> bool:
    """Whether nothing came at all, of any category."""
    return incident.kind == "silence" and incident.category is None


def due(notified: tuple[int, ...], now: int) -> int:
    """When a total silence that is found now may be notified, after those that were; instants in µs UTC.

    >>> minutes = [each * 60 * SECOND for each in (0, 10, 20)]
    >>> [due(tuple(minutes[:count]), 30 * 60 * SECOND) // (60 * SECOND) for count in range(4)]
    [30, 30, 30, 80]
    """
    recent = within(notified, now)
    return now if len(recent) < AT_ONCE else max(now, recent[-1] + PAUSE)


def within(notified: tuple[int, ...], now: int) -> tuple[int, ...]:
    """The notifications of the last six hours.

    >>> within((0, 5, WITHIN), WITHIN + 1)
    (5, 21600000000)
    """
    return tuple(each for each in notified if each > now - WITHIN)
