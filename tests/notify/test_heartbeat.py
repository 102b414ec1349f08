"""What an address of a heartbeat is asked, and what it may answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from rarebird.config.heartbeats import heartbeat
from rarebird.errors import ConfigError
from rarebird.notify.contract import Undelivered
from rarebird.notify.heartbeat import Heartbeat
from tests.notify.local import Answer
from tests.notify.receiver import PATH, receiver


@pytest.mark.anyio
async def test_a_beat_is_one_get_of_the_address_as_it_was_given() -> None:
    async with receiver(method="GET") as double:
        await Heartbeat(f"{double.url}?status=up&msg=OK").beat()
    ((path, headers, body),) = double.asked
    assert (path, headers["User-Agent"], body) == (PATH, "rarebird", b"")


@pytest.mark.anyio
@pytest.mark.parametrize("answer", [404, 500, (429, {"Retry-After": "7"}), (302, {"Location": "/"}), "reset", "stall"])
async def test_what_is_no_success_says_so_without_the_address(answer: Answer) -> None:
    tries = 2 if answer == "reset" else 1
    # aiohttp asks once more where a connection breaks off.
    async with receiver(*[answer] * tries, method="GET") as double:
        with pytest.raises(Undelivered) as raised:
            await Heartbeat(double.url, answer_s=0.5).beat()
    assert len(double.asked) == tries
    assert str(raised.value).startswith("the heartbeat's service ")
    assert PATH not in str(raised.value)


@pytest.mark.anyio
async def test_where_nobody_listens_that_is_said_without_the_address() -> None:
    async with receiver(method="GET") as double:
        url = double.url
    with pytest.raises(Undelivered) as raised:
        await Heartbeat(url).beat()
    assert PATH not in str(raised.value)


@pytest.mark.anyio
async def test_another_machine_is_asked_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver(method="GET") as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix(PATH))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        await Heartbeat("http://elsewhere.example/ping").beat()
    assert [headers["Host"] for _, headers, _ in proxy.asked] == ["elsewhere.example"]


def test_the_address_comes_from_the_option_the_environment_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("https://example.org/a\n")
    assert heartbeat(None, "60s", {}) is None
    assert heartbeat(None, "30s", {"RAREBIRD_HEARTBEAT_URL_FILE": str(file)}) is not None
    with pytest.raises(ConfigError, match="--heartbeat-every: expected at least 1s, got 10ms"):
        heartbeat("https://example.org", "10ms", {})
    with pytest.raises(ConfigError, match="--heartbeat-every: expected a duration"):
        heartbeat("https://example.org", "often", {})


@pytest.mark.parametrize("url", ["", "example.org/secret", "http://me:secret@example.org", "ftp://secret"])
def test_an_address_that_is_none_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        heartbeat(url, "60s", {})
    assert "RAREBIRD_HEARTBEAT_URL: expected an address" in str(raised.value)
    assert "secret" not in str(raised.value)
