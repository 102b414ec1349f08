"""What every live source shares: connect, hand on what arrives, and connect again after a fault."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Final, Protocol

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from rarebird import __version__
from rarebird.decode import Decoder
from rarebird.errors import InputError, SourceError
from rarebird.model.batch import Batch, empty
from rarebird.model.instant import SECOND, UNKNOWN
from rarebird.model.position import Position
from rarebird.source.blocks import Block, merged
from rarebird.source.contract import SourceState
from rarebird.source.inbox import Inbox

AGENT: Final = f"rarebird/{__version__} (+https://github.com/rarebird/rarebird)"
"""Public streams ask that a client names itself."""
CONNECT_S: Final = 10.0
ANSWER_S: Final = 60.0
"""How long a connection, and the start of an answer on it, may take, s."""
PROMPT: Final = 5 * SECOND
"""How long after going on from a position what was missed may take to come: until then time stands still."""
FRESH: Final = 3600 * SECOND
"""Events this near to the clock are happening now; others are a recording that is played back."""


class Interrupted(SourceError):
    """A connection failed or ended; trying again can help, not before `after_s` where the other side said so."""

    def __init__(self, text: str, *, after_s: float = 0.0) -> None:
        super().__init__(text)
        self.after_s = after_s


class Pace(Struct, frozen=True):
    """The times of a live source, all in seconds."""

    hold_s: float = 0.1
    """At most one batch is handed on in this time, unless 256 KB have come."""
    idle_s: float = 0.2
    """Where nothing comes, an idle batch is handed on this often."""
    stall_s: float | None = None
    """A connection from which nothing came for so long is given up; None: never."""


class Backoff(Struct, frozen=True):
    """The waits between attempts: exponential with full jitter, so that many clients do not come back at once.

    >>> Backoff(chance=lambda: 0.5).wait_s(attempt=3)
    2.0
    """

    first_s: float = 1.0
    """The longest wait before the first new attempt; it doubles with each attempt in vain."""
    longest_s: float = 60.0
    """The longest wait before any attempt."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    """Uniform in [0, 1)."""

    def prolonged(self) -> Backoff:
        """The same where somebody has to mend something first."""
        return replace(self, first_s=10.0, longest_s=600.0)

    def wait_s(self, attempt: int) -> float:
        """How long to wait before an attempt (from 1), s."""
        return self.chance() * min(self.longest_s, self.first_s * 2.0 ** min(attempt - 1, 30))


USUAL: Final = Pace()
PATIENT: Final = Backoff()
LONG: Final = PATIENT.prolonged()
"""Where somebody has to mend something first: the shorter, the sooner that is noticed, and the more it is asked in
vain. At 10 minutes it is 5 on average, some 300 requests a day."""


class Link(Protocol):
    """How one protocol connects."""

    @property
    def name(self) -> str:
        """The address, without secrets."""
        ...

    def open(self, since: Position) -> AbstractAsyncContextManager[AsyncGenerator[list[Block], None]]:
        """A connection that goes on from a position as well as the protocol can.

        Its blocks end where the stream is complete. Raises Interrupted for what trying again may mend, and
        SourceError with `permanent` for what it cannot.
        """
        ...


class LiveSource:
    """A stream over a link that never ends by itself: after each fault it waits and connects again.

    Follows the contract of every source. `clock` gives µs UTC, `steady` the same by a clock that nobody sets;
    `again` says that the link goes on from a position.
    """

    live = True

    def __init__(  # noqa: PLR0913 - what to read and how, each by name
        self,
        link: Link,
        decoder: Decoder,
        *,
        clock: Callable[[], int],
        steady: Callable[[], int] | None = None,
        pace: Pace = USUAL,
        backoff: Backoff = PATIENT,
        again: bool = False,
    ) -> None:
        self._link, self._decoder = link, decoder
        self.again = again
        self._steady = steady or clock
        self._clock, self._pace, self._backoff = clock, pace, backoff
        self._state = SourceState("starting", clock())
        self._settled = UNKNOWN
        self._playback = False
        self._fresh = False
        self._resumed = False
        self._came = False
        """An event has come in this start, so the address is right and all that it can say later will pass."""

    @property
    def name(self) -> str:
        """The address, without secrets."""
        return self._link.name

    @property
    def state(self) -> SourceState:
        """How it is doing now."""
        return self._state

    def settle(self, watermark: int) -> None:
        """Everything before this event time has been taken in, so a resume by time may start there."""
        self._settled = watermark

    async def read(self, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
        """The batches after a position. Raises what trying again cannot mend, and nothing once an event came."""
        position = since or Position()
        self._settled = max(self._settled, position.since)
        self._decoder.resume(position)
        self._playback = position.playback and not self._fresh
        attempt = 0
        while True:
            self._resumed = (self.again or bool(position.event_id)) and self._settled != UNKNOWN
            try:
                async with (
                    self._link.open(replace(position, since=self._settled)) as arriving,
                    aclosing(self._batches(arriving, position)) as batches,
                ):
                    async for batch, position in batches:
                        attempt = 0 if batch.read else attempt
                        yield batch, position
                self._enter("ended", "the stream is complete")
                return
            except Interrupted as fault:
                attempt += 1
                wait = fault.after_s + self._backoff.wait_s(attempt)
                self._enter("failing", f"{fault}; trying again in {wait:.1f} s (attempt {attempt})")
            except (SourceError, InputError) as fault:
                if not self._came:
                    self._enter("failing", str(fault))
                    raise
                attempt += 1
                wait = self._wait_out(str(fault), attempt)
            except Exception as fault:
                attempt += 1
                wait = self._wait_out(
                    f"{self.name} sent what cannot be made sense of ({type(fault).__name__})", attempt
                )
            await self._backoff.sleep(wait)

    def _wait_out(self, text: str, attempt: int) -> float:
        """How long to wait where trying again at once would hardly help, s."""
        wait = self._backoff.prolonged().wait_s(attempt)
        self._enter("failing", f"{text}; trying again in {wait:.1f} s (attempt {attempt})")
        return wait

    async def _batches(
        self, arriving: AsyncGenerator[list[Block], None], position: Position
    ) -> AsyncGenerator[tuple[Batch, Position], None]:
        """What one connection brings, until it ends or fails."""
        inbox = Inbox(hold_s=self._pace.hold_s, idle_s=self._pace.idle_s)
        filling = asyncio.create_task(inbox.fill(arriving), name=f"connection {self.name}")
        try:
            is_new = True
            while (blocks := await inbox.take()) is not None:
                if is_new:
                    # One that is closed at once, again and again, is a lost connection all the while.
                    self._connected()
                    is_new = False
                if not blocks:
                    self._check_stall(inbox.quiet_s)
                    yield self._idle(), replace(position, since=self._settled, playback=self._playback)
                for block in merged(blocks):
                    batch = self._decoded(block, position.lines)
                    position = self._decoder.learned(
                        Position(event_id=block.event_id, since=self._settled, lines=position.lines + batch.read)
                    )
                    position = replace(position, playback=self._playback)
                    yield batch, position
            await filling
        finally:
            filling.cancel()
            await asyncio.wait([filling])
            if not filling.cancelled():
                filling.exception()

    def _decoded(self, block: Block, lines: int) -> Batch:
        arrival = self._clock()
        if block.oversize:
            return self._decoder.oversize(arrival=arrival, lines=lines)
        batch = self._decoder.decode(block.data, arrival=arrival, lines=lines)._replace(steady=self._steady())
        self._resumed = False
        if len(batch.time):
            self._came = True
            middle = int(np.median(batch.time))
            self._fresh = self._fresh or is_fresh(middle, arrival)
            self._playback = not self._fresh
            if self._settled == UNKNOWN:
                # Until the first watermark a resume by time starts at the middle of what came first, never ahead
                # of the clock: one wrong stamp must not decide it.
                self._settled = min(middle, arrival)
        return batch

    def _idle(self) -> Batch:
        """Nothing came. Time moves with the clock, unless events of the past come: in a playback, or after a gap."""
        now = self._clock()
        is_coming = self._resumed and now - self._state.since < PROMPT
        return empty(now, idle=not (self._playback or is_coming), steady=self._steady())

    def _check_stall(self, quiet_s: float) -> None:
        stall = self._pace.stall_s
        if stall is not None and quiet_s >= stall:
            raise Interrupted(f"nothing came from {self.name} for {stall:g} s")

    def _connected(self) -> None:
        again = self._state.kind == "failing"
        self._state = SourceState("connected", self._clock(), reconnects=self._state.reconnects + again)

    def _enter(self, kind: str, detail: str) -> None:
        since = self._state.since if kind == self._state.kind else self._clock()
        self._state = replace(self._state, kind=kind, detail=detail, since=since)


def is_fresh(event_time: int, now: int) -> bool:
    """Whether events of this time are happening now.

    >>> is_fresh(10 * FRESH, 10 * FRESH + 5_000_000), is_fresh(0, 10 * FRESH)
    (True, False)
    """
    return abs(now - event_time) <= FRESH
