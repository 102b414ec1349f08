"""The table of categories: names to small codes, in the order in which they were first seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

OTHER: Final = 0
"""The code into which names fold that come after the cap was reached."""
_FOLDED: Final = -1
CAP: Final = 1_000_000
Name = str | int | float | bool


class Categories:
    """Codes for names, at most `cap` of them; what comes later folds into "other" and is counted in `folded`.

    A table lives as long as its watch; a code never changes its name. Memory: about 110 bytes a name.

    >>> table = Categories()
    >>> table.encode(["CA", "NY", "CA"]).tolist(), table.names
    ([1, 2, 1], ['other', 'CA', 'NY'])
    """

    def __init__(self, names: Iterable[str] = (), cap: int = CAP) -> None:
        self.codes: dict[str, int] = {"other": OTHER}
        """Code by name, of the names that are known; `encode` adds to it."""
        self.cap = cap
        """How many names get a code of their own."""
        self.folded = 0
        """How many events carried a name that came after the cap was reached."""
        self._add(names)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def names(self) -> list[str]:
        """The names by code, as text; the first is "other"."""
        return list(self.codes)

    def restore(self, names: Sequence[str], folded: int) -> None:
        """Takes the names of another table, by code, in place of its own, and how many events folded there."""
        self.codes, self.folded = dict(zip(names, range(len(names)), strict=True)), folded

    def encode(self, names: Sequence[Name]) -> NDArray[np.int32]:
        """The codes of the names, int32 of the same length; new names are added."""
        texts = [name if isinstance(name, str) else as_text(name) for name in names]
        self._add(texts)
        codes = np.fromiter([self.codes.get(text, _FOLDED) for text in texts], np.int32, len(texts))
        self.folded += int(np.count_nonzero(codes == _FOLDED))
        return np.maximum(codes, OTHER, out=codes)

    def code(self, name: str) -> int | None:
        """The code of a name that is known, or None."""
        return self.codes.get(name)

    def _add(self, names: Iterable[str]) -> None:
        """Gives a code to each new name, as far as the cap allows."""
        for name in names:
            if name not in self.codes and len(self.codes) <= self.cap:
                self.codes[name] = len(self.codes)


def as_text(name: Name) -> str:
    """A category's value in JSON as its name: true rather than Python's True, and 1 for 1.0.

    >>> [as_text(name) for name in (True, 404, 1.0, 0.5, "CA")]
    ['true', '404', '1', '0.5', 'CA']
    """
    if isinstance(name, bool):
        return str(name).lower()
    return str(int(name)) if isinstance(name, float) and name.is_integer() else str(name)
