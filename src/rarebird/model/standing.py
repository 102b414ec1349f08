"""Standing: how a watch stands at a commit, for those who ask its store later."""

from __future__ import annotations

from msgspec import Struct

from rarebird.model.health import Health
from rarebird.model.snapshot import ChannelReading


class Standing(Struct, frozen=True):
    """How a watch stood as the process that runs it wrote its last summary. Instants are µs UTC."""

    at: int
    """By the clock of the watch."""
    watermark: int | None
    """Event time up to which all is counted."""
    health: Health
    channels: tuple[ChannelReading, ...] = ()
