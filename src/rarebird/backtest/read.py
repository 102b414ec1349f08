"""Reading back what `backtest --json` and `simulate --truth` wrote, for scoring."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from rarebird.backtest.lines import Again, Began, Ended, Unsent, With
from rarebird.backtest.score import Known, Told
from rarebird.errors import InputError, SourceError
from rarebird.model import instant
from rarebird.model.outside import UNREADABLE


class Findings(Struct, frozen=True):
    """What a backtest lists as sent, what joined included, and over which span of event time, µs UTC."""

    told: list[Told]
    span: tuple[int, int]


class _Summary(Struct, tag_field="type", tag="summary"):
    first: str | None
    last: str | None


_Line = Began | Again | With | Unsent | Ended | _Summary


class _Change(Struct):
    kind: str
    began: int | str
    ended: int | str
    category: str = ""


def findings(path: str) -> Findings:
    """The incidents of a file, or of standard input where it is "-".

    Raises SourceError where it cannot be read, InputError where it is not the whole output of `backtest --json`.
    """
    told: list[Told] = []
    open_: dict[int, list[int]] = {}
    summary: _Summary | None = None
    for number, line in _lines(path):
        each = _decoded(line, _Line, "a line of `rarebird backtest --json`", path, number)
        if isinstance(each, _Summary):
            summary = each
        elif isinstance(each, Ended):
            if each.id not in open_:
                raise InputError(f"{path}, line {number}: expected the end of an incident told before, got {each.id}")
            ended = _instant(each.ended, path, number)
            for at in open_.pop(each.id):
                told[at] = told[at]._replace(ended=ended)
        elif not isinstance(each, Unsent):
            open_.setdefault(each.id, []).append(len(told))
            told.append(Told(len(told) + 1, each.category, _instant(each.detected, path, number), None))
    if summary is None:
        raise InputError(f"{path}: expected a summary in the last line; give all that `rarebird backtest --json` wrote")
    first, last = (_instant(each or 0, path, 0) for each in (summary.first, summary.last))
    return Findings(told, (first, last))


def truths(path: str) -> list[Known]:
    """The changes of a file. Instants are µs since 1970, or ISO 8601. Raises as `findings` does."""
    known = []
    for number, line in _lines(path):
        each = _decoded(line, _Change, "a change such as `rarebird simulate --truth` writes", path, number)
        began, ended = (_instant(time, path, number) for time in (each.began, each.ended))
        known.append(Known(each.kind, each.category, began, ended))
    return known


def _lines(path: str) -> list[tuple[int, bytes]]:
    try:
        body = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise SourceError(f"expected a file to read, got {path}: {error.strerror}", permanent=True) from None
    return [(number, line) for number, line in enumerate(body.splitlines(), 1) if line.strip()]


def _decoded(line: bytes, kind: Any, expected: str, path: str, number: int) -> Any:
    try:
        return msgspec.json.decode(line, type=kind)
    except UNREADABLE as error:
        raise InputError(f"{path}, line {number}: expected {expected} ({error})") from None


def _instant(time: int | str, path: str, number: int) -> int:
    if isinstance(time, int):
        return time
    try:
        return instant.parse(time)
    except ValueError:
        raise InputError(f"{path}, line {number}: expected an instant in ISO 8601, got {time!r}") from None
