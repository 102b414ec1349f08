"""Identities as 64-bit hashes that are the same in every process, so that a memory of them outlives one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

_UINT64 = 2**64 - 1


class _TextHashes(dict[Any, int]):
    """Hash by text: streams repeat texts such as "yes", and looking one up is four times faster than hashing it."""

    def __missing__(self, value: Any) -> int:
        if len(self) >= 65_536:
            self.clear()
        text = value if isinstance(value, str) else repr(value)
        code = self[value] = xxhash.xxh3_64_intdigest(text.encode(errors="surrogatepass"))
        return code


_hashes = _TextHashes()


def identities(columns: Iterable[Sequence[Any]], rows: int) -> NDArray[np.uint64]:
    """One hash a row over the columns that make up the identity, uint64 of shape (rows,); never 0 but without columns.

    Two rows get the same hash by chance with probability 2**-64 (splitmix64 over integers, XXH3 over texts).
    """
    mixed = np.zeros(rows, np.uint64)
    empty = True
    for column in columns:
        empty = False
        mixed = _splitmix(mixed * np.uint64(0x9E3779B97F4A7C15) + _hashed(column))
    if not empty:
        mixed[mixed == 0] = 1
    return mixed


def _hashed(column: Sequence[Any]) -> NDArray[np.uint64]:
    count = len(column)
    if count and type(column[0]) is int and set(map(type, column)) == {int}:
        try:
            return _splitmix(np.fromiter(column, np.int64, count).view(np.uint64))
        except OverflowError:
            return _splitmix(np.fromiter((value & _UINT64 for value in column), np.uint64, count))
    if count and type(column[0]) is str and set(map(type, column)) == {str}:
        return np.fromiter(map(_hashes.__getitem__, column), np.uint64, count)
    return np.concatenate([_hashed_one(value) for value in column]) if count else np.empty(0, np.uint64)


def _hashed_one(value: Any) -> NDArray[np.uint64]:
    return _hashed([value]) if type(value) in (int, str) else np.array([_hashes[repr(value)]], np.uint64)


def _splitmix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
