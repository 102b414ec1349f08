"""Presence: whether messages have the field of the category, and what becomes of those that have not."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from rarebird.model.categories import Categories
from rarebird.model.missing import EARLY


class Presence:
    """What is known of the field of the category in one stream, from its messages that no condition leaves out.

    It depends on the order of the messages alone, not on the blocks in which they come, and a reader who goes on from
    `absent` and `present` decides as one who was never interrupted.
    """

    def __init__(self, categories: Categories) -> None:
        self._categories = categories
        self.absent = 0
        """How many messages, up to `EARLY`, came without the field before the first that had it."""
        self.present = False
        """Whether that one came in time."""

    @property
    def marks(self) -> bool:
        """Whether a missing field has to be told from null: UNSET stands for it then, elsewhere None for both."""
        missing = self._categories.missing
        return missing == "malformed" or (missing == "auto" and not self.present)

    @property
    def takes_none(self) -> bool:
        """Whether null is a category."""
        return self._categories.missing != "before"

    def came(self) -> None:
        """Some messages were read, and each of them has the field."""
        self.present = self.present or (self.takes_none and self.absent < EARLY)

    def fault(self, value: Any) -> str:
        """What is wrong with the category of the next message; empty where it has one."""
        if not self.takes_none:
            return "expected a category, got nothing" if value is None else ""
        is_missing = value is UNSET
        if not self.present and self.absent < EARLY:
            self.present = not is_missing
            self.absent += is_missing
        return "expected a category, got a message without this field" if is_missing and self.marks else ""
