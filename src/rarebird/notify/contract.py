"""The contract of every notifier.

- `send` MUST hand over all of a group as one message, or raise Undelivered and have handed over none of it that it
  knows of.
- Only the service's own yes, read to its end, is a message that was handed over. Any other answer raises Undelivered:
  a redirection, which MUST NOT be followed, a page of HTML, an answer that cannot be read or that breaks off.
- Undelivered MUST say what it is about, whether the group may have been taken all the same, and how long to wait where
  the service said so. Where a service answers without end, it MUST come within a bounded time and memory.
- A notifier MUST NOT try again by itself, MUST NOT print, and MUST keep its secrets out of every text.
- What comes from the stream MUST NOT be able to give orders to the service or to the reader's terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol

from msgspec import Struct

from rarebird.errors import NotifyError
from rarebird.incident.telling import Nouns
from rarebird.model.incident import Incident

REPEAT: Final = "(perhaps sent before) "
"""What stands before the text of what may have been sent before."""


About = Literal["attempt", "notification", "channel", "unknown"]
"""What stands between a message and the service, as far as its answer says.

attempt: this time it did not work; the next one may, as after a 503 or a lost connection.
notification: what is in this message, so others may be taken, as after a 400.
channel: whatever is sent, until somebody mends something, as after a 404.
unknown: the service does not say which of these it is.
"""


class Undelivered(NotifyError):
    """A group could not be handed over."""

    def __init__(
        self, text: str, *, about: About = "attempt", in_doubt: bool = False, after_s: float | None = None
    ) -> None:
        super().__init__(text)
        self.about: About = about
        self.in_doubt = in_doubt
        """Whether people may have got it all the same: what came back does not say that it was refused."""
        self.after_s = after_s
        """How long the service asks to wait before the next message, s; None where it said nothing."""


class ChannelClosed(NotifyError):
    """Nobody is at the other end, nor can be before the next start: standard output was closed."""


class Notice(Struct, frozen=True):
    """One thing to tell."""

    time: int
    """When it happened, event time, µs UTC."""
    text: str
    """In plain words; it may hold names from the stream, whatever they are."""
    key: str = ""
    """What it is about, the same whenever the same is found; with the time it tells one notice from another."""
    incident: Incident | None = None
    """What it tells of, in numbers; None where it is no incident."""
    nouns: Nouns = Nouns()
    """What events and categories are called there; of the full names those of the incident."""
    quiet: bool = False
    """It only changes what was told before: not worth a message of its own."""
    provisional: bool = False
    """A quiet one of what may be otherwise within minutes: that all of an incident is over, or that it came back before
    that was said. What stands is changed; a record has no use for it, as what it comes to is a notice of its own."""
    addition: str = ""
    """What is new in a quiet one, in a sentence that stands alone: what a service gets that cannot change what it told.
    Empty where such a service gets nothing."""
    repeat: bool = False
    """It may have been sent before, as its text says then; set as it is sent."""
    found: int = 0
    """When it was put into an outbox, arrival time, µs UTC; 0 where it was not."""
    link: str = ""
    """Where people can read more of it and answer; set as it is sent, empty where there is no such place."""


class Queue(Protocol):
    """Where notices wait to be sent."""

    def put(self, notices: Sequence[Notice]) -> None:
        """Takes more in: all that a step of the watch has brought, at once."""
        ...


class Notifier(Protocol):
    """A way to people."""

    @property
    def name(self) -> str:
        """What it is called in messages about it."""
        ...

    @property
    def edits(self) -> bool:
        """Whether it takes quiet notices: it can change what it has told, or follows the states of an incident."""
        ...

    @property
    def records(self) -> bool:
        """Whether it keeps a record of all that happened, so that no notice takes the place of one that waits."""
        ...

    @property
    def most(self) -> int:
        """How many notices one group may hold."""
        ...

    @property
    def pause_s(self) -> float:
        """How long to wait between two messages, s, so that the service need not refuse any."""
        ...

    async def send(self, group: Sequence[Notice]) -> None:
        """Hands over a group as one message: at least one notice, at most `most`; one of an incident comes alone.

        Raises Undelivered, and ChannelClosed where nothing can be handed over any more.
        """
        ...


def one_line(text: str, longest: int) -> str:
    r"""A text without what could break out of its line or steer a terminal, and not too long.

    >>> one_line("a\nb \x1b[2Jc", 100), one_line("abcdef", 4)
    ('a b [2Jc', 'abc…')
    """
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def linked(notice: Notice, longest: int) -> str:
    """What a notice says as one line, with its link behind it, which is never cut.

    >>> linked(Notice(0, "Something.", link="https://example.org/incidents/1"), 100), linked(Notice(0, "Else."), 4)
    ('Something. https://example.org/incidents/1', 'Els…')
    """
    return f"{one_line(notice.text, longest)} {notice.link}".rstrip()
