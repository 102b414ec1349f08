"""Precision: how much of what was told was worth telling, by what people have said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from rarebird.incident.wording import percent
from rarebird.model.incident import Incident

ALL = "all"
_HEAD = ("kind", "told", "real", "expected", "too sensitive", "unanswered", "precision")


class Precision(Struct, frozen=True):
    """What people have said of the incidents of a kind that they were told."""

    kind: str
    told: int
    real: int
    expected: int
    too_sensitive: int
    unanswered: int

    @property
    def precision(self) -> float | None:
        """The part of those answered that were real; None where none was."""
        answered = self.told - self.unanswered
        return self.real / answered if answered else None


def precision(incidents: Iterable[Incident]) -> list[Precision]:
    """For each kind that was told, in order, and for all; what was muted was not told.

    >>> precision([])
    [Precision(kind='all', told=0, real=0, expected=0, too_sensitive=0, unanswered=0)]
    """
    told = [each for each in incidents if not each.muted]
    kinds = sorted({each.kind for each in told})
    return [*(_of(kind, [each for each in told if each.kind == kind]) for kind in kinds), _of(ALL, told)]


def precision_lines(found: Iterable[Precision]) -> Iterator[str]:
    r"""A table for people.

    >>> print(*precision_lines([Precision("mix", 5, 2, 1, 0, 2)]), sep="\n")
    kind        told   real   expected   too sensitive   unanswered   precision
    mix            5      2          1               0            2        67 %
    """
    yield _row(_HEAD)
    for each in found:
        counts = each.told, each.real, each.expected, each.too_sensitive, each.unanswered
        share = "-" if each.precision is None else percent(each.precision)
        yield _row((each.kind, *(f"{count:,}" for count in counts), share))


def _of(kind: str, told: list[Incident]) -> Precision:
    real, expected, sensitive, unanswered = (
        sum(each.feedback == said for each in told) for said in ("real", "expected", "too sensitive", "")
    )
    return Precision(kind, len(told), real, expected, sensitive, unanswered)


def _row(cells: Iterable[str]) -> str:
    first, *rest = cells
    widths = (8, *(len(head) + 3 for head in _HEAD[2:]))
    return f"{first:<8}" + "".join(f"{cell:>{width}}" for cell, width in zip(rest, widths, strict=True))
