"""Joining: what the parts of a shared watch hand over, as a source for the watch of the whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import reduce
from operator import add
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rarebird.errors import StoreError
from rarebird.model.batch import Batch, empty
from rarebird.model.categories import Categories
from rarebird.model.handed import Handed
from rarebird.model.instant import UNKNOWN
from rarebird.model.plural import counted
from rarebird.model.position import Position
from rarebird.model.tally import Tally
from rarebird.model.ticks import NONE, Cells, joined
from rarebird.run.handing import Standing, cells_of, standing_of
from rarebird.source.contract import SourceState
from rarebird.store.contract import JOINED, Part, Parts
from rarebird.watch import TICK

_NEVER: Final = Standing(UNKNOWN, Tally())


class Joining:
    """Reads all parts up to the smallest watermark of those whose time has moved within `hold_s`.

    A part that stands still for longer is passed by: what it hands over later is late. `clock`, s, need not be that of
    other machines: only how long ago a change was seen here counts. Where a part is in its stream is its position, so
    however what it handed over is cut, each tick is taken once. `rest` waits until it is worth looking again; `is_over`
    says that the part of this process has ended, before which the whole does not.
    """

    name, live, again = JOINED, True, True

    def __init__(  # noqa: PLR0913 - whose parts are joined and when, each by name
        self,
        parts: Parts,
        count: int,
        categories: Categories,
        *,
        hold_s: float,
        clock: Callable[[], float],
        rest: Callable[[], Awaitable[None]],
        is_over: Callable[[], bool],
    ) -> None:
        self.state = SourceState("connected", 0)
        self._parts, self._categories, self._hold_s = parts, categories, hold_s
        self._clock, self._rest, self._is_over = clock, rest, is_over
        self._codes: list[NDArray[np.int32]] = [np.empty(0, np.int32)] * count
        self._moved = [clock()] * count
        self._standings = [_NEVER] * count
        self._taken = [UNKNOWN] * count

    async def read(self, since: Position | None) -> AsyncIterator[tuple[Batch, Position]]:
        """What the parts hand over behind a position, until all have ended; StoreError when another holds the lease."""
        if since is not None:
            self._taken = self._checked(since.parts)
        told: Tally | None = None
        while True:
            await self._hold_lease()
            self._look(await self._parts.standings())
            is_over = self._is_over() and all(standing.ended for standing in self._standings)
            until, named = self._until(), [len(codes) for codes in self._codes]
            found = await self._parts.read(self._taken, None if is_over else until, named)
            cells = [self._learn(at, part, is_over=is_over) for at, part in enumerate(found)]
            taken, handed = self._taken, self._handed(cells, until, is_over=is_over)
            if is_over or (taken, told) != (self._taken, handed.tally):
                told = handed.tally
                yield empty()._replace(handed=handed), Position(parts=tuple(self._taken))
            if is_over:
                return
            await self._rest()

    def settle(self, watermark: int) -> None:
        """Nothing: what is taken is dropped once that is durable."""

    def _checked(self, taken: Sequence[int]) -> list[int]:
        if len(taken) != len(self._taken):
            raise StoreError(
                f"{self._parts.url}: expected a watch in {counted(len(self._taken), 'parts')}, as --part says, "
                f"found one in {len(taken)}; divide it as it was, or take another --name",
                permanent=True,
            )
        return list(taken)

    async def _hold_lease(self) -> None:
        if not await self._parts.lease():
            raise StoreError(f"{self._parts.url}: another process puts the parts of this watch together", fenced=True)

    def _look(self, standings: Sequence[bytes | None]) -> None:
        """Takes in where the parts stand."""
        for at, body in enumerate(standings):
            standing = standing_of(body) or _NEVER
            if standing.until != self._standings[at].until:
                self._moved[at] = self._clock()
            self._standings[at] = standing

    def _learn(self, at: int, part: Part, *, is_over: bool) -> Cells:
        """The cells of a part that are not taken yet, with the codes of the whole."""
        codes = self._codes[at] = np.concatenate((self._codes[at], self._categories.encode(part.names)))
        last = self._standings[at].last if is_over else b""
        # What it has handed over since it was asked where it stands waits for the next look.
        told = joined([*map(cells_of, part.ticks)])
        told = told.rows(told.tick < self._standings[at].until // TICK)
        cells = joined([told, cells_of(last)])
        cells = cells.rows(cells.tick >= self._taken[at] // TICK)
        return cells._replace(category=codes[cells.category])

    def _handed(self, cells: Sequence[Cells], until: int, *, is_over: bool) -> Handed:
        """What is taken now, with `_taken` behind it."""
        reach = [min(standing.until, until) for standing in self._standings]
        self._taken = [max(pair) for pair in zip(self._taken, reach, strict=True)]
        pairs = list(zip(cells, self._taken, strict=True))
        is_silent = not all(standing.ended or standing.until >= until for standing in self._standings)
        return Handed(
            joined([of_part.rows(of_part.tick < end // TICK) for of_part, end in pairs]),
            until,
            reduce(add, (standing.tally for standing in self._standings), Tally()),
            missed=max(until if is_silent else UNKNOWN, *(standing.missed for standing in self._standings)),
            last=joined([of_part.rows(of_part.tick >= end // TICK) for of_part, end in pairs]) if is_over else NONE,
        )

    def _until(self) -> int:
        """Event time up to which the whole is closed now."""
        now = self._clock()
        speaking = [
            standing
            for standing, moved in zip(self._standings, self._moved, strict=True)
            if now - moved <= self._hold_s
        ]
        holding = speaking or [standing for standing in self._standings if standing.ended]
        return max([*self._taken, min((standing.until for standing in holding), default=UNKNOWN)])
