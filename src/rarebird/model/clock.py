"""The clock on the wall: where in the day and the week of a time zone an instant lies."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

DAY: Final = 86_400
_MONDAY: Final = 4 * DAY
"""1970-01-05, s."""


class Zone(NamedTuple):
    """The offsets from UTC of a time zone; each holds from an instant on, the first also before it.

    >>> utc = Zone(np.array([0]), np.array([0]))
    >>> utc.local(5 * DAY + 7), utc.of_week(5 * DAY)
    (432007, 86400)
    """

    since: NDArray[np.int64]
    """s since 1970 UTC, ascending."""
    offset: NDArray[np.int64]
    """Seconds east of Greenwich."""
    name: str = "UTC"
    """As people know it."""

    def local(self, time: int) -> int:
        """An instant, s UTC, as the clock on the wall counts it."""
        at = int(np.searchsorted(self.since, time, side="right")) - 1
        return time + int(self.offset[max(at, 0)])

    def changes_after(self, time: int, until: int) -> int:
        """When clocks change next after an instant, s UTC; `until` where they do not before it."""
        at = max(1, int(np.searchsorted(self.since, time, side="right")))
        return min(until, int(self.since[at])) if at < len(self.since) else until

    def of_week(self, local: int) -> int:
        """Seconds since Monday began; of a time that `local` gave."""
        return (local - _MONDAY) % (7 * DAY)


UTC: Final = Zone(np.zeros(1, np.int64), np.zeros(1, np.int64))
