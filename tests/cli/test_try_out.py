"""`rarebird test-alert` through the real notifiers."""

from __future__ import annotations

import json

import pytest

from tests.cli.program import run
from tests.notify.double import SECRET, slack
from tests.notify.receiver import PATH, receiver

pytestmark = pytest.mark.anyio
TEXT = "This is a test of rarebird. Events of a test came 12 times as often as expected"


async def test_on_standard_output_it_is_a_line() -> None:
    code, out, err = await run("test-alert", "stdout")
    assert (code, err) == (0, "standard output took the test\n")
    assert out.count("\n") == 1
    assert TEXT in out


async def test_slack_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with slack() as double:
        monkeypatch.setenv("RAREBIRD_SLACK_WEBHOOK_URL", double.url)
        assert await run("test-alert", "slack") == (0, "", "Slack took the test\n")
    (body,) = double.posted
    assert "test" in body["text"]


@pytest.mark.parametrize(("channel", "name"), [("webhook", "the webhook"), ("alertmanager", "Alertmanager")])
async def test_a_service_gets_it_and_its_refusal_is_told(
    channel: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiver(200, 404, (429, {"Retry-After": "7"})) as double:
        monkeypatch.setenv(f"RAREBIRD_{channel.upper()}_URL", double.url)
        assert await run("test-alert", channel) == (0, "", f"{name} took the test\n")
        missing, _, gone = await run("test-alert", channel)
        busy, _, less = await run("test-alert", channel)
    assert TEXT in json.dumps(json.loads(double.asked[0][2]))
    assert (missing, busy) == (1, 1)
    assert gone.startswith(f"rarebird: {name} answered 404")
    assert "check its address" in gone
    assert less == f"rarebird: {name} asked to send less (429)\n"
    assert channel == "alertmanager" or PATH not in gone


@pytest.mark.extras
async def test_apprise_gets_it_and_that_it_did_not_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver(200, 404) as double:
        monkeypatch.setenv("RAREBIRD_APPRISE_URL", double.url.replace("http://", "json://"))
        assert await run("test-alert", "apprise") == (0, "", "Apprise took the test\n")
        code, _, err = await run("test-alert", "apprise")
    body = json.loads(double.asked[0][2])
    assert f"{body['title']} {body['message']}".startswith("This is a test of rarebird. Events of a test came 12 times")
    assert (code, PATH in err) == (1, False)
    assert err == "rarebird: JSON did not take a message from Apprise; check the address in RAREBIRD_APPRISE_URL\n"


async def test_a_refusal_of_slack_is_told_without_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async with slack(403) as double:
        monkeypatch.setenv("RAREBIRD_SLACK_WEBHOOK_URL", double.url)
        code, out, err = await run("test-alert", "slack")
    assert (code, out) == (1, "")
    assert "Slack answered 403" in err
    assert SECRET not in err


async def test_a_channel_that_is_none_or_has_no_address_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = await run("test-alert", "webhok")
    assert code == 2
    assert "did you mean webhook?" in err
    monkeypatch.delenv("RAREBIRD_WEBHOOK_URL", raising=False)
    code, _, err = await run("test-alert", "webhook")
    assert code == 2
    assert "RAREBIRD_WEBHOOK_URL" in err
