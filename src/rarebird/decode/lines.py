"""Lines of JSON: what a line is, and whether each of them holds one message."""

from __future__ import annotations

from typing import Final

import numpy as np

_FEW: Final = 32
"""Messages up to which the lines are simply cut out."""
_NEWLINE: Final = np.array(b"\n")
_OPEN: Final = ord("{")
_BORDER: Final = int.from_bytes(b"}\n{", "little")


def whole_lines(block: bytes) -> list[bytes]:
    """The lines of a block that are not blank; only a newline ends one."""
    return [line for line in block.split(b"\n") if line and not line.isspace()]


def one_each(piece: memoryview, objects: int) -> bool:
    r"""Whether a piece of whole lines, which was decoded into so many JSON objects, holds each on a line of its own.

    Inside of JSON a brace never opens right behind one that closes, so where that stands around a line's end one
    object ends and the next begins. Where all ends of lines are such borders, and there are as many lines as objects,
    no object spans lines and no line holds two. Cost: about 100 ns a line of 1 KB.

    >>> one_each(memoryview(b'{"a":1}\n{"a":2}\n'), 2), one_each(memoryview(b'{"a":1}{"a":2}\n\n'), 2)
    (True, False)
    """
    return (objects > _FEW and _packed(piece, objects)) or _apart(piece, objects)


def _packed(piece: memoryview, objects: int) -> bool:
    """Whether so many newlines stand in the piece, each between two braces, but for one at the end.

    Newlines are looked for in cells of half a line, which leaves few calls for each: `find` passes over 64 bytes at a
    time and says where they are.
    """
    size = len(piece)
    text = np.frombuffer(piece, f"S{size}")
    # Four bytes from each on. Two before a newline they start, and the last three of them count.
    fours = np.ndarray(size - 3, "<u4", piece, strides=(1,))
    start = np.arange(0, size, max(64, size // (2 * objects)))
    end = np.append(start[1:], size)
    lines = int(piece[-1] != 10)
    while True:
        found = np.strings.find(text, _NEWLINE, start, end)
        cells = (found >= 0).nonzero()[0]
        if not len(cells):
            return lines == objects and piece[0] == _OPEN
        at = found[cells]
        start, end = at + 1, end[cells]
        lines += len(at)
        inner = at[:-1] if at[-1] == size - 1 else at
        if not (fours[inner - 2] >> 8 == _BORDER).all():
            return False


def _apart(piece: memoryview, objects: int) -> bool:
    """The same where blank lines and spaces may stand between."""
    lines = [line.strip() for line in whole_lines(bytes(piece))]
    return len(lines) == objects and all(line[:1] == b"{" and line[-1:] == b"}" for line in lines)
