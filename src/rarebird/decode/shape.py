"""The shape of a message: a msgspec Struct with only the fields that a watch needs, so that the rest is skipped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rarebird.decode.access import access
from rarebird.errors import ConfigError
from rarebird.model.instant import LAST, SECOND, UNITS

Scalar = str | int | float | bool | None
"""What a category, an identity or a condition may be in JSON."""
_Marked = Scalar | UnsetType


def time_types(unit: str) -> tuple[Any, ...]:
    """The types that a time may have in a whole block: integer, number, text, the fastest first.

    An epoch time is positive, stays below the last second of the year 9999, so that no rounding passes it, and within
    64 bits.
    """
    if unit == "iso":
        return (str,)
    largest = 2**63 - 1 if unit == "auto" else int((LAST - SECOND) / UNITS[unit])
    limits = Meta(gt=0, lt=min(largest, 2**63 - 1))
    return Annotated[int, limits], Annotated[int, limits] | Annotated[float, limits], str


class Shape:
    """A Struct type for a set of paths, and for each path the access to it.

    The first path is the time: its leaf is required and of `time_type`. Every other leaf is a scalar, and where it is
    missing None, or UNSET for the path `marked`. With `nullable` null may stand where fields are expected to lie
    within; they are missing then, and `reach` alone gives the values.

    >>> shape = Shape(("at", "user.city"), str)
    >>> message = shape.decoder.decode(b'{"at": "2020-01-01", "user": {"city": "Oslo", "age": 3}}')
    >>> [path.column([message]) for path in shape.accesses]
    [['2020-01-01'], ['Oslo']]
    """

    def __init__(self, paths: Sequence[str], time_type: Any, marked: str = "", *, nullable: bool = False) -> None:
        tree: dict[str, Any] = {}
        for path in paths:
            _plant(tree, path, time_type if path == paths[0] else _Marked if path == marked else Scalar)
        self.decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_struct(tree, paths[0], nullable=nullable))
        """Of messages of this shape."""
        self._missing = [(path, UNSET if path == marked else None) for path in paths]
        self.accesses = tuple(access("row." + _attribute(path)) for path in paths)

    def reach(self, message: Any) -> list[Any]:
        """The value at each path of one message, one by one."""
        return [_reached(message, path, missing) for path, missing in self._missing]


def _reached(message: Any, path: str, missing: Any) -> Any:
    for step in path.split("."):
        if message is None:
            return missing
        message = getattr(message, _attribute(step))
    return message


def _attribute(path: str) -> str:
    """The path with each step in a form that is a Python name, whatever the stream calls it."""
    return ".".join("f_" + step.encode().hex() for step in path.split("."))


def _plant(tree: dict[str, Any], path: str, leaf: Any) -> None:
    if not path.isprintable() or '"' in path or "\\" in path:
        raise ConfigError(f"expected a path without quotes, backslashes and control characters, got {path!r}")
    *steps, last = path.split(".")
    for step in steps:
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            raise ConfigError(f"expected {step} in the path {path} to hold fields, but it is used as a field itself")
    if isinstance(tree.get(last), dict):
        raise ConfigError(f"expected a field at {path}, but another path leads further inside it: name only one")
    tree.setdefault(last, leaf)


def _struct(tree: dict[str, Any], required: str, *, nullable: bool) -> Any:
    """A Struct for one level; all its fields may be missing but those on the way to `required`."""
    head, _, rest = required.partition(".")
    fields: list[Any] = []
    for step, leaf in tree.items():
        name = _attribute(step)
        if not isinstance(leaf, dict):
            fields.append((name, leaf) if step == head else (name, leaf, UNSET if leaf is _Marked else None))
            continue
        inner = _struct(leaf, rest if step == head else "", nullable=nullable)
        kind = inner | None if nullable else inner
        fields.append((name, kind) if step == head else (name, kind, inner()))
    names = {_attribute(step): step for step in tree}
    return msgspec.defstruct("Message", fields, rename=names, kw_only=True, frozen=True, gc=False)
