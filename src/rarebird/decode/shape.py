"""The shape of a message: a msgspec Struct with only the fields that a watch needs, so that the rest is skipped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rarebird.decode.access import access
from rarebird.errors import ConfigError
from rarebird.model.instant import LATEST, SECOND, UNITS

Scalar = str | int | float | bool | None
"""What a category, an identity or a condition may be in JSON."""


def time_types(unit: str) -> tuple[Any, ...]:
    """The types that a time may have in a whole block: integer, number, text, the fastest first.

    An epoch time is positive, stays below the last second of the year 9999, so that no rounding passes it, and within
    64 bits.
    """
    if unit == "iso":
        return (str,)
    largest = 2**63 - 1 if unit == "auto" else int((LATEST - SECOND) / UNITS[unit])
    limits = Meta(gt=0, lt=min(largest, 2**63 - 1))
    return Annotated[int, limits], Annotated[int, limits] | Annotated[float, limits], str


class Shape:
    """A Struct type for a set of paths, and for each path the access to it.

    The first path is the time: its leaf is required and of `time_type`. Every other leaf is a scalar, and None where
    it is missing.

    >>> shape = Shape(("at", "user.city"), str)
    >>> message = shape.decoder().decode(b'{"at": "2020-01-01", "user": {"city": "Oslo", "age": 3}}')
    >>> [path.column([message]) for path in shape.accesses]
    [['2020-01-01'], ['Oslo']]
    """

    def __init__(self, paths: Sequence[str], time_type: Any) -> None:
        tree: dict[str, Any] = {}
        for path in paths:
            _plant(tree, path, time_type if path == paths[0] else Scalar)
        self._type = _struct(tree, paths[0])
        self.accesses = tuple(access("row." + _attribute(path)) for path in paths)

    def decoder(self) -> msgspec.json.Decoder[Any]:
        """A decoder of messages of this shape."""
        return msgspec.json.Decoder(self._type)


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


def _struct(tree: dict[str, Any], required: str) -> Any:
    """A Struct for one level; all its fields may be missing but those on the way to `required`."""
    head, _, rest = required.partition(".")
    fields: list[Any] = []
    for step, leaf in tree.items():
        name = _attribute(step)
        inner = _struct(leaf, rest if step == head else "") if isinstance(leaf, dict) else leaf
        if step == head:
            fields.append((name, inner))
        else:
            fields.append((name, inner, inner() if isinstance(leaf, dict) else None))
    names = {_attribute(step): step for step in tree}
    return msgspec.defstruct("Message", fields, rename=names, kw_only=True, frozen=True, gc=False)
