"""From the address by which people reach the page, and a key, to links that let their holders answer."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from rarebird.config.stores import default_path, path_of
from rarebird.errors import ConfigError
from rarebird.notify.links import Links
from rarebird.notify.secret import given, reason

VARIABLE: Final = "RAREBIRD_LINK_KEY"
_LEAST: Final = 16
"""Characters of a key that a user sets."""
_BYTES: Final = 32
_FORM: Final = "--public-url: expected an address such as https://birds.example.org"


def open_links(url: str, store: str | None, watch: str, environment: Mapping[str, str], *, kept: bool) -> Links:
    """The links of a watch whose page people reach at `url`; for a watch that is not `kept` they end with the process.

    The key is that of the environment, or of the file that it names. Else it is made once and kept beside the SQLite
    file of the store; with Redis, beside the SQLite file that is used where no store is named. Raises ConfigError.
    """
    site, key = site_of(url), given(environment, VARIABLE)
    if key and len(key) < _LEAST:
        raise ConfigError(
            f"{VARIABLE}: expected at least {_LEAST} characters, got {len(key)} (they are not shown here)"
        )
    if key:
        return Links(site, key.encode(errors="surrogateescape"), watch)
    if not kept:
        return Links(site, secrets.token_bytes(_BYTES), watch)
    beside = path_of(store) or default_path()
    return Links(site, kept_key(beside.with_name(f"{beside.name}.link-key")), watch)


def site_of(url: str) -> str:
    """The address without a slash at its end. Raises ConfigError where it is none that a link can begin with.

    >>> site_of("https://birds.example.org/rare/")
    'https://birds.example.org/rare'
    """
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ConfigError(f"{_FORM}, got one with a wrong host or port") from None
    if "@" in parts.netloc:
        raise ConfigError(f"{_FORM}, got one with a name or a password, which every link would show")
    if not fine or "?" in url or "#" in url or not url.isprintable() or any(sign in url for sign in ' "<>|\\'):
        raise ConfigError(f"{_FORM}, got {url!r}")
    return url.rstrip("/")


def kept_key(path: Path) -> bytes:
    """The key in a file that only its owner can read, which is made where there is none. Raises ConfigError."""
    try:
        if not path.exists():
            _make(path)
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except OSError as error:
        raise ConfigError(
            f"{path}: the key of links could not be kept there ({reason(error)}); set {VARIABLE}"
        ) from None
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise ConfigError(f"{path}: expected a key of {_BYTES} bytes in hex; delete the file, or set {VARIABLE}")
    return key


def _make(path: Path) -> None:
    """A new key, there whole or not at all; one that another process has made meanwhile stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink(missing_ok=True)
