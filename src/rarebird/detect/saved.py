"""States as plain values, and back: what a bank has learned outlives its process."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

Kind = TypeVar("Kind")


def plain(value: Any) -> Any:
    """A value of named tuples, tuples, arrays and numbers as one of dicts, lists, arrays and numbers.

    >>> from rarebird.model.clock import UTC
    >>> plain(UTC)["offset"]
    array([0])
    """
    if isinstance(value, tuple):
        if hasattr(value, "_fields"):
            return {name: plain(part) for name, part in zip(value._fields, value, strict=True)}
        return [plain(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value


def restored(kind: type[Kind], value: Any) -> Kind:
    """The value of a type that `plain` was made of."""
    found: Kind = _restored(kind, value)
    return found


def _restored(kind: Any, value: Any) -> Any:
    if isinstance(kind, UnionType):
        inner = next(part for part in get_args(kind) if part is not NoneType)
        return None if value is None else _restored(inner, value)
    if get_origin(kind) is tuple:
        kinds = get_args(kind)
        same = kinds[-1] is Ellipsis
        return tuple(_restored(kinds[0] if same else kinds[at], part) for at, part in enumerate(value))
    if isinstance(kind, type) and issubclass(kind, tuple):
        hints = get_type_hints(kind)
        return kind(**{name: _restored(hints[name], part) for name, part in value.items()})
    return value
