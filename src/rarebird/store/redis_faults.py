"""What errors of Redis mean for people, and whether trying again can help."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from redis import exceptions as of_redis

from rarebird.errors import StoreError
from rarebird.store.contract import FORMAT

_PASSING: Final = {
    of_redis.BusyLoadingError: "Redis is still loading its data after a start; wait until it has",
    of_redis.OutOfMemoryError: "Redis is out of memory and took nothing; raise its maxmemory or remove other keys",
    of_redis.TimeoutError: "no answer from Redis in time; the step may have been taken. See whether it runs or is busy",
    of_redis.MasterDownError: "this Redis copies from another one that it cannot reach; bring that one back",
    of_redis.ClusterDownError: "the Redis cluster is down; bring its missing nodes back",
    of_redis.TryAgainError: "the Redis cluster is moving these keys; wait until it is done",
}
_PERMANENT: Final = {
    of_redis.AuthenticationError: "Redis refused the user or password; put them into the address: redis://USER:PASSWORD@…",
    of_redis.AuthenticationWrongNumberOfArgsError: "Redis asks for another form of login; give USER:PASSWORD",
    of_redis.NoPermissionError: "this user of Redis may not run what is needed; allow ~rarebird:* +@all -@dangerous",
    of_redis.ReadOnlyError: "this Redis is a copy that takes no writes; give the address of the one that does",
}
_BY_WORD: Final = (
    ("MISCONF", "Redis cannot save to its own disk and takes no writes; make room there, or see its log", False),
    ("BUSY ", "Redis is busy with a script of another program; wait, or end it there with SCRIPT KILL", False),
    ("max number of clients", "Redis has as many clients as it allows; end some, or raise its maxclients", False),
    ("NOAUTH", "Redis asks for a password; put it into the address: redis://USER:PASSWORD@…", True),
    ("DB index", "Redis has no database of that number; end the address in a smaller one, such as /0", True),
    ("unknown command", "this Redis lacks a command; it has to be Redis 7.0 or later, or Valkey", True),
    ("compiling script", "this Redis is too old; it has to be Redis 7.0 or later, or Valkey", True),
)


@contextmanager
def told(place: str, *, well: bool = False) -> Iterator[None]:
    """Errors of Redis within the block as people read them; `place` is the address without user and password.

    `well`: it was, so a refusal is that of a server in between, such as the old master of a failover, or of a password
    that changes: trying again can help.

    redis-py writes under `asyncio.wait_for`, which in Python 3.11 swallows a cancellation that comes as the write ends:
    the block raises it again.
    """
    before = _cancellations()
    try:
        yield
    except (of_redis.RedisError, OSError) as error:
        if _cancellations() > before:
            raise asyncio.CancelledError from error
        raise fault(error, place, well=well) from error
    if _cancellations() > before:
        raise asyncio.CancelledError


def _cancellations() -> int:
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


def fault(error: Exception, place: str, *, well: bool = False) -> StoreError:
    """The error as people read it; `place` is the address without user and password. `well`: it was."""
    found = _fault(error, place)
    found.permanent = found.permanent and not well
    return found


def _fault(error: Exception, place: str) -> StoreError:
    if isinstance(error, of_redis.MovedError):
        text = f"this node of a Redis cluster does not hold the watch; give the address of {error.host}:{error.port}"
        return StoreError(f"{place}: {text}", permanent=True)
    for kind in type(error).__mro__:
        if kind in _PASSING:
            return StoreError(f"{place}: {_PASSING[kind]}")
        if kind in _PERMANENT:
            return StoreError(f"{place}: {_PERMANENT[kind]}", permanent=True)
    for word, text, permanent in _BY_WORD:
        if word.lower() in str(error).lower():
            return StoreError(f"{place}: {text}", permanent=permanent)
    if isinstance(error, of_redis.ConnectionError | OSError):
        return _unreachable(error, place)
    return StoreError(f"{place}: Redis answered {type(error).__name__}: {str(error)[:200]}", permanent=True)


def _unreachable(error: Exception, place: str) -> StoreError:
    cause = error if isinstance(error, OSError) else error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLError):
        return StoreError(
            f"{place}: no safe connection: {cause.reason or cause}; check the certificate, and that the port "
            "is one for rediss://",
            permanent=True,
        )
    if isinstance(cause, socket.gaierror):
        return StoreError(f"{place}: no host of that name was found; check the address")
    number = cause.errno if isinstance(cause, OSError) else None
    if number == errno.ENOENT:
        return StoreError(f"{place}: there is no such socket; start Redis, or check the path")
    if number == errno.EACCES:
        return StoreError(f"{place}: the socket may not be opened; check who owns it", permanent=True)
    if isinstance(cause, ConnectionRefusedError) or "refused" in str(error).lower():
        return StoreError(
            f"{place}: nothing takes connections there; start Redis (`redis-server`), or check the address"
        )
    return StoreError(
        f"{place}: Redis cannot be reached, or it broke off; the step may have been taken. Check that it runs"
    )


def check_format(place: str, found: bytes | None) -> None:
    """Raises StoreError where another version wrote what is held."""
    if found is not None and int(found) != FORMAT:
        raise StoreError(
            f"{place}: expected what rarebird holds of this watch in version {FORMAT}, found version "
            f"{int(found)}; use the rarebird that wrote it, or forget it to begin anew",
            permanent=True,
        )


def check_parts(place: str, owner: Mapping[bytes, bytes], parts: Mapping[str, int]) -> None:
    """Raises StoreError where what is held of a part is not as much as was written."""
    missing = [part for part, size in parts.items() if size != int(owner.get(part.encode(), 0))]
    if missing:
        raise StoreError(
            f"{place}: Redis has forgotten a part of this watch: {', '.join(missing)}. Bring it back from a "
            "backup, or forget the watch to begin anew; set maxmemory-policy noeviction and appendonly yes",
            lost=True,
        )


def check_answer(place: str, answer: bytes) -> None:
    """Raises StoreError where a step was not made."""
    if answer == b"fenced":
        raise StoreError(
            f"{place}: another process has taken this watch; only the last that opened it may write. "
            "Stop one of the two, or give them different names",
            fenced=True,
        )
    if answer == b"lost":
        raise StoreError(
            f"{place}: Redis has forgotten steps that it had confirmed, as after a crash without appendonly "
            "yes. Open the watch again to go on from what it still holds",
            lost=True,
        )
    if answer == b"doubt":
        raise StoreError(
            f"{place}: Redis holds a step that was never confirmed here, and another one follows. Open the "
            "watch again to go on from what it holds",
            lost=True,
        )
