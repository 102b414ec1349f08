"""A section of results.md: what one benchmark found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).parent / "results.md"
_HEAD = """# Results

Written by `make bench`, each section on the machine that it names; `make bench ARGS="path start"` renews only these.
"""


class Section(NamedTuple):
    """A heading and the text below it, in Markdown."""

    name: str
    text: str


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    r"""A table in Markdown; all columns but the first are flushed right.

    >>> table(["a", "b"], [["c", "1"]])
    '| a | b |\n|---|--:|\n| c | 1 |'
    """
    rule = "|---" + "|--:" * (len(head) - 1) + "|"
    return "\n".join([_row(head), rule, *map(_row, rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def keep(found: Section, order: Sequence[str], path: Path = RESULTS) -> None:
    """Puts a section into the results in place of the one with its name; `order` is that of all sections."""
    kept = {part.name: part for part in _sections(path)} | {found.name: found}
    ordered = [kept[name] for name in order if name in kept]
    path.write_text(_HEAD + "".join(f"\n## {part.name}\n\n{part.text}\n" for part in ordered), encoding="utf-8")


def _sections(path: Path) -> list[Section]:
    if not path.exists():
        return []
    parts = re.split(r"^## (.+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return [Section(name, text.strip()) for name, text in zip(parts[::2], parts[1::2], strict=True)]
