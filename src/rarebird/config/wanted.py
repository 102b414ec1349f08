"""The rules with limits of their own that a user asks for."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

OFF: Final = "off"
AUTO: Final = "auto"
"""A limit that follows the stream."""
HOMEWORK_GAP: Final = "20:0.05"


class Wanted(Struct, frozen=True, kw_only=True):
    """The limits of the rules as a user writes them: "off" leaves a rule out, "auto" has it follow the stream."""

    mean_gap: str = OFF
    """START:MARGIN, or auto."""
    mean_gap_move: float = 10.0
    mean_gap_up_after: int = 30
    mean_gap_down_after: int = 31
    entropy: str = OFF
    """auto: either way."""
    entropy_above: str = OFF
    """FIRE:RECOVER."""
    entropy_below: str = OFF
    watched_share: str = OFF
    """LEVEL:BAND, or auto."""
    unusual: str = OFF
    """FIRE:RECOVER, two probabilities, or auto."""
    least: int = 200
    """Events that entropy and watched share must rest on to be judged: the entropy of 51 shares comes out 0.1 nats too
    low with 200 events, and 0.36 with 50 (docs/decisions/0003)."""

    @property
    def is_off(self) -> bool:
        """Whether no rule is on."""
        rules = (self.mean_gap, self.entropy, self.entropy_above, self.entropy_below, self.watched_share, self.unusual)
        return all(each == OFF for each in rules)


NONE: Final = Wanted()
MEETUP: Final = Wanted(mean_gap=AUTO, entropy=AUTO, watched_share=AUTO, unusual=AUTO)
"""The homework's four, with limits that follow the stream: its own numbers were silent, or told half of all events."""


def wanted(base: Wanted, given: dict[str, str | float | int]) -> Wanted:
    """Some rules, with what else was given.

    How the limit of the mean gap moves turns the homework's rule on, and a limit of entropy replaces the one that
    follows.

    >>> wanted(NONE, {"mean_gap_move": 5.0}).mean_gap, wanted(MEETUP, {"unusual": "off"}).unusual
    ('20:0.05', 'off')
    >>> wanted(MEETUP, {"entropy_above": "3.2:3.15"}).entropy
    'off'
    """
    found: Wanted = structs.replace(base, **given)
    if any(name.startswith("mean_gap_") for name in given) and "mean_gap" not in given:
        found = structs.replace(found, mean_gap=HOMEWORK_GAP)
    if any(name.startswith("entropy_") for name in given) and "entropy" not in given:
        found = structs.replace(found, entropy=OFF)
    return found
