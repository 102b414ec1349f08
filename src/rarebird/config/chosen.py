"""What a user said of a watch on the command line."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

FALSE_ALARMS: Final = "1 per week"
HALF_LIFE: Final = "6h"
KEEP: Final = "400d"
LOCAL_REDIS: Final = "redis://127.0.0.1:6379/0"
"""Where the homework kept all."""


class Chosen(Struct, frozen=True):
    """What a user said on the command line; None where nothing."""

    time: str | None = None
    by: str | None = None
    id: str | None = None
    where: tuple[str, ...] = ()
    count: str | None = None
    title: str | None = None
    link: str | None = None
    time_unit: str | None = None
    lateness: str | None = None
    half_life: str | None = None
    watched: str | None = None
    max_categories: int | None = None
    missing: str | None = None
    false_alarms: str | None = None
    zone: str | None = None
    name: str | None = None
