"""The table of categories: names to small codes, in the order in which they were first seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

OTHER: Final = 0
"""The code into which names fold that come after the cap was reached."""
CAP: Final = 1_000_000
Name = str | int | float | bool


class _Codes(dict[Any, int]):
    """Code by name; looking up a new name gives it the next code, or `OTHER` once the cap is reached."""

    def __init__(self, cap: int) -> None:
        super().__init__({"other": OTHER})
        self.cap = cap
        self.folded = 0

    def __missing__(self, name: Name) -> int:
        if not isinstance(name, str):
            return self[as_text(name)]
        if len(self) > self.cap:
            self.folded += 1
            return OTHER
        code = self[name] = len(self)
        return code


class Categories:
    """Codes for names, at most `cap` of them; what comes later folds into "other" and is counted in `folded`.

    A table lives as long as its watch; a code never changes its name. Memory: about 110 bytes a name.

    >>> table = Categories()
    >>> table.encode(["CA", "NY", "CA"]).tolist(), table.names
    ([1, 2, 1], ['other', 'CA', 'NY'])
    """

    def __init__(self, names: Iterable[str] = (), cap: int = CAP) -> None:
        self._codes = _Codes(cap)
        for name in names:
            self._codes[name]

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def cap(self) -> int:
        """How many names get a code of their own."""
        return self._codes.cap

    @property
    def folded(self) -> int:
        """How many events carried a name that came after the cap was reached."""
        return self._codes.folded

    @folded.setter
    def folded(self, events: int) -> None:
        self._codes.folded = events

    @property
    def names(self) -> list[str]:
        """The names by code, as text; the first is "other"."""
        return list(self._codes)

    def restore(self, names: Sequence[str], folded: int) -> None:
        """Takes the names of another table, by code, in place of its own, and how many events folded there."""
        cap = self._codes.cap
        self._codes = _Codes(cap)
        self._codes.update(zip(names, range(len(names)), strict=True))
        self._codes.folded = folded

    def encode(self, names: list[Name]) -> NDArray[np.int32]:
        """The codes of the names, int32 of the same length; new names are added."""
        return np.fromiter(map(self._codes.__getitem__, names), np.int32, len(names))

    def code(self, name: str) -> int | None:
        """The code of a name that is known, or None."""
        return self._codes.get(name)


def as_text(name: Name) -> str:
    """A category's value in JSON as its name: true rather than Python's True, and 1 for 1.0.

    >>> [as_text(name) for name in (True, 404, 1.0, 0.5, "CA")]
    ['true', '404', '1', '0.5', 'CA']
    """
    if isinstance(name, bool):
        return str(name).lower()
    return str(int(name)) if isinstance(name, float) and name.is_integer() else str(name)
