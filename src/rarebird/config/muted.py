"""When nothing is to be sent, as a user says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Muted(NamedTuple):
    """The mutes of a start as they were written."""

    mutes: Sequence[str] = ()
    calendars: Sequence[str] = ()
    """Files."""
    holidays: Sequence[str] = ()
    """Countries, or parts of them."""
