"""The key of links: of the environment, or made once and readable by its owner alone."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rarebird.config.links import VARIABLE, kept_key, open_links
from rarebird.errors import ConfigError
from rarebird.notify.example import example

SITE = "https://birds.example.org"
KEY = "a-key-that-nobody-may-see"


def token(store: str | None, environment: dict[str, str], *, watch: str = "rsvps", kept: bool = True) -> str:
    incident = example(0).incident
    assert incident is not None
    return open_links(SITE, store, watch, environment, kept=kept).token(incident)


def test_the_key_that_was_made_once_stays_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/new/birds.db"
    assert token(store, {}) == token(store, {}) != token(store, {}, watch="others")
    file = tmp_path / "new" / "birds.db.link-key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    file.unlink()
    before = token(store, {})
    assert token(f"sqlite:///{tmp_path}/other.db", {}) != before


def test_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(kept_key, [tmp_path / "key"] * 64))) == 1


def test_a_key_of_the_environment_or_of_a_file_goes_before(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    store = f"sqlite:///{tmp_path}/birds.db"
    assert token(store, {VARIABLE: KEY}) == token(None, {f"{VARIABLE}_FILE": str(file)}, kept=False)
    assert list(tmp_path.iterdir()) == [file]


def test_without_a_store_the_key_ends_with_the_process() -> None:
    assert token(None, {}, kept=False) != token(None, {}, kept=False)


@pytest.mark.parametrize("held", ["", "00", "not hex at all"])
def test_a_file_that_holds_no_key_is_named(held: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(held)
    with pytest.raises(ConfigError, match=r"key: expected a key of 32 bytes in hex; delete the file"):
        kept_key(tmp_path / "key")


def test_a_key_that_is_too_short_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError, match="at least 16 characters, got 5") as raised:
        token(None, {VARIABLE: "short"})
    assert "short" not in str(raised.value)


def test_where_no_key_can_be_kept_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=VARIABLE):
        kept_key(tmp_path / "file" / "key")


@pytest.mark.parametrize(
    "url", ["", "birds.example.org", "ftp://x", "https://", "https://x:0", "https://x:y", "https://x?a=b", "https://x/#a",
            "https://ann:secret@x", "https://x/a b", 'https://x/"><b>', "javascript:alert(1)", "https://x/\n"],
)  # fmt: skip
def test_an_address_that_no_link_can_begin_with_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="--public-url: expected an address such as https://") as raised:
        open_links(url, None, "rsvps", {}, kept=False)
    assert "secret" not in str(raised.value)
