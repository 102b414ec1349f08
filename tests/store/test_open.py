"""From the address that a user gives to a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from rarebird.config.stores import default_path, open_store
from rarebird.errors import ConfigError

HOME = Path("/home/ann")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///state.db", "sqlite:///state.db"),
        ("sqlite:////var/lib/state.db", "sqlite:////var/lib/state.db"),
        ("sqlite:///my%20state.db", "sqlite:///my state.db"),
        ("redis://127.0.0.1", "redis://127.0.0.1"),
        ("redis://ann:secret@127.0.0.1:6380/2", "redis://127.0.0.1:6380/2"),
        ("rediss://:secret@example.org:6380/0?ssl_cert_reqs=none", "rediss://example.org:6380/0"),
        ("unix:///run/redis.sock?db=1&password=secret", "unix:///run/redis.sock"),
    ],
)
def test_an_address_names_a_store_and_is_shown_without_secrets(url: str, shown: str) -> None:
    assert open_store(url, "watch").url == shown


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("state.db", "did you mean sqlite:///state.db?"),
        ("sqlite://state.db", "did you mean sqlite:///state.db?"),
        ("sqlite:///", "expected a file such as"),
        ("sqlite:///:memory:", "expected a file such as"),
        ("sqlite:////", "expected a file such as"),
        ("sqlit:///state.db", "did you mean sqlite://?"),
        ("redi://localhost", "did you mean redis://?"),
        ("postgres://ann:secret@localhost/x", "got 'postgres://localhost/x'"),
        ("redis://", "expected a host such as redis://127.0.0.1:6379/0"),
        ("redis://localhost:99999", "wrong host or port"),
        ("redis://localhost:0", "got port 0"),
        ("redis://localhost/first", "got '/first'"),
        ("redis://localhost?timeot=3", "got timeot"),
        ("unix://", "expected the path of a socket"),
        ("", "expected sqlite:///FILE"),
    ],
)
def test_a_wrong_address_is_refused_with_what_was_expected_and_what_it_may_mean(url: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        open_store(url, "watch")
    assert told in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="got the folder"):
        open_store(f"sqlite:///{tmp_path}", "watch")


def test_a_watch_needs_a_name() -> None:
    with pytest.raises(ConfigError, match="expected a name"):
        open_store(None, "")


def test_the_default_file_is_where_the_platform_keeps_state() -> None:
    assert default_path("linux", {"XDG_STATE_HOME": "/state"}, HOME) == Path("/state/rarebird/rarebird.db")
    assert default_path("linux", {"XDG_STATE_HOME": "state"}, HOME) == HOME / ".local/state/rarebird/rarebird.db"
    assert default_path("darwin", {}, HOME) == HOME / "Library/Application Support/rarebird/rarebird.db"
    assert default_path("win32", {"LOCALAPPDATA": "/local"}, HOME) == Path("/local/rarebird/rarebird.db")
    assert default_path("win32", {}, HOME) == HOME / "AppData/Local/rarebird/rarebird.db"
