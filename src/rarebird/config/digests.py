"""From what a user says of the digest to when it is due."""

from __future__ import annotations

from rarebird.config.moments import clock
from rarebird.config.zones import zone
from rarebird.errors import ConfigError
from rarebird.incident.digest import Hour
from rarebird.model.clock import DAY, Zone


def hour(text: str, usual: Zone) -> Hour:
    """When a digest is due that a user writes as "09:00 America/New_York"; in the zone `usual` where it names none.

    Raises ConfigError.

    >>> from rarebird.model.clock import UTC
    >>> hour("9:00", UTC).at, hour("09:30 Europe/Paris", UTC).zone.name
    (32400, 'Europe/Paris')
    """
    at, _, name = text.strip().partition(" ")
    try:
        return Hour(clock(at) % DAY, zone(name.strip()) if name.strip() else usual)
    except ConfigError as error:
        raise ConfigError(f"--digest: {error}; for instance '09:00 America/New_York'") from None
