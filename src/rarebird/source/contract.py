"""The contract of every source.

- `read` MUST yield batches in the order in which the stream gave them, each with the position after it, and MUST
  accept any position that it yielded to go on from there as well as its protocol can.
- A live source MUST set `Batch.arrival`, and MUST yield an empty batch with `idle=True` about five times a second
  while it is connected and nothing is there to read; never while it is disconnected, so that a lost connection does
  not pass for a silent stream.
- A live source MUST reconnect by itself, with backoff and jitter, and MUST raise SourceError only for what trying
  again cannot mend, and only until its first event came: from then on nothing that a server sends ends it.
- It MUST NOT print, and MUST NOT stop at a line that it cannot read: the decoder counts it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal, Protocol

from msgspec import Struct

from rarebird.model.batch import Batch
from rarebird.model.position import Position


class SourceState(Struct, frozen=True):
    """How a source is doing: a value that is replaced, never changed."""

    kind: Literal["starting", "connected", "failing", "ended"]
    since: int
    """When it came into this state, µs UTC by the reader's clock."""
    detail: str = ""
    """For people: what went wrong, and when it is tried again."""
    reconnects: int = 0


class Source(Protocol):
    """A stream of events that can be read from a position on."""

    @property
    def name(self) -> str:
        """What people call it: a path or an address, without secrets."""
        ...

    @property
    def live(self) -> bool:
        """Whether it goes on for ever, so that its end is a fault."""
        ...

    @property
    def again(self) -> bool:
        """Whether it gives again what came after a position, so that nothing is missed while nobody reads."""
        ...

    @property
    def state(self) -> SourceState:
        """How it is doing now."""
        ...

    def read(self, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
        """The batches after a position, from the start of what the stream offers where it is None."""
        ...

    def settle(self, watermark: int) -> None:
        """Everything before this event time has been taken in: a resume by time may start there, less an overlap."""
        ...
