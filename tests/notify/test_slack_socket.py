"""Clicks in Slack, through the real slack_sdk and a real WebSocket: each is heard once, whatever befalls the socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rarebird.errors import ConfigError, StoreError
from rarebird.model.incident import Incident
from rarebird.model.reply import Reply
from rarebird.notify.contract import Undelivered
from rarebird.notify.example import example
from rarebird.notify.slack_buttons import ACK, EXPECTED, SNOOZE, buttons, clicks, value_of
from rarebird.notify.slack_socket import APP_TOKEN as VARIABLE
from rarebird.notify.slack_socket import Ear, SlackSocket, app_token
from tests.notify.office import APP_TOKEN, TICKET, Office, Opening, envelope, office

pytestmark = pytest.mark.anyio
AT = 1_600_000_000_123_456
PASSING: list[Opening] = [
    500, 503, (429, {"Retry-After": "7"}), 429, "reset", "internal_error", "page", "cut", "half", "types", "list",
    "empty",
]  # fmt: skip
REFUSED: list[Opening] = [
    401, 403, 404, (307, {"Location": "http://127.0.0.1:1/elsewhere"}),
    "invalid_auth", "missing_scope", "not_allowed_token_type", "token_revoked", "account_inactive",
]  # fmt: skip


def incident(id: int = 1, **changes: Any) -> Incident:
    told = example(0).incident
    assert told is not None
    return replace(told, id=id, category="ME", **changes)


class Desk:
    """Who listens: what it heard, what it said, how long it waited; no time passes."""

    def __init__(self, *incidents: Incident) -> None:
        self.incidents = list(incidents)
        self.heard: asyncio.Queue[Reply] = asyncio.Queue()
        self.said: list[str] = []
        self.waited: list[float] = []
        self.faults: list[StoreError] = []

    def wait_s(self, attempt: int) -> float:
        return float(2**attempt)

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        async def pass_by(seconds: float) -> None:
            self.waited.append(seconds)

        return pass_by

    async def answer(self, reply: Reply) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.heard.put_nowait(reply)

    async def next(self) -> Reply:
        return await asyncio.wait_for(self.heard.get(), 30)

    def socket(self, api: str, answer_s: int = 5) -> SlackSocket:
        ear = Ear("rsvps", lambda: self.incidents, self.answer, self.said.append)
        return SlackSocket(APP_TOKEN, ear, self, Longer(self), api=api, answer_s=answer_s, ping_s=0.5)


class Longer:
    """Longer waits of the same desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def wait_s(self, attempt: int) -> float:
        return 100.0 * attempt

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        return self._desk.sleep


@asynccontextmanager
async def listening(desk: Desk, double: Office) -> AsyncIterator[SlackSocket]:
    socket = desk.socket(double.api)
    task = asyncio.create_task(socket.listen())
    try:
        yield socket
    finally:
        task.cancel()
        await asyncio.wait_for(asyncio.wait([task]), 30)


async def test_each_button_says_what_it_is_labelled_with() -> None:
    one = incident()
    value = value_of("rsvps", one)
    async with office() as double:
        desk = Desk(incident(2), one)
        async with listening(desk, double):
            slack = await double.connected()
            await slack.send_json(envelope(ACK, value))
            assert await desk.next() == Reply(act="ack", time=AT, by="ann", incident=1)
            await slack.send_json(envelope(SNOOZE, value, "e2"))
            assert await desk.next() == Reply(act="mute", time=AT, by="ann", mute="2h", kind="mix", category="ME")
            await slack.send_json(envelope(EXPECTED, value, "e3", id="U7"))
            assert await desk.next() == Reply(act="feedback", time=AT, by="U7", incident=1, says="expected")
            assert [await double.seen() for _ in range(3)] == ["e1", "e2", "e3"]
        assert desk.said == []


async def test_a_click_that_nobody_thought_of_is_said_to_be_lost_and_the_next_is_heard() -> None:
    value = value_of("rsvps", incident())
    async with office() as double:
        desk = Desk(incident())
        answers = desk.answer

        async def fail(_reply: Reply) -> None:
            raise KeyError("a secret")

        async with listening(desk, double) as socket:
            slack = await double.connected()
            socket._ear = socket._ear._replace(answer=fail)
            await slack.send_json(envelope(ACK, value))
            await double.seen()
            while not desk.said:
                await asyncio.sleep(0)
            socket._ear = socket._ear._replace(answer=answers)
            await slack.send_json(envelope(SNOOZE, value, "e2"))
            assert (await desk.next()).act == "mute"
    assert desk.said == ["what ann said in Slack is lost: KeyError"]


async def test_where_slack_sdk_has_stopped_reading_another_connection_is_made() -> None:
    async with office() as double:
        desk, gone = Desk(incident()), list[str]()
        async with listening(desk, double):
            await double.connected()
            while not gone:
                await asyncio.sleep(0)
                for task in asyncio.all_tasks():
                    if "receive_messages" in str(task.get_coro()):
                        gone.append("receiver")
                        task.cancel()
            slack = await double.connected()
            await slack.send_json(envelope(ACK, value_of("rsvps", incident())))
            assert (await desk.next()).act == "ack"


async def test_an_envelope_that_comes_twice_is_acknowledged_twice_and_counts_once() -> None:
    value = value_of("rsvps", incident())
    async with office() as double:
        desk = Desk(incident())
        async with listening(desk, double):
            slack = await double.connected()
            for _ in range(3):
                await slack.send_json(envelope(SNOOZE, value))
            await slack.send_json(envelope(SNOOZE, value, "another"))
            await slack.send_json(envelope(SNOOZE, value, "later", at="1600000001.000000"))
            await desk.next()
            assert (await desk.next()).time == 1_600_000_001_000_000
            assert [await double.seen() for _ in range(5)] == ["e1"] * 3 + ["another", "later"]
        assert desk.heard.empty()


@pytest.mark.parametrize(
    "value",
    [
        value_of("others", incident()),
        value_of("rsvps", incident(2)),
        value_of("rsvps", incident(opened=5)),
        "",
        "rsvps",
    ],
)
async def test_what_is_clicked_below_messages_of_others_is_left_to_them(value: str) -> None:
    async with office() as double:
        desk = Desk(incident())
        async with listening(desk, double):
            slack = await double.connected()
            await slack.send_json(envelope(ACK, value))
            await slack.send_json(envelope("another_action", value_of("rsvps", incident()), "e2"))
            await slack.send_json({"type": "events_api", "envelope_id": "e3", "payload": {"type": "message"}})
            await slack.send_json(envelope(ACK, value_of("rsvps", incident()), "e4"))
            await desk.next()
            assert [await double.seen() for _ in range(4)] == ["e1", "e2", "e3", "e4"]
        assert desk.heard.empty()


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_what_is_no_click_is_none_whatever_it_is(other: Any) -> None:
    for payload in ({"type": "block_actions", "user": other, "actions": other}, {"type": other}):
        assert list(clicks(payload)) == []
    actions = [other, {"action_id": other}, {"action_id": ACK, "value": other, "action_ts": other}]
    strange = envelope(ACK, "v")["payload"] | {"actions": actions}
    assert all(isinstance(click.value, str) for click in clicks(strange))


async def test_after_a_lost_connection_and_after_slack_asks_for_a_new_one_clicks_are_heard_again() -> None:
    value = value_of("rsvps", incident())
    async with office() as double:
        desk = Desk(incident())
        async with listening(desk, double):
            slack = await double.connected()
            await slack.close()
            slack = await double.connected()
            await slack.send_json({"type": "disconnect", "reason": "refresh_requested"})
            slack = await double.connected()
            assert slack._req is not None
            assert slack._req.transport is not None
            slack._req.transport.abort()
            slack = await double.connected()
            await slack.send_json(envelope(ACK, value))
            await desk.next()
        assert double.asked == 4
        assert desk.said == []
        assert desk.waited == [2.0, 4.0, 8.0]


async def test_faults_of_slack_are_waited_out_longer_each_time_and_told_once() -> None:
    value = value_of("rsvps", incident())
    async with office(*PASSING) as double:
        desk = Desk(incident())
        async with listening(desk, double) as socket:
            slack = await double.connected()
            await slack.send_json(envelope(ACK, value))
            await desk.next()
            assert socket.works
        assert desk.waited == [2.0**attempt for attempt in range(1, len(PASSING) + 1)]
        first, last = desk.said
        assert first == "Slack answered 500; buttons in Slack do nothing until it is reached again"
        assert last == "buttons in Slack work again"


async def test_a_socket_that_answers_nothing_any_more_is_given_up_for_another() -> None:
    value = value_of("rsvps", incident())
    async with office() as double:
        double.silent = 2
        desk = Desk(incident())
        async with listening(desk, double):
            slack = [await double.connected() for _ in range(3)]
            await slack[-1].send_json(envelope(ACK, value))
            await desk.next()
        assert desk.said == []


async def test_slack_that_never_answers_is_asked_again() -> None:
    async with office("stall") as double:
        desk = Desk()
        socket = desk.socket(double.api, answer_s=1)
        task = asyncio.create_task(socket.listen())
        await double.connected()
        task.cancel()
        await asyncio.wait([task])
    assert desk.said[0].startswith(
        "Slack gave no answer within 1 s; it may have taken the message; buttons in Slack do"
    )


async def test_slack_is_not_asked_before_it_says_so() -> None:
    async with office((429, {"Retry-After": "70"})) as double:
        desk = Desk()
        async with listening(desk, double):
            await double.connected()
        assert desk.waited == [70.0]


@pytest.mark.parametrize("answer", REFUSED, ids=str)
async def test_what_somebody_has_to_mend_is_told_with_what_to_do_and_asked_again_after_long_waits(
    answer: Opening,
) -> None:
    value = value_of("rsvps", incident())
    async with office(500, answer, answer) as double:
        desk = Desk(incident())
        socket = desk.socket(double.api)
        worked: list[bool] = []
        failed = socket._failed

        def noted(fault: Undelivered) -> None:
            failed(fault)
            worked.append(socket.works)

        socket._failed = noted  # type: ignore[method-assign]
        task = asyncio.create_task(socket.listen())
        slack = await double.connected()
        await slack.send_json(envelope(ACK, value))
        await desk.next()
        assert (worked, socket.works) == ([True, False, False], True), "no button that nobody hears"
        task.cancel()
        await asyncio.wait([task])
    assert desk.waited == [2.0, 200.0, 300.0]
    _, said, well = desk.said
    assert repr(answer) in said or str(answer[0] if isinstance(answer, tuple) else answer) in said
    assert "connections:write" in said
    assert "messages in Slack have no buttons until it is reached again" in said
    assert well == "buttons in Slack work again"


async def test_a_socket_that_sends_elsewhere_is_not_followed() -> None:
    async with office() as elsewhere, office() as double:
        double.sent_on = f"{elsewhere.address}/link/{TICKET}"
        desk = Desk(incident())
        task = asyncio.create_task(desk.socket(double.api, answer_s=1).listen())
        while not desk.said:
            await asyncio.sleep(0.01)
        double.sent_on = ""
        await double.connected()
        task.cancel()
        await asyncio.wait([task])
        assert elsewhere.sockets.empty()
    assert "buttons in Slack do nothing until" in desk.said[0]


@pytest.mark.parametrize("url", ["ws://example.org/link", "http://example.org", "", "wss://127.0.0.1:1/x"])
async def test_a_socket_that_cannot_be_trusted_or_reached_is_tried_again(url: str, monkeypatch: Any) -> None:
    desk = Desk()
    socket = desk.socket("https://slack.example/api/", answer_s=1)
    waited = asyncio.Event()

    async def opened(*_: object) -> dict[str, str]:
        return {"url": url}

    async def sleep(_: float) -> None:
        waited.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(socket._api, "write", opened)
    monkeypatch.setattr(Desk, "sleep", property(lambda _: sleep))
    task = asyncio.create_task(socket.listen())
    await asyncio.wait_for(waited.wait(), 30)
    task.cancel()
    await asyncio.wait([task])
    assert len(desk.said) == 1
    assert "buttons in Slack do nothing until" in desk.said[0]


async def test_a_store_that_cannot_take_it_just_now_is_asked_again_and_one_that_never_can_is_told() -> None:
    value = value_of("rsvps", incident())
    async with office() as double:
        desk = Desk(incident())
        async with listening(desk, double):
            slack = await double.connected()
            desk.faults = [StoreError("locked"), StoreError("locked")]
            await slack.send_json(envelope(ACK, value))
            await desk.next()
            assert desk.said == []
            desk.faults = [StoreError("gone", permanent=True)]
            await slack.send_json(envelope(ACK, value, at="1600000002.000000"))
            await slack.send_json(envelope(ACK, value, at="1600000003.000000"))
            await desk.next()
        assert desk.said == ["what ann said in Slack is lost: gone"]


async def test_tokens_tickets_and_what_was_clicked_stand_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with office("invalid_auth") as double:
        desk = Desk()
        async with listening(desk, double):
            slack = await double.connected()
            await slack.send_json(envelope(ACK, "a-click-that-nobody-may-see"))
            await double.seen()
            await slack.close()
            await double.connected()
    everything = caplog.text + "".join(desk.said)
    assert "slack" not in caplog.text
    for hidden in (APP_TOKEN, TICKET, "a-click-that"):
        assert hidden not in everything


def test_buttons_offer_what_can_still_be_said() -> None:
    def offered(**changes: Any) -> list[str]:
        block = buttons("rsvps", incident(**changes))
        return [] if block is None else [each["action_id"] for each in block["elements"]]

    assert offered() == [ACK, SNOOZE, EXPECTED]
    assert offered(acknowledged="Ann") == [SNOOZE, EXPECTED]
    assert offered(ended=5) == [EXPECTED]
    assert offered(ended=5, feedback="expected") == []


@given(st.text(max_size=5_000))
def test_a_button_keeps_within_slacks_limits_and_tells_incidents_apart(watch: str) -> None:
    block = buttons(watch, incident())
    assert block is not None
    for each in block["elements"]:
        assert 1 <= len(each["value"]) <= 2_000
        assert len(each["text"]["text"]) <= 75
    assert value_of(watch, incident(1)) != value_of(watch, incident(2))


def test_the_token_of_the_app_comes_from_the_environment_or_a_file_and_needs_a_bot(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{APP_TOKEN}\n")
    bot = {"RAREBIRD_SLACK_BOT_TOKEN": "xoxb-1"}
    assert app_token({f"{VARIABLE}_FILE": str(file), **bot}) == app_token({VARIABLE: APP_TOKEN, **bot}) == APP_TOKEN
    assert app_token(bot) == ""
    for wrong in ({VARIABLE: APP_TOKEN}, {VARIABLE: "xoxb-secret", **bot}, {VARIABLE: "xapp-se cret", **bot}):
        with pytest.raises(ConfigError, match=VARIABLE) as raised:
            app_token(wrong)
        assert "secret" not in str(raised.value)
        assert APP_TOKEN not in str(raised.value)
