"""The address of a Slack webhook out of a file of Python such as CONFIG_SLACK.py, which is read and never executed."""

from __future__ import annotations

import ast
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rarebird.errors import ConfigError
from rarebird.notify.secret import reason

NAME: Final = "CONFIG_SLACK.py"
_LARGEST: Final = 64 << 10
_EXPECTED: Final = "expected one line such as url = 'https://hooks.slack.com/services/…'"


def url_of(path: Path, say: Callable[[str], None]) -> str:
    """The text that the one assignment of a file gives to `url`; says where others may read the file.

    Raises ConfigError, which names the line and shows nothing of it.
    """
    try:
        with path.open("rb") as file:
            body = file.read(_LARGEST + 1)
            mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise ConfigError(f"{path}: expected a file that can be read ({reason(error)})") from None
    if len(body) > _LARGEST:
        raise ConfigError(f"{path}: {_EXPECTED}, got more than 64 KiB")
    if mode & 0o077:
        say(f"{path}: others may read it (mode {mode:03o}), and so write to your channel: chmod 600 {path}")
    try:
        statements = ast.parse(body).body
    except SyntaxError as error:
        raise ConfigError(f"{path}, line {error.lineno or 1}: {_EXPECTED}, got what is no Python") from None
    except (ValueError, RecursionError, MemoryError):
        raise ConfigError(f"{path}, line 1: {_EXPECTED}, got what is no Python") from None
    urls = [_url(path, each) for each in statements if not _is_text(each)]
    if len(urls) != 1:
        line = statements[-1].lineno if statements else 1
        raise ConfigError(f"{path}, line {line}: {_EXPECTED}, got {len(urls) or 'none'}")
    return urls[0]


def _is_text(statement: ast.stmt) -> bool:
    """Whether it is a text that stands alone, as a docstring does."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _url(path: Path, statement: ast.stmt) -> str:
    match statement:
        case ast.Assign(targets=[ast.Name(id="url")], value=ast.Constant(value=str(url))):
            return url.strip()
        case ast.AnnAssign(target=ast.Name(id="url"), value=ast.Constant(value=str(url))):
            return url.strip()
    raise ConfigError(f"{path}, line {statement.lineno}: {_EXPECTED}, got something else, which is not executed")
