"""A CONFIG_SLACK.py gives an address and is never executed; what it holds stands in no text."""

from __future__ import annotations

from pathlib import Path

import pytest

from rarebird.errors import ConfigError
from rarebird.notify.slack import VARIABLE, webhook_url
from rarebird.notify.slack_file import url_of

URL = "https://hooks.slack.com/services/T000/B000/secret"


def written(folder: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path = folder / "CONFIG_SLACK.py"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "text",
    [
        f"url = '{URL}'",
        f'url = "{URL}"\n',
        f"# the webhook\n\nurl = '{URL}'  # of #general\n",
        f'"""Slack."""\nurl: str = "{URL}"\n',
        f"url = '  {URL} '\r\n",
        f"\ufeffurl = '{URL}'\n",
    ],
)
def test_the_line_of_the_homework_is_taken_as_it_is(tmp_path: Path, text: str) -> None:
    said: list[str] = []
    assert url_of(written(tmp_path, text), said.append) == URL
    assert said == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("# nothing\n", 1),
        (f"import os\nurl = '{URL}'\n", 1),
        (f"url = '{URL}'\nopen('{{mark}}', 'w')\n", 2),
        (f"url = '{URL}' + open('{{mark}}', 'w').name\n", 1),
        (f"url = f'{URL}'\n", 1),
        (f"url = b'{URL}'\n", 1),
        (f"url = '{URL}'\nurl = '{URL}'\n", 2),
        (f"key = '{URL}'\n", 1),
        (f"url = key = '{URL}'\n", 1),
        (f"\nurl = '{URL}\n", 2),
        ("url = " + "(" * 5000 + f"'{URL}'" + ")" * 5000, 1),
        (f"url = '{URL}'\n\0", 1),
        ("\xff\xfe".encode("latin-1").decode("latin-1") + f"\nurl = '{URL}'", 1),
    ],
)
def test_anything_else_is_refused_with_its_line_and_not_executed(tmp_path: Path, text: str, line: int) -> None:
    mark = tmp_path / "executed"
    with pytest.raises(ConfigError, match=f"line {line}: expected one line such as url = ") as refused:
        url_of(written(tmp_path, text.replace("{mark}", str(mark))), print)
    assert not mark.exists()
    assert "secret" not in str(refused.value)


def test_a_file_of_more_than_64_kib_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="more than 64 KiB"):
        url_of(written(tmp_path, f"url = '{URL}'\n" + "#" * (64 << 10)), print)


def test_a_file_that_others_may_read_is_taken_and_that_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    path = written(tmp_path, f"url = '{URL}'", 0o644)
    assert url_of(path, said.append) == URL
    (line,) = said
    assert "mode 644" in line
    assert f"chmod 600 {path}" in line
    assert "secret" not in line


def test_it_is_taken_where_it_is_named_and_by_itself_where_nothing_else_is(tmp_path: Path) -> None:
    said: list[str] = []
    path = written(tmp_path, f"url = '{URL}'")
    assert webhook_url({f"{VARIABLE}_FILE": str(path)}, said.append, tmp_path / "elsewhere") == URL
    assert said == []
    assert webhook_url({VARIABLE: "https://example.org/a"}, said.append, tmp_path) == "https://example.org/a"
    assert said == []
    assert webhook_url({}, said.append, tmp_path) == URL
    assert str(path) in said[0]
    with pytest.raises(ConfigError, match=r"CONFIG_SLACK\.py in this folder"):
        webhook_url({}, said.append, tmp_path / "elsewhere")


@pytest.mark.parametrize("url", ["http://hooks.slack.com/services/secret", "file:///secret", "secret", ""])
def test_an_address_that_slack_is_not_written_to_is_refused_by_the_name_of_the_file(tmp_path: Path, url: str) -> None:
    path = written(tmp_path, f"url = {url!r}")
    with pytest.raises(ConfigError, match=r"CONFIG_SLACK\.py: expected an address") as refused:
        webhook_url({f"{VARIABLE}_FILE": str(path)}, print)
    assert "secret" not in str(refused.value)
