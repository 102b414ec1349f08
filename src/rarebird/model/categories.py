"""The table of categories: names to small codes, in the order in which they were first seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import xxhash
from numpy.typing import NDArray

from rarebird.model.missing import Missing

OTHER: Final = 0
"""The code into which names fold that come after the cap was reached."""
NO_NAME: Final = "(none)"
"""The category of an event whose category is null, empty or blank."""
_FOLDED: Final = -1
CAP: Final = 1_000_000
_LONGEST: Final = 1024
"""Bytes of UTF-8 up to which a name is kept whole: a million names then take 1 GB at the very most."""
_BEGINNING: Final = 1000
"""Bytes that are kept of a longer one; with its hash it is no longer than `_LONGEST`."""
Name = str | int | float | bool | None


class Categories:
    """Codes for names, at most `cap` of them; what comes later folds into "other" and is counted in `folded`.

    A table lives as long as its watch; a code never changes its name. Memory: about 120 bytes a name. `missing` says
    what becomes of an event without a category, see `Missing`.

    >>> table = Categories()
    >>> table.encode(["CA", "NY", " CA", None, ""]).tolist(), table.names
    ([1, 2, 1, 3, 3], ['other', 'CA', 'NY', '(none)'])
    """

    def __init__(self, names: Iterable[str] = (), cap: int = CAP, missing: Missing = "auto") -> None:
        self.codes: dict[str | None, int] = {"other": OTHER}
        """Code by category as messages write it, of those that came; `encode` adds to it."""
        self.names: list[str] = ["other"]
        """The names by code; the first is "other"."""
        self.cap = cap
        """How many names get a code of their own."""
        self.folded = 0
        """How many events carried a name that came after the cap was reached."""
        self.missing: Missing = missing
        for name in names:
            self._learn(name)

    def __len__(self) -> int:
        return len(self.names)

    def restore(self, names: Sequence[str], folded: int) -> None:
        """Takes the names of another table, by code, in place of its own, and how many events folded there."""
        self.names, self.folded = list(names) or ["other"], folded
        self.codes = {name: code for code, name in enumerate(self.names)}

    def encode(self, names: Sequence[Name]) -> NDArray[np.int32]:
        """The codes of the names, int32 of the same length; new names are added."""
        texts = [name if isinstance(name, str) or name is None else as_text(name) for name in names]
        new = [text for text in dict.fromkeys(texts) if text not in self.codes]
        for text in new:
            self._learn(text)
        codes = np.fromiter([self.codes.get(text, _FOLDED) for text in texts], np.int32, len(texts))
        rest = {text: self.codes.get(name_of(text), _FOLDED) for text in new if text not in self.codes}
        if any(code != _FOLDED for code in rest.values()):
            codes = np.fromiter(
                [rest.get(text, code) for text, code in zip(texts, codes.tolist(), strict=True)], np.int32
            )
        self.folded += int(np.count_nonzero(codes == _FOLDED))
        return np.maximum(codes, OTHER, out=codes)

    def code(self, name: str) -> int | None:
        """The code of a name that is known, or None."""
        code = self.codes.get(name)
        return self.codes.get(name_of(name)) if code is None else code

    def _learn(self, text: str | None) -> None:
        """Gives a code to the name of a text that is new, as far as the cap allows, and then to the text itself."""
        name = name_of(text)
        if name not in self.codes and len(self.names) <= self.cap:
            self.codes[name] = len(self.names)
            self.names.append(name)
        # Other spellings of a name are looked up as fast as names; they are few, or left out, as are long ones.
        if name in self.codes and len(text or "") <= _LONGEST and len(self.codes) < 2 * len(self.names) + _LONGEST:
            self.codes[text] = self.codes[name]


def name_of(text: str | None) -> str:
    r"""The name of a category that a message writes so: without blanks around it, and not longer than 1 KiB.

    Of a longer one the first 1,000 bytes are kept, up to a whole character, and a hash of all (XXH3, 64 bits).

    >>> name_of(" CA\n"), name_of(None), name_of(""), len(name_of("é" * 1000).encode())
    ('CA', '(none)', '(none)', 1019)
    """
    name = text.strip() if text else ""
    # A character takes at most four bytes.
    if not name or len(name) <= _LONGEST // 4:
        return name or NO_NAME
    whole = name.encode(errors="surrogatepass")
    if len(whole) <= _LONGEST:
        return name
    end = _BEGINNING
    while whole[end] & 0xC0 == 0x80:
        end -= 1
    return f"{whole[:end].decode(errors='surrogatepass')}…{xxhash.xxh3_64_hexdigest(whole)}"


def as_text(name: str | float) -> str:
    """A category's value in JSON as its name: true rather than Python's True, and 1 for 1.0.

    >>> [as_text(name) for name in (True, 404, 1.0, 0.5, "CA")]
    ['true', '404', '1', '0.5', 'CA']
    """
    if isinstance(name, bool):
        return str(name).lower()
    return str(int(name)) if isinstance(name, float) and name.is_integer() else str(name)
