"""A state: all that a part of a watch has learned, as plain values and columns, and its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

import msgspec
import numpy as np
from msgspec.msgpack import Ext
from numpy.typing import NDArray

from rarebird.errors import StoreError

State = dict[str, Any]
"""By name: None, numbers of 64 bits, texts, bytes, lists and states of these, and numpy arrays of numbers."""
PIPE: Final = "pipe"
"""What stands alone in the state of a stream that stages of a pipeline keep, which is that of no watch."""
_COLUMN: Final = 1


class Part(Protocol):
    """A part of a watch that can be put away and brought back, after which it goes on as if nothing had happened."""

    def state(self) -> State:
        """All that it has learned. May look into its memory: make bytes of it before anything goes on."""
        ...

    def restore(self, state: State) -> None:
        """Takes a state in place of its own, and its arrays as its own memory."""
        ...


def pack(state: State) -> bytes:
    """The bytes of a state, with an array as its type, its shape and its values.

    >>> unpack(pack({"count": 3, "weights": np.array([0.5, 2])}))
    {'count': 3, 'weights': array([0.5, 2. ])}
    """
    return _encoder.encode(state)


class Unreadable(StoreError, ValueError):
    """What a store holds is damaged."""

    def __init__(self, why: object) -> None:
        super().__init__(
            f"what is held of this watch cannot be read ({why}); bring a backup back, or begin anew with --fresh",
            permanent=True,
        )


def unpack(body: bytes) -> State:
    """The state of bytes that `pack` made; its arrays may be written to. Raises Unreadable for other bytes."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, TypeError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"expected the bytes of a state: {error}") from error


@contextmanager
def reading() -> Iterator[None]:
    """What a damaged state does to those who take it in is Unreadable."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise error if isinstance(error, Unreadable) else Unreadable(f"{type(error).__name__}: {error}") from error


def check(state: State, versions: range, settings: State) -> None:
    """Raises StoreError where a state of one of some versions and of `settings` was expected and another one is given.

    A state holds both as "format" and "settings"; the names of settings are those that people know.
    """
    found = state.get("format")
    if found not in versions:
        raise StoreError(
            f"expected the state of a watch in version {versions[0]} to {versions[-1]}, found version {found}; use the "
            "rarebird that wrote it, or begin anew with --fresh",
            permanent=True,
        )
    for name, value in settings.items():
        held = state["settings"].get(name)
        if held != value:
            raise StoreError(
                f"expected the state of a watch with {name} {value or 'unset'}, found one with {held or 'it unset'}; "
                "set it as it was, call this watch something else with --name, or begin anew with --fresh",
                permanent=True,
            )


def _column(value: object) -> Ext:
    if not isinstance(value, np.ndarray):
        raise TypeError(f"expected plain values and arrays, got {type(value).__name__}")
    return Ext(_COLUMN, msgspec.msgpack.encode((value.dtype.str, value.shape, value.tobytes())))


def _array(code: int, body: memoryview) -> NDArray[Any]:
    if code != _COLUMN:
        raise ValueError(f"unknown kind of value {code}")
    kind, shape, values = msgspec.msgpack.decode(body, type=tuple[str, tuple[int, ...], bytes])
    return np.frombuffer(values, kind).reshape(shape).copy()


_encoder: Final = msgspec.msgpack.Encoder(enc_hook=_column)
_decoder: Final = msgspec.msgpack.Decoder(State, ext_hook=_array)
