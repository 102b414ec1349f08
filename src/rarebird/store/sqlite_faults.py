"""What errors of SQLite mean for people, and whether trying again can help."""

from __future__ import annotations

from typing import Final

import apsw

from rarebird.errors import StoreError

_PERMANENT: Final = (
    (apsw.NotADBError, "expected a database of SQLite, found something else; name another file"),
    (
        apsw.CorruptError,
        "the file is damaged; move it away and put a backup in its place, or begin anew without it",
    ),
    (apsw.ReadOnlyError, "the file cannot be written to; check who owns it and its folder, or name another file"),
    (apsw.CantOpenError, "the file cannot be opened; check its folder and who may write there, or name another file"),
    (apsw.PermissionsError, "the file may not be opened; check who owns it and its folder, or name another file"),
    (apsw.TooBigError, "one entry is larger than the 1 GB that SQLite holds in one place"),
)


_MENDED: Final = (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError)
"""What passes where the file was taken before: a disk that is mounted anew, or descriptors that are free again."""


def fault(error: apsw.Error, place: str, busy_s: float, *, well: bool = False) -> StoreError:
    """The error as people read it; `busy_s` is how long a lock was waited for. `well`: the file was taken before."""
    for kind, text in _PERMANENT:
        if isinstance(error, kind):
            return StoreError(f"{place}: {text}", permanent=not (well and isinstance(error, _MENDED)))
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return StoreError(
            f"{place}: another program has kept it locked for {busy_s:g} s; nothing was written. "
            "End what holds it, such as an open sqlite3 shell"
        )
    if isinstance(error, apsw.FullError):
        return StoreError(f"{place}: the disk is full, or the file may not grow; nothing was written. Make room")
    if isinstance(error, apsw.IOError):
        return StoreError(f"{place}: the disk could not be read or written ({error}); nothing was written. Check it")
    return StoreError(f"{place}: SQLite answered {type(error).__name__}: {error}", permanent=True)
