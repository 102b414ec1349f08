"""A field that was named and that the first messages of a stream do not have."""

from __future__ import annotations

from typing import Final, NamedTuple

_SHOWN: Final = 30


class Lacking(NamedTuple):
    """A path that leads nowhere in the first messages."""

    option: str
    """By which it was named."""
    path: str
    messages: int
    """How many were looked at."""
    fields: tuple[str, ...]
    """The paths that they have, in their order."""
    meant: str
    """Which of them may be meant; empty where none is near."""
    due: bool
    """Whether so many messages were looked at that people should hear of it, though more may come."""

    @property
    def text(self) -> str:
        """For people.

        >>> print(Lacking("--by", "statsu", 10, ("time", "status"), "status", True).text)
        none of the first 10 messages has the field statsu (--by); did you mean status? They have: time, status
        """
        first = (
            "the first message does not have"
            if self.messages == 1
            else f"none of the first {self.messages} messages has"
        )
        have = "It has" if self.messages == 1 else "They have"
        near = f"; did you mean {self.meant}?" if self.meant else "."
        more = f" and {len(self.fields) - _SHOWN} more" if len(self.fields) > _SHOWN else ""
        fields = ", ".join(self.fields[:_SHOWN]) or "no field"
        return f"{first} the field {self.path} ({self.option}){near} {have}: {fields}{more}"
