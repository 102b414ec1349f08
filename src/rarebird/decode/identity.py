"""Identities as 64-bit hashes that are the same in every process, so that a memory of them outlives one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import xxhash
from numpy.typing import NDArray

_UINT64 = 2**64 - 1
_OTHER: Final = 1
"""Seed of the hashes of what is no text, so that true is not "True"."""
_NOTHING: Final = xxhash.xxh3_64_intdigest(b"", _OTHER)
_ONE: Final = np.uint64(1)
_WEYL: Final = np.uint64(0x9E3779B97F4A7C15)
_FACTORS: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS: Final = (np.uint64(30), np.uint64(27), np.uint64(31))


HASHES: Final[dict[str, int]] = {}
"""Hash by text, of texts that came before: streams repeat texts such as "yes", and looking one up is four times
faster than hashing it."""
_REMEMBERED: Final = 65_536


def identities(columns: Iterable[NDArray[np.uint64]], rows: int) -> NDArray[np.uint64]:
    """One hash a row over the `values` of the columns that make up the identity, uint64 of shape (rows,).

    0 where all columns hold nothing, or there are none: such a row has no identity, and two of them may well differ.
    Two rows get the same hash by chance with probability 2**-64 (splitmix64 over integers and XXH3 of texts).
    """
    mixed: NDArray[np.uint64] | None = None
    nameless = np.ones(rows, np.bool_)
    for column in columns:
        if nameless.any():
            nameless &= column == _NOTHING
        mixed = _splitmix(column if mixed is None else column + mixed * _WEYL)
    if mixed is None:
        return np.zeros(rows, np.uint64)
    np.maximum(mixed, _ONE, out=mixed)
    mixed[nameless] = 0
    return mixed


def values(column: Sequence[Any]) -> NDArray[np.uint64]:
    """A 64-bit value a row: integers of 64 bits themselves, and hashes of all else."""
    count = len(column)
    first = type(column[0]) if count else None
    if first is int and set(map(type, column)) == {int}:
        try:
            return np.fromiter(column, np.int64, count).view(np.uint64)
        except OverflowError:
            pass
    return np.fromiter((_value(value) for value in column), np.uint64, count)


def _value(value: Any) -> int:
    kind = type(value)
    if kind is str:
        return HASHES.get(value) or _learnt(value)
    if kind is int and -(2**63) <= value < 2**63:
        return int(value & _UINT64)
    return _NOTHING if value is None else xxhash.xxh3_64_intdigest(repr(value).encode(), _OTHER)


def _learnt(text: str) -> int:
    if len(HASHES) >= _REMEMBERED:
        HASHES.clear()
    hashed = HASHES[text] = xxhash.xxh3_64_intdigest(text.encode(errors="surrogatepass"))
    return hashed


def _splitmix(column: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014)."""
    mixed = column + _WEYL
    mixed ^= mixed >> _SHIFTS[0]
    mixed *= _FACTORS[0]
    mixed ^= mixed >> _SHIFTS[1]
    mixed *= _FACTORS[1]
    mixed ^= mixed >> _SHIFTS[2]
    return mixed
