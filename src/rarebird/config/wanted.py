"""The rules with limits of their own that a user asks for."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

OFF: Final = "off"


class Wanted(Struct, frozen=True, kw_only=True):
    """The limits of the rules as a user writes them; "off" leaves a rule out."""

    mean_gap: str = OFF
    """START:MARGIN."""
    mean_gap_move: float = 10.0
    mean_gap_up_after: int = 30
    mean_gap_down_after: int = 31
    entropy_above: str = OFF
    """FIRE:RECOVER."""
    entropy_below: str = OFF
    watched_share: str = OFF
    """LEVEL:BAND."""
    unusual: str = OFF
    """FIRE:RECOVER, two probabilities."""
    least: int = 200
    """Events that entropy and watched share must rest on to be judged: the entropy of 51 shares comes out 0.1 nats too
    low with 200 events, and 0.36 with 50 (docs/decisions/0003)."""

    @property
    def is_off(self) -> bool:
        """Whether no rule is on."""
        rules = (self.mean_gap, self.entropy_above, self.entropy_below, self.watched_share, self.unusual)
        return all(each == OFF for each in rules)


NONE: Final = Wanted()
MEETUP: Final = Wanted(
    mean_gap="20:0.05",
    entropy_above="3.2:3.15",
    entropy_below="2.7:2.75",
    watched_share="0.15:0.01",
    unusual="0.05:0.055",
)
"""The homework's four. The entropy over US states was 2.8 to 3.1 nats on all recordings, so its limit of 2 was always
on."""


def wanted(base: Wanted, given: dict[str, str | float | int]) -> Wanted:
    """Some rules, with what else was given; how the limit of the mean gap moves turns that rule on.

    >>> wanted(NONE, {"mean_gap_move": 5.0}).mean_gap, wanted(MEETUP, {"unusual": "off"}).unusual
    ('20:0.05', 'off')
    """
    found: Wanted = structs.replace(base, **given)
    is_moved = any(name.startswith("mean_gap_") for name in given)
    if is_moved and "mean_gap" not in given:
        return structs.replace(found, mean_gap=MEETUP.mean_gap)
    return found
