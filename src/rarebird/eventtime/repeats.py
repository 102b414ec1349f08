"""Repeats: which events were seen before, by their identity."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rarebird.model.instant import UNKNOWN
from rarebird.model.state import State

_SMALLEST: Final = 1 << 12
_LEAP: Final = 8
"""A small table becomes so many times larger, so that it moves seldom."""
_ROOMY: Final = 1 << 19
"""Up to so many slots at most a quarter is taken, beyond it half: fewer probes while memory is no matter."""


class Generation:
    """A table of identities and when each was first seen: open addressing in columns.

    The n-th probe lies n slots behind the one before. That reaches every slot, as their number is a power of two, and
    all rows of a step are settled in a third of the probes that going on slot by slot would take.
    `since` is when the first of them was first seen. At most half of the slots are taken. Memory: 32 to 128 bytes an
    identity, in steps of two; large tables 32 to 64.
    """

    def __init__(self) -> None:
        self.count, self.since = 0, UNKNOWN
        self._reserve(_SMALLEST)

    def _reserve(self, slots: int) -> None:
        # A key and its stamp stand side by side, so that one look into memory brings both. Stamps have their sign
        # turned round: UNKNOWN is then 0, as are the pages that nothing was written to, which cost nothing.
        self._pairs = np.zeros((slots, 2), np.int64)
        self.keys, self._turned = self._pairs[:, 0].view(np.uint64), self._pairs[:, 1]

    def clear(self) -> None:
        """Forgets all; the memory is used again."""
        self.count, self.since = 0, UNKNOWN
        self._pairs.fill(0)

    def stamps(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """When the identities in some slots were first seen; UNKNOWN where none is."""
        return self._turned[slots] ^ UNKNOWN

    def stamp(self, slots: NDArray[np.int64], clock: NDArray[np.int64]) -> None:
        """Writes down when the identities in some slots were first seen."""
        self._turned[slots] = clock ^ UNKNOWN
        if self.since == UNKNOWN and len(clock):
            self.since = int(clock.min())

    def grow(self, more: int) -> None:
        """Makes room for so many more identities."""
        needed = 4 * (self.count + more)
        if needed > _ROOMY:
            needed = max(_ROOMY, 2 * (self.count + more))
        if needed <= len(self.keys):
            return
        keys, stamps = self.entries()
        self._reserve(max(1 << (needed - 1).bit_length(), min(_ROOMY, _LEAP * len(self.keys))))
        self.stamp(self.slots(keys, claim=True), stamps)

    def entries(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """The identities and their stamps, in no order."""
        taken = self.keys.nonzero()[0]
        return self.keys[taken], self.stamps(taken)

    @property
    def newest(self) -> int:
        """When the latest of the identities was first seen; UNKNOWN where there are none."""
        return int((self._turned ^ UNKNOWN).max())

    def state(self, since: int = UNKNOWN + 1) -> State:
        """The identities first seen at `since` or later, and how many there are in all."""
        keys, stamps = self.entries()
        recent = stamps >= since
        return {"keys": keys[recent], "stamps": stamps[recent], "count": self.count}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        self.count, self.since = 0, UNKNOWN
        self._reserve(_SMALLEST)
        self.grow(len(state["keys"]))
        self.stamp(self.slots(state["keys"], claim=True), state["stamps"])
        self.count = state["count"]

    def slots(self, keys: NDArray[np.uint64], *, claim: bool) -> NDArray[np.int64]:
        """The slot of each key, int64 of the same shape; of an unknown key a free slot, which is taken with `claim`."""
        mask = len(self.keys) - 1
        slots = (keys & np.uint64(mask)).astype(np.int64)
        open_ = self._unsettled(keys, slots, claim=claim)
        step = 1
        while len(open_):
            there = (slots[open_] + step) & mask
            slots[open_] = there
            open_ = open_[self._unsettled(keys[open_], there, claim=claim)]
            step += 1
        return slots

    def _unsettled(self, keys: NDArray[np.uint64], slots: NDArray[np.int64], *, claim: bool) -> NDArray[np.int64]:
        """Which rows found another identity in their slot."""
        found = self.keys[slots]
        if not claim:
            strange: NDArray[np.bool_] = (found != keys) & (found != 0)
            return strange.nonzero()[0]
        free = (found == 0).nonzero()[0]
        if len(free):
            self.keys[slots[free]] = keys[free]
            found = self.keys[slots]
        other: NDArray[np.bool_] = found != keys
        return other.nonzero()[0]

    def first_of(self, slots: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which rows are the first with their slot; the stamps of the slots are lost."""
        rows = np.arange(len(slots))
        self._turned[slots[::-1]] = rows[::-1]
        first: NDArray[np.bool_] = self._turned[slots] == rows
        return first


class Repeats:
    """Remembers identities for `window` µs of arrival, and at least the newest `cap` / 2, at most `cap` of them.

    An identity that comes again later than that counts as new. Where the rows are cut into batches makes no
    difference. Cost: about 60 ns a row.

    >>> repeats = Repeats(window=10, cap=100)
    >>> ids, clock = np.array([7, 8, 7, 7], np.uint64), np.array([0, 1, 2, 11], np.int64)
    >>> repeats.mark(ids, clock).tolist()
    [False, False, True, False]
    """

    def __init__(self, window: int, cap: int) -> None:
        self.window = window
        self.cap = cap
        self._older, self._newer = Generation(), Generation()

    def __len__(self) -> int:
        return self._older.count + self._newer.count

    @property
    def complete_since(self) -> int:
        """From when on all identities are known that were first seen, µs of arrival; UNKNOWN where none is known."""
        return self._newer.since if self._older.since == UNKNOWN else self._older.since

    def knows(self, identity: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which identities are remembered, however long ago they were seen, bool of the same shape."""
        found = np.zeros(len(identity), np.bool_)
        for generation in (self._older, self._newer):
            found |= generation.stamps(generation.slots(identity, claim=False)) != UNKNOWN
        found &= identity != 0
        return found

    def state(self) -> State:
        """What is remembered; of the older generation what may still count, as it is only asked for what is recent."""
        newest = max(self._older.newest, self._newer.newest)
        since = max(newest, UNKNOWN + 1 + self.window) - self.window
        return {"older": self._older.state(since), "newer": self._newer.state()}

    def restore(self, state: State) -> None:
        """Takes a state in place of its own."""
        self._older.restore(state["older"])
        self._newer.restore(state["newer"])

    def mark(self, identity: NDArray[np.uint64], clock: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which rows repeat an earlier one, bool of the same shape, and remembers the others. Identity 0 never repeats.

        `clock` is when each row arrived, µs, never going back.
        """
        if identity.all():
            return self._mark_named(identity, clock)
        repeated = np.zeros(len(identity), np.bool_)
        named = identity.nonzero()[0]
        repeated[named] = self._mark_named(identity[named], clock[named])
        return repeated

    def _mark_named(self, identity: NDArray[np.uint64], clock: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Marks rows that all have an identity, generation by generation."""
        pieces = [np.empty(0, np.bool_)]
        while len(identity):
            if self._newer.count >= max(1, self.cap // 2):
                self._older, self._newer = self._newer, self._older
                self._newer.clear()
            room = max(1, self.cap // 2) - self._newer.count
            rows = int(np.searchsorted(clock[:room], clock[0] + self.window, side="right"))
            pieces.append(self._mark_piece(identity[:rows], clock[:rows]))
            identity, clock = identity[rows:], clock[rows:]
        return np.concatenate(pieces)

    def _mark_piece(self, identity: NDArray[np.uint64], clock: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Marks rows that fit into the newer generation and lie within one window."""
        if not self._older.count:
            return self._mark_newer(identity, clock)
        repeated = self._recent(self._older.stamps(self._older.slots(identity, claim=False)), clock)
        rows = (~repeated).nonzero()[0]
        repeated[rows] = self._mark_newer(identity[rows], clock[rows])
        return repeated

    def _mark_newer(self, identity: NDArray[np.uint64], clock: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Marks rows that the older generation does not know."""
        newer = self._newer
        newer.grow(len(identity))
        slots = newer.slots(identity, claim=True)
        stamps = newer.stamps(slots)
        fresh = (~self._recent(stamps, clock)).nonzero()[0]
        fresh = fresh[newer.first_of(slots[fresh])]
        newer.count += int(np.count_nonzero(stamps[fresh] == UNKNOWN))
        newer.stamp(slots[fresh], clock[fresh])
        repeated = np.ones(len(identity), np.bool_)
        repeated[fresh] = False
        return repeated

    def _recent(self, stamps: NDArray[np.int64], clock: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which stamps lie within the window; UNKNOWN is before all that a clock can say."""
        recent: NDArray[np.bool_] = stamps >= clock - self.window
        return recent
