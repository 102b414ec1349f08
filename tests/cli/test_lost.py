"""What a watch says at its end of notices that were not sent, and with which exit code it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from rarebird.cli import notifying
from rarebird.errors import NotifyError
from rarebird.notify.contract import ChannelClosed, Notice, Undelivered
from rarebird.notify.outgoing import Outgoing
from rarebird.notify.waiting import Waiting
from rarebird.run.running import Running
from tests.notify.test_outgoing import Given, Time, notices
from tests.run.test_running import SETTINGS

pytestmark = pytest.mark.anyio


class Dead(Given):
    """Fails in the same way each time; None: never."""

    def __init__(self, fault: Exception | None) -> None:
        super().__init__(Time())
        self.fault = fault

    async def send(self, group: Sequence[Notice]) -> None:
        await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault


async def ended(fault: Exception | None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A watch without a store that ends with three notices that wait: what it says."""
    said: list[str] = []
    time = Time()
    monkeypatch.setattr(notifying, "DRAIN_S", 0.05)
    monkeypatch.setattr(notifying, "say", said.append)
    monkeypatch.setattr(notifying, "_closed", lambda _: None)
    running = Running(SETTINGS.watch(), SETTINGS, ())
    queue = Waiting(Outgoing(Dead(fault), lambda _: None, time, clock=lambda: time.now))
    running.attach([queue])
    queue.put(notices(3))
    async with notifying.notifying(running):
        running.finish()
        await asyncio.sleep(0)
    return said


async def test_what_no_store_holds_and_could_not_be_sent_is_an_error_that_says_how_much_to_whom_and_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lost = r"^3 notices were not sent to it \(it could not be reached\), and no store holds them"
    with pytest.raises(NotifyError, match=lost) as raised:
        await ended(Undelivered("it could not be reached"), monkeypatch)
    assert raised.value.exit_code == 1


async def test_what_was_sent_and_what_nobody_reads_any_more_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await ended(None, monkeypatch) == []
    assert await ended(ChannelClosed("nobody reads it any more"), monkeypatch) == ["3 notices were not sent to it"]
