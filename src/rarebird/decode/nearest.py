"""Which of the names that there are is meant by one that there is not."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import islice

_MOST, _LONGEST = 1_000, 100
"""Names that are compared, and their characters: a message may hold any number of fields with names of any length."""


def nearest(name: str, known: Sequence[str]) -> str:
    """The known path or name that is most like another; empty where none is. Case and a missing beginning do not count.

    >>> nearest("Statsu", ["time", "status"]), nearest("group_stat", ["group.group_state", "state"])
    ('status', 'group.group_state')
    >>> nearest("colour", ["time", "status"])
    ''
    """
    if len(name) > _LONGEST:
        return ""
    known = list(islice((path for path in known if len(path) <= _LONGEST), _MOST))
    spelled = {path.rpartition(".")[2].casefold(): path for path in reversed(known)}
    spelled |= {path.casefold(): path for path in reversed(known)}
    found = get_close_matches(name.casefold(), spelled, n=1)
    return spelled[found[0]] if found else ""
