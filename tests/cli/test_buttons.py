"""Buttons below the messages of the real program: a click is taken in, the message says so, and it outlives a kill."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from rarebird.notify.slack_buttons import ACK, EXPECTED
from tests.cli.test_links import live, stream, until
from tests.notify.office import APP_TOKEN, envelope, office
from tests.notify.workspace import CHANNEL, TOKEN, Workspace, workspace

pytestmark = pytest.mark.anyio
__all__ = ["stream"]


def buttons_of(message: dict[str, Any]) -> dict[str, str]:
    """The value of each button below a message, by its action."""
    found = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return {each["action_id"]: each["value"] for elements in found for each in elements}


async def standing(double: Workspace, text: str = "") -> dict[str, Any]:
    """The first message of an incident with a text somewhere in it, once there is one."""
    async with asyncio.timeout(60):
        while True:
            for message in double.messages:
                if "metadata" in message and "thread_ts" not in message and text in str(message["blocks"]):
                    return message
            double.done.clear()
            await double.done.wait()


@pytest.mark.parametrize("place", ["sqlite", "none"])
async def test_a_click_is_taken_in_and_the_message_then_says_who_looks_after_it(
    place: str, stream: Path, env: dict[str, str], tmp_path: Path
) -> None:
    store = ["--no-store"] if place == "none" else ["--store", f"sqlite:///{tmp_path / 'watch.db'}"]
    words = ("--name", "rsvps", *store)
    async with workspace() as double, office(workspace=double) as slack:
        secret = env | {
            "RAREBIRD_SLACK_BOT_TOKEN": TOKEN, "RAREBIRD_SLACK_CHANNEL": CHANNEL,
            "RAREBIRD_SLACK_API_URL": slack.api, "RAREBIRD_SLACK_APP_TOKEN": APP_TOKEN,
        }  # fmt: skip
        async with live(stream, secret, *words, "--notify-past", "--notify", "slack") as (watch, site):
            socket = await slack.connected()
            message = await standing(double, EXPECTED)
            value = buttons_of(message)[EXPECTED]
            id = value.split()[1]
            now = f"{time.time():.6f}"
            await socket.send_json(envelope(ACK, value, at=now, username="ann"))
            await until(site, id, acknowledged="ann")
            message = await standing(double, "ann")
            assert ACK not in buttons_of(message)
            await socket.send_json(envelope(EXPECTED, value, "e2", at=now, username="bob"))
            await until(site, id, acknowledged="ann", feedback="expected")
            code, _, said = await watch.end(signal.SIGTERM)
        assert APP_TOKEN not in said
        assert code in (0, 143, -signal.SIGTERM)
        if place == "none":
            return
        async with live(stream, secret, *words) as (_, site):
            await until(site, id, acknowledged="ann", feedback="expected")


async def test_without_a_token_of_the_app_there_are_no_buttons(
    stream: Path, env: dict[str, str], tmp_path: Path
) -> None:
    async with workspace() as double, office(workspace=double) as slack:
        secret = env | {
            "RAREBIRD_SLACK_BOT_TOKEN": TOKEN, "RAREBIRD_SLACK_CHANNEL": CHANNEL, "RAREBIRD_SLACK_API_URL": slack.api
        }  # fmt: skip
        async with live(stream, secret, "--no-store", "--notify-past", "--notify", "slack"):
            message = await standing(double)
        assert buttons_of(message) == {}
        assert slack.asked == 0
