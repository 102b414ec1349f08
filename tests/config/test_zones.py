"""Zones: the offsets are those of the system's database, at every hour and in the nights in which clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rarebird.config import zones
from rarebird.config.zones import zone
from rarebird.errors import ConfigError

HOUR = 3600
NAMES = ["America/New_York", "Africa/Casablanca", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]


@pytest.mark.parametrize("name", NAMES)
def test_a_zone_has_the_offset_of_the_database_at_every_third_hour(name: str) -> None:
    known, ours = ZoneInfo(name), zone(name)
    at = np.arange(0, 2_200_000_000, 3 * HOUR)
    told = ours.offset[np.searchsorted(ours.since, at, side="right") - 1].tolist()
    offsets = (datetime.fromtimestamp(second, known).utcoffset() for second in at.tolist())
    assert told == [(offset or timedelta()).total_seconds() for offset in offsets]


def test_clocks_change_on_the_second() -> None:
    berlin = zone("Europe/Berlin")
    change = int(datetime.fromisoformat("2026-03-29T01:00:00+00:00").timestamp())
    assert [berlin.local(change + step) - change - step for step in (-1, 0)] == [HOUR, 2 * HOUR]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("America/NewYork", "did you mean America/New_York?"),
        ("new york", "did you mean America/New_York?"),
        ("Berlin", "did you mean Europe/Berlin?"),
        ("qqq", "expected a time zone such as America/New_York, got 'qqq'"),
        ("../etc/passwd", "expected a time zone"),
        ("", "expected a time zone"),
    ],
)
def test_an_unknown_zone_is_refused_with_what_it_may_have_meant(name: str, told: str) -> None:
    with pytest.raises(ConfigError) as fault:
        zone(name)
    assert told in str(fault.value)


def test_without_a_database_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zones, "available_timezones", set[str])
    with pytest.raises(ConfigError, match="pip install tzdata"):
        zone("Nowhere/Town")
