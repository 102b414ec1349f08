"""The field check: whether the first messages of a stream have the fields that were named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from rarebird.decode.json_lines import BOM, FAULTS, value_at
from rarebird.decode.nearest import nearest
from rarebird.decode.rows import meanings
from rarebird.model.fields import Fields
from rarebird.model.lacking import Lacking

_LOOKS: Final = 1_000
"""Messages that are looked at in all, some 10 µs each, where conditions leave most of them out."""
_NEEDED, _WELCOME = 10, 100
"""Messages after which people hear of a field that is nowhere: one without which nothing counts, and any other."""
_FIELDS: Final = 500


class FieldCheck:
    """Looks at the first JSON lines of a stream, each as a whole, until each field that was named came up once.

    Conditions are looked for in every message, all else in those that meet them. `known`: the category need not be
    looked for.
    """

    def __init__(self, fields: Fields, *, known: bool = False) -> None:
        self._conditions = [(path, meanings(value)) for path, value in fields.where]
        self._where = dict.fromkeys((path for path, _ in fields.where), 0)
        self._others: dict[str, int] = {}
        self._options: dict[str, tuple[str, int]] = {}
        named = [("--where", path, _WELCOME) for path in self._where]
        named += [("--time", fields.time, _NEEDED), ("--by", "" if known else fields.by, _NEEDED)]
        named += [("--count", fields.count, _NEEDED), *(("--id", path, _WELCOME) for path in fields.id)]
        named += [("--title", fields.title, _WELCOME), ("--link", fields.link, _WELCOME)]
        for option, path, enough in named:
            if path and path not in self._options:
                self._options[path] = option, enough
                if option != "--where":
                    self._others[path] = 0
        self._fields: dict[str, None] = {}
        self._looks = 0

    @property
    def is_over(self) -> bool:
        """Whether more messages change nothing."""
        return self._looks >= _LOOKS or all(
            messages >= _WELCOME for messages in (*self._where.values(), *self._others.values())
        )

    def take(self, block: bytes) -> tuple[Lacking, ...]:
        """The fields that none of the messages so far has, with those of a block."""
        for line in _lines(block):
            if self.is_over:
                break
            try:
                message = msgspec.json.decode(line.removeprefix(BOM))
            except FAULTS:
                continue
            if isinstance(message, dict):
                self._look(message)
        counts = self._where | self._others
        return tuple(self._lacking(path, messages) for path, messages in counts.items() if messages)

    def _look(self, message: dict[str, Any]) -> None:
        self._looks += 1
        here = set(_paths(message))
        if len(self._fields) < _FIELDS:
            self._fields |= dict.fromkeys(_leaves(message))
        self._where = {path: messages + 1 for path, messages in self._where.items() if path not in here}
        if all(_scalar(value_at(message, path)) in wanted for path, wanted in self._conditions):
            self._others = {path: messages + 1 for path, messages in self._others.items() if path not in here}

    def _lacking(self, path: str, messages: int) -> Lacking:
        option, enough = self._options[path]
        fields = tuple(self._fields)
        return Lacking(option, path, messages, fields, nearest(path, fields), messages >= enough)


def _lines(block: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(block):
        end = block.find(b"\n", start) + 1 or len(block)
        yield block[start:end]
        start = end


def _paths(message: dict[str, Any], before: str = "") -> Iterator[str]:
    """All paths of a message, those of objects among them."""
    for name, value in message.items():
        yield before + name
        if isinstance(value, dict):
            yield from _paths(value, f"{before}{name}.")


def _leaves(message: dict[str, Any], before: str = "") -> Iterator[str]:
    """The paths of a message that lead to a value."""
    for name, value in message.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{before}{name}.")
        else:
            yield before + name


def _scalar(value: Any) -> Any:
    return None if isinstance(value, dict | list) else value
