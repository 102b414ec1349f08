"""From the address that a user gives to a store."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import structs

from rarebird.errors import ConfigError
from rarebird.model import duration
from rarebird.model.instant import SECOND
from rarebird.store.contract import Parts, Retention, Store

EXPECTED: Final = "expected sqlite:///FILE, redis://HOST:PORT/0, rediss://HOST:PORT/0 or unix:///SOCKET"
_SCHEMES: Final = ("sqlite", "redis", "rediss", "unix")
_FILE: Final = "rarebird.db"
_LONGEST: Final = Retention()
"""How long hours of history are kept unless a user says otherwise."""


def open_store(
    url: str | None,
    watch: str,
    *,
    retention: Retention | None = None,
    expire_s: int | None = None,
    part: int | None = None,
) -> Store:
    """The store of the watch with a name; without an address the file of `default_path`. Nothing is opened yet.

    `expire_s`: Redis drops the watch so long after its last commit, s; a file keeps it until it is forgotten.
    `part`: that of a part of the watch, which only Redis holds.

    `sqlite:///rarebird.db` is in the folder where one is, `sqlite:////var/lib/rarebird.db` begins at the root.
    Raises ConfigError where the address is none, with what it may have meant.
    """
    if not watch:
        raise ConfigError("expected a name for the watch, by which its store knows it; got none")
    if url is None:
        return _in_file(default_path(), watch, retention)
    parts = _parts(url)
    if parts.scheme == "sqlite":
        return _in_file(_path(url, parts), watch, retention)
    return _in_redis(url, parts, watch, retention, expire_s=expire_s, part=part)


def path_of(url: str | None) -> Path | None:
    """The file of the store at an address that `open_store` has taken; None where it is not in a file.

    >>> path_of("sqlite:////var/lib/rarebird.db").as_posix(), path_of("redis://127.0.0.1:6379/0")
    ('/var/lib/rarebird.db', None)
    """
    if url is None:
        return default_path()
    parts = _parts(url)
    return _path(url, parts) if parts.scheme == "sqlite" else None


def is_there(url: str | None) -> bool:
    """Whether the file of a store is there; one that is not in a file is taken to be."""
    path = path_of(url)
    return path is None or path.exists()


def open_parts(url: str, watch: str, count: int) -> Parts:
    """Where the parts of a watch meet, at an address that `open_store` has taken."""
    from rarebird.store.redis_parts import RedisParts

    return RedisParts(url, watch, count)


def retention_of(keep: str) -> Retention:
    """How long each level of history is kept, where hours are kept for a duration such as "400d".

    Raises ConfigError where it is none, or less than an hour.

    >>> kept_for(retention_of("3d"))
    '2h by the second, 3d by the minute, 3d by the hour'
    """
    hours = duration.chosen("--keep", keep, least=3600 * SECOND) // SECOND
    return Retention(s=min(_LONGEST.s, hours), m=min(_LONGEST.m, hours), h=hours)


def kept_for(retention: Retention) -> str:
    """The same for people."""
    spans = [duration.text(seconds * SECOND) for seconds in structs.astuple(retention)]
    return ", ".join(f"{span} by the {level}" for span, level in zip(spans, ("second", "minute", "hour"), strict=True))


def default_path(
    platform: str = sys.platform, environment: Mapping[str, str] = os.environ, home: Path | None = None
) -> Path:
    """The file of a store whose address nobody gave: where the platform keeps what programs have learned.

    >>> default_path("linux", {}, Path("/home/ann")).as_posix()
    '/home/ann/.local/state/rarebird/rarebird.db'
    """
    home = home or Path.home()
    if platform == "win32":
        local = environment.get("LOCALAPPDATA")
        folder = Path(local) if local else home / "AppData" / "Local"
    elif platform == "darwin":
        folder = home / "Library" / "Application Support"
    else:
        state = Path(environment.get("XDG_STATE_HOME", ""))
        # The XDG specification has relative paths ignored.
        folder = state if state.is_absolute() else home / ".local" / "state"
    return folder / "rarebird" / _FILE


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        wrong_port = parts.port == 0
    except ValueError:
        raise ConfigError(f"--store: {EXPECTED}, got an address with a wrong host or port") from None
    if parts.scheme not in _SCHEMES or "://" not in url:
        raise ConfigError(f"--store: {EXPECTED}, got {_shown(url)}{_near(url, parts.scheme)}")
    if wrong_port:
        raise ConfigError(f"--store: {EXPECTED}, got port 0; leave the port out for 6379")
    return parts


def _path(url: str, parts: SplitResult) -> Path:
    if parts.netloc:
        meant = f"sqlite:///{parts.netloc}{parts.path}"
        raise ConfigError(f"--store: expected three slashes before the file, got {url!r}; did you mean {meant}?")
    path = unquote(parts.path.removeprefix("/"))
    if not path or path.endswith("/") or path == ":memory:" or parts.query:
        raise ConfigError(f"--store: expected a file such as sqlite:///{_FILE}, got {url!r}")
    if Path(path).is_dir():
        raise ConfigError(f"--store: expected a file, got the folder {path}; name a file in it, such as {path}/{_FILE}")
    return Path(path)


def _in_file(path: Path, watch: str, retention: Retention | None) -> Store:
    from rarebird.store.sqlite import SqliteStore

    return SqliteStore(path, watch, retention=retention)


def _in_redis(url: str, parts: SplitResult, watch: str, retention: Retention | None, **options: Any) -> Store:
    from rarebird.store.redis import RedisStore

    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            raise ConfigError("--store: expected the path of a socket such as unix:///run/redis/redis.sock, got none")
    elif not parts.hostname:
        raise ConfigError(f"--store: expected a host such as {parts.scheme}://127.0.0.1:6379/0, got none")
    elif not parts.path.strip("/").isdecimal() and parts.path.strip("/"):
        raise ConfigError(f"--store: expected the number of a database such as /0 at the end, got {parts.path!r}")
    try:
        return RedisStore(url, watch, retention=retention, **options)
    except (ValueError, TypeError):
        raise ConfigError(
            f"--store: expected options behind ? that redis-py knows, such as ?ssl_ca_certs=ca.pem, got "
            f"{', '.join(pair.partition('=')[0] for pair in parts.query.split('&'))}"
        ) from None


def _shown(url: str) -> str:
    """The address without what stands before an @, which may be a password."""
    scheme, found, rest = url.partition("://")
    return repr(f"{scheme}://{rest.rpartition('@')[2]}" if found else url.rpartition("@")[2])


def _near(url: str, scheme: str) -> str:
    if "://" not in url and (not scheme or scheme not in _SCHEMES):
        return f"; did you mean sqlite:///{url}?" if "@" not in url and ":" not in url and url else ""
    near = get_close_matches(scheme, _SCHEMES, n=1)
    return f"; did you mean {near[0]}://?" if near else ""
