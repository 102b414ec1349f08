"""Access: compiled functions that take values out of many rows at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple


class Access(NamedTuple):
    """How to reach one value in rows of one kind."""

    column: Callable[[Sequence[Any]], list[Any]]
    """The value of each row."""
    looked_up: Callable[[Sequence[Any], dict[Any, int]], list[int]]
    """What a table says of the value of each row. Raises KeyError where it does not know one."""
    matching: Callable[[Sequence[Any], Collection[Any]], list[Any]]
    """The rows whose value is among the wanted."""


def is_among(value: Any, wanted: Collection[Any]) -> bool:
    """Whether a value of JSON is among others: a truth value is no number.

    >>> is_among(True, {True, "true"}), is_among(1, {True, "true"}), is_among(True, {1.0, "1"})
    (True, False, False)
    """
    return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in wanted)


def access(expression: str) -> Access:
    """Access by an expression over `row`, such as "row.f_6d74". It is compiled: it must not hold text of a stream.

    A comprehension over plain attributes takes half the time of `operator.attrgetter`.

    >>> access("row[1]").column([(1, "a"), (2, "b")])
    ['a', 'b']
    """
    column = eval(f"lambda rows: [{expression} for row in rows]")
    looked_up = eval(f"lambda rows, table: [table[{expression}] for row in rows]")
    same = eval(f"lambda rows, wanted: [row for row in rows if {expression} == wanted]")
    among = eval(f"lambda rows, wanted: [row for row in rows if {expression} in wanted]")

    def matching(rows: Sequence[Any], wanted: Collection[Any]) -> list[Any]:
        # Comparing with one text takes two thirds of the time of hashing each.
        kept: list[Any] = same(rows, *wanted) if len(wanted) == 1 else among(rows, wanted)
        if 0 in wanted or 1 in wanted:
            # To Python 1 is True.
            return [row for row, value in zip(kept, column(kept), strict=True) if is_among(value, wanted)]
        return kept

    return Access(column, looked_up, matching)
