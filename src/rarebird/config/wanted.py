"""When readings are news, as a user says it."""

from __future__ import annotations

from msgspec import Struct


class Wanted(Struct, frozen=True, kw_only=True):
    """The homework's rules as a user sets them; "off" leaves one out."""

    mean_gap: str = "20:0.05"
    """START:MARGIN."""
    mean_gap_move: float = 10.0
    mean_gap_up_after: int = 30
    mean_gap_down_after: int = 31
    entropy_above: str = "3.2:3.15"
    """FIRE:RECOVER. The entropy over US states was 2.8 to 3.1 nats on all recordings, so the homework's limit of 2
    was always on."""
    entropy_below: str = "2.7:2.75"
    watched_share: str = "0.15:0.01"
    """LEVEL:BAND."""
    least: int = 200
    """Events that entropy and watched share must rest on to be judged: the entropy of 51 shares comes out 0.1 nats too
    low with 200 events, and 0.36 with 50 (docs/decisions/0003)."""
