"""Naming: what rare events are called, and where to read of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from rarebird.decode import times
from rarebird.decode.json_lines import FAULTS, value_at
from rarebird.model.batch import Batch, Named
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields

RARE: Final = 20_000
"""A category of which less than one event in so many was, is rare: so is one that is new."""
_SHARE: Final = 50
"""Of so many bytes one is looked through again, which costs a fifth of what decoding it did: some 0.5 % in all."""
_SAVED: Final = 1 << 20
"""Bytes that may be looked through at once where none were before."""
_MANY: Final = 200
"""Events of one block above which nobody waits for them: counting each would cost 2 % of the way to a batch."""
_LINES: Final = 4
_TITLE: Final = 200
_LINK: Final = 1_000


class Naming:
    """Finds the names of the rare events of each block of JSON lines: the texts at `fields.title` and `fields.link`.

    Only the lines that hold the name of a rare category are read for it, so other messages cost next to nothing. What
    is common is not named, nor all that is rare where that is much, nor a category that JSON writes otherwise than
    plainly.
    """

    def __init__(self, fields: Fields, categories: Categories) -> None:
        self._fields, self._categories = fields, categories
        self._seen = np.zeros(64, np.int64)
        self._total = self._known = 0
        self._saved = _SAVED

    def named(self, block: bytes, batch: Batch) -> tuple[Named, ...]:
        """The names of the rare events of a batch that was made of a block."""
        if not len(batch.category):
            return ()
        rare = self._rare(batch.category)
        self._saved = min(self._saved + len(block) // _SHARE, _SAVED)
        looks = rare[: self._saved // len(block)].tolist()
        self._saved -= len(block) * len(looks)
        return tuple(named for code in looks for named in self._of(block, code))

    def _rare(self, codes: NDArray[np.int32]) -> NDArray[np.int32]:
        """The rare categories of some events, which are counted where they are few; of many, those that are new."""
        known, most = len(self._seen), int(codes.max())
        if most >= known:
            self._seen = np.concatenate((self._seen, np.zeros(most + 1 - known + known // 4, np.int64)))
        if len(codes) > _MANY:
            found = np.unique(codes[codes >= self._known]) if most >= self._known else codes[:0]
        else:
            came, events = np.unique(codes, return_counts=True)
            found = came[self._seen[came] * RARE <= self._total]
            self._seen[came] += events
            self._total += len(codes)
        self._known = max(self._known, most + 1)
        return found

    def _of(self, block: bytes, code: int) -> Iterator[Named]:
        """The events of one category, the first few lines that hold its name."""
        name = self._categories.names[code]
        at = -1
        sought = msgspec.json.encode(name)
        for _ in range(_LINES):
            at = block.find(sought, at + 1)
            if at < 0:
                return
            start, end = block.rfind(b"\n", 0, at) + 1, block.find(b"\n", at)
            at = len(block) if end < 0 else end
            if (named := self._named(block[start:at], code, name)) is not None:
                yield named

    def _named(self, line: bytes, code: int, name: str) -> Named | None:
        try:
            message = msgspec.json.decode(line)
            time = times.one(value_at(message, self._fields.time), self._fields.time_unit)
        except FAULTS:
            return None
        if value_at(message, self._fields.by) != name:
            return None
        title, link = (_text(value_at(message, path)) for path in (self._fields.title, self._fields.link))
        return Named(time, code, title[:_TITLE], link if len(link) <= _LINK else "") if title or link else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
