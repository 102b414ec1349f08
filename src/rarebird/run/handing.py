"""Handing: what a part of a shared watch has counted, as it is handed over with each step."""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec
from msgspec import Struct

from rarebird.model.instant import UNKNOWN
from rarebird.model.state import pack, unpack
from rarebird.model.tally import Tally
from rarebird.model.ticks import NONE, Cells, Ticks, joined
from rarebird.store.contract import Handover
from rarebird.watch import TICK

_REMEMBERED: Final = 60
"""Steps that are handed over anew where a store has forgotten them."""


class Standing(Struct, frozen=True):
    """Where a part stands. Codes are those of its own categories."""

    until: int
    """Event time up to which it has handed over all of its ticks, µs UTC."""
    tally: Tally
    missed: int = UNKNOWN
    """Event time of the end of the last gap that a source of it left, µs UTC."""
    ended: bool = False
    """Its input has come to its end."""
    last: bytes = b""
    """The cells of what it closed then, which more input would close anew."""


class Handing:
    """Collects the ticks that a part closes. What the store holds already is not handed over again."""

    def __init__(self) -> None:
        self._since = self._until = UNKNOWN
        self._cells: list[Cells] = []
        self._told: deque[tuple[int, Cells]] = deque(maxlen=_REMEMBERED)

    def begin(self, standing: bytes | None) -> None:
        """Goes on behind what a store holds; one that has forgotten steps is told them by `anew`."""
        if standing is not None and self._until == UNKNOWN:
            self._since = self._until = msgspec.msgpack.decode(standing, type=Standing).until

    def note(self, ticks: Ticks) -> None:
        """Takes in what was closed."""
        if ticks.until > self._until:
            self._cells.append(_behind(ticks.cells, self._until))
            self._until = ticks.until

    def step(self, tally: Tally, missed: int, *, anew: bool = False, last: Cells | None = None) -> Handover:
        """What is handed over now; `anew` with that of the last minute.

        `missed`: the end of the last gap. `last`: the input has come to its end, which closed these cells; they are not
        of the state.
        """
        cells, since = joined(self._cells), self._since
        if anew and self._told:
            since = self._told[0][0]
            cells = joined([*(told for _, told in self._told), cells])
            self._told.clear()
        self._told.append((since, cells))
        self._cells, self._since = [], self._until
        closing = b"" if last is None else packed(_behind(last, self._until))
        standing = Standing(self._until, tally, missed, ended=last is not None, last=closing)
        return Handover(since, self._until, packed(cells), msgspec.msgpack.encode(standing))


def packed(cells: Cells) -> bytes:
    """The bytes of cells; none where there are none."""
    return pack({"cells": list(cells)}) if len(cells.tick) else b""


def cells_of(body: bytes) -> Cells:
    """The cells that `packed` made bytes of."""
    return Cells(*unpack(body)["cells"]) if body else NONE


def standing_of(body: bytes | None) -> Standing | None:
    """Where a part stands; None where it has never said so."""
    return None if body is None else msgspec.msgpack.decode(body, type=Standing)


def _behind(cells: Cells, since: int) -> Cells:
    return cells.rows(cells.tick >= since // TICK)
