"""The contract of every store.

- `commit` MUST be atomic: after a crash at any moment a step is there whole or not at all.
- `commit` MUST refuse with StoreError(fenced=True) where another process has taken the watch since it was opened.
- What `commit` has returned from MUST survive the death of the process, and of the machine where the store can.
- A store MUST NOT retry by itself, and MUST raise StoreError that says whether trying again can help (`permanent`).
- Where `commit` failed and is not permanent, the very same Step object given again MUST count once, even where the
  first try was made and only its answer got lost.
- A store that has forgotten what it had confirmed MUST say so with StoreError(lost=True) where it can be noticed: by
  `commit`, and by `open` where a part is missing.
- A checkpoint that another version wrote MUST be refused by `open` with a text that says both versions; `forget` works.
- `open` to write MUST free all that waits in the outbox, in the order in which it was added: whoever had claimed it or
  noted it as due later owns the watch no more. `Message.due` then says what was noted.
- `reply` MUST work for everybody, fences nobody, and what it has returned from MUST survive as what is committed does.
- The number of a reply MUST be above that of each before it in the same watch, and above all `answered` of its steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, Protocol

from msgspec import Struct

from rarebird.errors import StoreError
from rarebird.model.history import NONE, Past, Spans
from rarebird.model.instant import SECOND
from rarebird.model.position import Position

Level = Literal["s", "m", "h"]
FORMAT: Final = 2
"""The version of all that a store holds of a watch, its checkpoint included: one more with each change."""


def no_watch(place: str, names: Sequence[str]) -> StoreError:
    """What is raised where a place holds no watch by the name that was asked for, but these."""
    told = f"found {', '.join(map(repr, names))}; give one of them with --name" if names else "found none"
    hint = "" if names else "; `rarebird watch` makes one, `--store` names another store"
    return StoreError(f"expected the watch by that name in {place}, {told}{hint}", permanent=True)


JOINED: Final = "parts"
"""The source by whose position a shared watch knows how far it has taken its parts."""


class Message(Struct, frozen=True):
    """One entry of the outbox: something to be sent, kept until it is."""

    id: str
    """The same for the same thing to say."""
    channel: str
    body: bytes
    due: int
    """Not before this instant, µs UTC."""
    tries: int = 0
    """How often it may have been sent before, as far as that was noted."""
    aside: str = ""
    """Why it was refused for its content and set aside, in words; empty where it was not."""


class Handover(Struct, frozen=True):
    """What a part of a shared watch has counted, for the process that puts all parts together."""

    since: int
    """Event time from which it holds all closed ticks, µs UTC; what was handed over behind it is replaced."""
    until: int
    """Event time up to which it does."""
    ticks: bytes
    """The ticks, where anything happened in them; kept until they are taken."""
    standing: bytes
    """Where the part stands now, in place of what it said before."""


class Listed(Struct, frozen=True):
    """An incident as a store lists it, each under its id as it was told last."""

    id: int
    ended: int | None
    """When it was over, event time, µs UTC; it is dropped once history by the hour begins behind that."""
    body: bytes
    """The incident, JSON."""


def second_of(listed: Listed) -> int | None:
    """When an incident was over, s since 1970."""
    return None if listed.ended is None else listed.ended // SECOND


class Step(Struct, frozen=True):
    """All that one commit makes durable, at once."""

    journal: tuple[bytes, ...] = ()
    """What came in since the last step, appended in order."""
    checkpoint: bytes | None = None
    """The whole state behind all that came in, this step included; the journal, this step's too, is dropped."""
    positions: dict[str, Position] | None = None
    """Where each source is, by its name; a source that is not named stays where it was."""
    names: tuple[str, ...] = ()
    """Names of the categories that are new, in the order of their codes."""
    history: Spans = NONE
    """Spans of one second, each once, oldest first; a span that is there already is replaced.

    One that is older than the seconds that are kept can only be a repetition, and is left out.
    """
    outbox: tuple[Message, ...] = ()
    """What is to be sent; an entry whose id waits already, or was sent since the last checkpoint, is not added."""
    status: bytes | None = None
    """The summary as it stands, JSON, for those who only look."""
    moved: int | None = None
    """Event time up to which all is counted, µs UTC: by it history ages."""
    handover: Handover | None = None
    """What a part hands over; only Redis takes it, for a part has other processes beside it."""
    incidents: tuple[Listed, ...] = ()
    """Incidents that began or changed; each takes the place of the same as it was."""
    answered: int = 0
    """The number of the last reply that journal and checkpoint hold; those up to it are dropped."""


class Saved(Struct, frozen=True):
    """What a store holds of a watch."""

    checkpoint: bytes | None
    journal: tuple[bytes, ...]
    positions: dict[str, Position]
    names: tuple[str, ...]
    standing: bytes | None = None
    """Where a part said last that it stands; None where it is none, or has not said so yet."""


class Claimed(Struct, frozen=True):
    """An entry of the outbox that is ours to send until `until`, µs UTC."""

    message: Message
    until: int


class Retention(Struct, frozen=True):
    """How long each level of history is kept, s of event time."""

    s: int = 2 * 3600
    m: int = 7 * 86_400
    h: int = 400 * 86_400


class Part(Struct, frozen=True):
    """What a part of a shared watch has handed over."""

    ticks: tuple[bytes, ...]
    """All that holds anything of the span that was asked for, oldest first."""
    names: tuple[str, ...]
    """The names of its categories by code, from the one on that was asked for."""


class Parts(Protocol):
    """Where the parts of a shared watch meet. One process at a time holds the lease and puts them together."""

    @property
    def url(self) -> str:
        """Where it is, without secrets."""
        ...

    async def lease(self) -> bool:
        """Takes the lease, or holds on to it for a while from now; False where another has it."""
        ...

    async def release(self) -> None:
        """Gives the lease back where it is held."""
        ...

    async def standings(self) -> list[bytes | None]:
        """Where each part stands; None for one that has never said so."""
        ...

    async def read(self, since: Sequence[int], until: int | None, named: Sequence[int]) -> list[Part]:
        """What each part has handed over of a span of event time, µs UTC, with its names from a code on.

        To its end where `until` is None.

        What the shared watch has durably taken is dropped first.
        """
        ...

    async def close(self) -> None:
        """Lets go."""
        ...


class Store(Protocol):
    """A durable memory of one watch. One process at a time owns it: the last that opened it for writing."""

    @property
    def url(self) -> str:
        """Where it is, without secrets."""
        ...

    async def open(self, *, write: bool) -> Saved:
        """Takes the watch (`write`) or only looks, and gives what is held."""
        ...

    async def commit(self, step: Step) -> None:
        """Makes a step durable."""
        ...

    async def claim(self, now: int, limit: int, lease: int, channel: str) -> list[Claimed]:
        """Entries of the outbox for a channel that are due and nobody else's, ours for `lease` µs.

        In the order in which they became free, and within that in the one in which they were added.
        """
        ...

    async def sent(self, ids: Sequence[str]) -> None:
        """Takes entries off the outbox."""
        ...

    async def note(self, entries: Sequence[Message]) -> None:
        """Keeps of entries that wait `due`, `tries` and `aside` as they are here; whose they are stays as it is."""
        ...

    async def waiting(self) -> list[Message]:
        """All entries that are not sent yet, whoever has claimed them, in the order in which they were added."""
        ...

    async def history(self, start: int, end: int, most: int) -> Past:
        """The spans that overlap [start, end), s since 1970, oldest first.

        Each of the finest level kept for all of the range that gives at most `most` spans; hours where none does.
        """
        ...

    async def names(self) -> tuple[str, ...]:
        """The names of the categories by code."""
        ...

    async def status(self) -> bytes | None:
        """The summary that the last commit left, JSON; None where there is none."""
        ...

    async def incidents(self, most: int) -> list[bytes]:
        """The last incidents by their id, JSON, the newest first."""
        ...

    async def incident(self, id: int) -> bytes | None:
        """One incident, JSON; None where it is not held."""
        ...

    async def reply(self, body: bytes) -> None:
        """Leaves something for the owner of the watch, now or later. Raises StoreError where there is no such watch."""
        ...

    async def replies(self, after: int) -> list[tuple[int, bytes]]:
        """What was left since a reply, by its number, in the order in which it was left, each with its number."""
        ...

    async def watches(self) -> list[str]:
        """The names of all watches that the same place holds, in order."""
        ...

    async def rename(self, former: str, swap: Callable[[bytes], bytes]) -> bool:
        """Takes over what is held under a former name, where nothing is under this one; whether there was anything.

        `swap` is applied to the bodies of messages and status, which may say it. Whoever owned it can write no more.
        """
        ...

    async def forget(self) -> None:
        """Drops all that is held of the watch; whoever owned it is fenced, except this store."""
        ...

    async def close(self) -> None:
        """Lets go; what was committed stays."""
        ...
