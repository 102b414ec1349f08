"""The store in a SQLite file: the default, for one machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import apsw

from rarebird.errors import StoreError
from rarebird.model.history import Past
from rarebird.store.contract import Claimed, Message, Retention, Saved, Step
from rarebird.store.schema import is_older, prepare
from rarebird.store.sqlite_faults import fault
from rarebird.store.tables import Tables

_T = TypeVar("_T")
_WAL_BYTES: Final = 64 * 2**20
"""What the log beside the file shrinks to after a large commit."""
_READ: Final = "DEFERRED"
_WRITE: Final = "IMMEDIATE"


class SqliteStore:
    """A watch in a file that may hold several, each by its name.

    A commit is on the disk when it returns. All calls run in one thread, so that the event loop never waits for it.
    """

    def __init__(self, path: Path, watch: str, *, retention: Retention | None = None, busy_s: float = 5.0) -> None:
        self._path = path
        self._watch = watch
        self._retention = retention or Retention()
        self._busy_s = busy_s
        self._thread = ThreadPoolExecutor(1, "rarebird-store")
        self._connection: apsw.Connection | None = None
        self._file = (0, 0)
        self._is_well = False
        self._wipes = False
        """What is written over is wiped out: the first checkpoint of before a renaming holds the former name."""
        self._token: int | None = None

    @property
    def url(self) -> str:
        """The address of the file, as `--store` takes it."""
        return f"sqlite:///{self._path.as_posix()}"

    async def open(self, *, write: bool) -> Saved:
        """Takes the watch (`write`) or only looks, and gives what is held. A file is made only where it is taken."""
        return await self._in_thread(partial(self._open, write))

    def _open(self, write: bool) -> Saved:
        self._disconnect()
        self._token = None
        connection = self._connect(create=write)
        with self._transaction(_WRITE if write else _READ):
            tables = self._tables(connection)
            tables.check_format()
            token = tables.take() if write else None
            saved = tables.saved()
        self._token = token
        self._is_well = self._is_well or write
        return saved

    async def commit(self, step: Step) -> None:
        """Makes a step durable. Raises StoreError where another process has taken the watch, or the file is gone."""
        await self._in_thread(partial(self._commit, step))

    def _commit(self, step: Step) -> None:
        if self._token is None:
            raise StoreError(
                f"{self.url}: opened to look only, so nothing can be written; open it to write", permanent=True
            )
        if step.handover is not None:
            raise StoreError(f"{self.url}: parts of a watch meet in Redis; name one with --store", permanent=True)
        self._check_file()
        token = self._token
        self._do(_WRITE, lambda tables: tables.write(step, token, self._retention))

    async def claim(self, now: int, limit: int, lease: int, channel: str) -> list[Claimed]:
        """Entries of the outbox for a channel that are due, ours for `lease` µs."""
        return await self._ask(_WRITE, lambda tables: tables.claim(now, limit, now + lease, channel))

    async def sent(self, ids: Sequence[str]) -> None:
        """Takes entries off the outbox."""
        await self._ask(_WRITE, lambda tables: tables.sent(ids))

    async def note(self, entries: Sequence[Message]) -> None:
        """Keeps of entries that wait `due`, `tries` and `aside` as they are here."""
        await self._ask(_WRITE, lambda tables: tables.note(entries))

    async def waiting(self) -> list[Message]:
        """All entries that are not sent yet, in the order in which they were added."""
        return await self._ask(_READ, Tables.waiting)

    async def history(self, start: int, end: int, most: int) -> Past:
        """The spans that overlap [start, end), s, of the finest whole level that gives at most `most`, else hours."""
        return await self._ask(_READ, lambda tables: tables.history(start, end, most))

    async def names(self) -> tuple[str, ...]:
        """The names of the categories by code."""
        return await self._ask(_READ, Tables.names)

    async def status(self) -> bytes | None:
        """The summary that the last commit left, JSON; None where there is none."""
        return await self._ask(_READ, Tables.status)

    async def incidents(self, most: int) -> list[bytes]:
        """The last incidents by their id, JSON, the newest first."""
        return await self._ask(_READ, lambda tables: tables.incidents(most))

    async def incident(self, id: int) -> bytes | None:
        """One incident, JSON; None where it is not held."""
        return await self._ask(_READ, lambda tables: tables.incident(id))

    async def reply(self, body: bytes) -> None:
        """Leaves something for the owner of the watch, on the disk when it returns; whoever writes there goes on."""
        await self._ask(_WRITE, lambda tables: tables.reply(body))

    async def replies(self, after: int) -> list[tuple[int, bytes]]:
        """What was left since a reply, by its number, each with its number."""
        return await self._ask(_READ, lambda tables: tables.replies(after))

    async def watches(self) -> list[str]:
        """The names of all watches in the file."""
        return await self._ask(_READ, Tables.watches)

    async def rename(self, former: str, swap: Callable[[bytes], bytes]) -> bool:
        """Takes over what is held under a former name, of which nothing is left in the file."""
        return await self._in_thread(partial(self._rename, former, swap))

    def _rename(self, former: str, swap: Callable[[bytes], bytes]) -> bool:
        if not self._path.exists():
            return False
        connection = self._connection or self._connect(create=False)
        is_renamed = self._do(_WRITE, lambda tables: tables.rename(former, swap))
        if is_renamed:
            # What was written over stays in the pages of the file and in its log until both are written anew.
            with self._faults(self.url):
                connection.execute("VACUUM")
                connection.pragma("wal_checkpoint", "truncate")
            self._wipes = True
            self._disconnect()
        return is_renamed

    async def forget(self) -> None:
        """Drops all that is held of the watch."""
        self._token = await self._ask(_WRITE, lambda tables: tables.forget(self._token))

    async def backup(self, path: Path) -> None:
        """Copies the whole file, all its watches, as it stands at one moment, while others go on writing to it.

        Raises StoreError where `path` exists already.
        """
        await asyncio.to_thread(self._backup, path)

    def _backup(self, path: Path) -> None:
        part = path.with_name(f"{path.name}.part")
        if path.exists():
            raise StoreError(f"expected a new file for the backup, found {path}; name another", permanent=True)
        try:
            self._copy(part)
            part.rename(path)
        except OSError as error:
            raise _no_file(path, error) from None
        finally:
            part.unlink(missing_ok=True)

    def _copy(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        path.touch(0o600)
        with self._faults(path.as_posix()):
            source, target = self._connected(self._path), self._connected(path)
            try:
                # In one piece: a commit between two pieces would begin the copy anew. Writers go on beside a reader.
                with target.backup("main", source, "main") as copy:
                    copy.step(-1)
            finally:
                source.close()
                target.close()

    async def close(self) -> None:
        """Lets go of the file; this object cannot be used again."""
        await self._in_thread(self._disconnect)
        self._thread.shutdown(wait=False)

    async def _ask(self, mode: str, question: Callable[[Tables], _T]) -> _T:
        return await self._in_thread(partial(self._do, mode, question))

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _do(self, mode: str, question: Callable[[Tables], _T]) -> _T:
        connection = self._connection or self._connect(create=False)
        with self._transaction(mode):
            return question(self._tables(connection))

    def _tables(self, connection: apsw.Connection) -> Tables:
        return Tables(connection, self._watch, self.url)

    def _connect(self, *, create: bool) -> apsw.Connection:
        """Opens the file and makes its tables."""
        self._make_file(create)
        with self._faults(self.url):
            self._connection = self._connected(self._path)
            if self._connection.pragma("journal_mode", "wal") != "wal":
                raise StoreError(
                    f"{self.url}: SQLite cannot keep its log there, as on a network's file system; name a file on a "
                    "disk of this machine, or use redis://",
                    permanent=True,
                )
        with self._faults(self.url):
            changes = create or is_older(self._connection)
        with self._transaction(_WRITE if changes else _READ):
            prepare(self._connection, self.url, create=create)
        return self._connection

    def _connected(self, path: Path) -> apsw.Connection:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(round(self._busy_s * 1000))
        connection.pragma("synchronous", "full")
        if self._wipes:
            connection.pragma("secure_delete", "on")
        connection.pragma("mmap_size", 0)
        connection.pragma("journal_size_limit", _WAL_BYTES)
        return connection

    def _make_file(self, create: bool) -> None:
        """A new file only its owner can read: a journal may hold what members said."""
        try:
            if create:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            self._file = _identity(self._path)
        except OSError as error:
            raise _no_file(self._path, error) from None

    def _check_file(self) -> None:
        """A deleted file can be written to without an error, and is lost."""
        with suppress(OSError):
            if _identity(self._path) == self._file:
                return
        raise StoreError(
            f"{self.url}: the file was deleted or replaced while it was open; what was learned since is not kept there",
            lost=True,
        )

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[None]:
        """All or nothing; errors as people read them."""
        connection = self._connection
        assert connection is not None
        with self._faults(self.url):
            connection.execute(f"BEGIN {mode}")
            try:
                yield
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def _faults(self, place: str) -> Iterator[None]:
        try:
            yield
        except apsw.Error as error:
            raise fault(error, place, self._busy_s, well=self._is_well) from error

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _no_file(path: Path, error: OSError) -> StoreError:
    if isinstance(error, FileNotFoundError):
        return StoreError(
            f"expected a store at {path}, found no such file; start what fills it, or check the address", permanent=True
        )
    return StoreError(
        f"{path}: the file cannot be made or read: {error.strerror}; check its folder, or name another", permanent=True
    )
