"""Secrets of services: where they come from, and where they may be sent. They stand in no text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from rarebird.errors import ConfigError


def given(environment: Mapping[str, str], variable: str) -> str:
    """What a variable holds, or the file that its `_FILE` names; empty where there is neither. Raises ConfigError.

    >>> given({"KEY": " abc "}, "KEY"), given({}, "KEY")
    ('abc', '')
    """
    text, file = environment.get(variable, ""), environment.get(f"{variable}_FILE", "")
    if text or not file:
        return text.strip()
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{variable}_FILE: expected a file that can be read, got {file} ({reason(error)})") from None


def checked(url: str, variable: str, *, plain: bool = False) -> str:
    """The address, where it is one that a secret may be sent to; never shown. Raises ConfigError.

    `plain`: http:// will do to another machine too, unless the address holds a name or a password.
    """
    try:
        parts = urlsplit(url)
        open_way = is_here(url) or (plain and parts.username is None and parts.password is None)
        fine = bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and open_way))
        fine = fine and parts.port != 0 and not any(sign.isspace() for sign in url)
    except ValueError:
        fine = False
    if not fine:
        form = "http:// or https://, with a password only https://" if plain else "https://"
        raise ConfigError(f"{variable}: expected an address that begins with {form} (it is not shown here)")
    return url


def is_here(url: str) -> bool:
    """Whether the address is one of this machine, which no proxy leads to."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def reason(error: BaseException) -> str:
    """Why, in words of the system: other texts may hold an address."""
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
