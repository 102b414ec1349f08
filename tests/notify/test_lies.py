"""Every way in which a service may lie, over every notifier: nothing but its own yes is a message that arrived."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, NamedTuple

import pytest

from rarebird.notify.alertmanager import Alertmanager
from rarebird.notify.contract import About, Notice, Undelivered
from rarebird.notify.example import example
from rarebird.notify.heartbeat import Heartbeat
from rarebird.notify.outgoing import LONGEST_S, Outgoing
from rarebird.notify.slack import Slack
from rarebird.notify.slack_bot import SlackBot
from rarebird.notify.webhook import Webhook
from tests.notify.double import SECRET, slack
from tests.notify.local import DRIP_S, LIES, Answer, Lie
from tests.notify.receiver import PATH, receiver
from tests.notify.test_outgoing import LONG_S, Long, Time
from tests.notify.workspace import CHANNEL, TOKEN, workspace

pytestmark = pytest.mark.anyio
ANSWER_S: Final = 1.5
KINDS: Final = ("slack", "bot", "webhook", "alertmanager", "heartbeat")
OWN_YES: Final[dict[str, frozenset[Lie]]] = {
    # Where any success is the yes of a service, only a page, or what breaks off, is none.
    **dict.fromkeys(("webhook", "alertmanager", "heartbeat"), frozenset({"half", "types", "list", "empty", "endless"})),
    "slack": frozenset(),
    "bot": frozenset(),
}
REFUSALS: Final[tuple[tuple[int, About], ...]] = (
    (302, "channel"), (307, "channel"), (308, "channel"), (400, "notification"), (401, "channel"), (403, "channel"),
    (404, "channel"), (405, "channel"), (408, "attempt"), (410, "channel"), (413, "notification"),
    (422, "notification"), (429, "attempt"), (500, "attempt"), (502, "attempt"), (503, "attempt"), (599, "attempt"),
)  # fmt: skip
ASKED: Final = (
    ("7", 7.0),
    ("99999999999999", 99999999999999.0),
    ("9" * 400, None),
    ("-5", None),
    ("soon", None),
    ("1e9", None),
)
SECRETS: Final = (SECRET, PATH, TOKEN)


class Service(NamedTuple):
    """A notifier before its double, and what reached that."""

    send: Callable[[Sequence[Notice]], Any]
    asked: Callable[[], int]


@asynccontextmanager
async def a_service(kind: str, *answers: Answer) -> AsyncIterator[Service]:
    """One that answers as told first, and then as it should."""
    async with AsyncExitStack() as stack:
        if kind == "slack":
            hook = await stack.enter_async_context(slack(*answers))
            yield Service(Slack(hook.url, pause_s=0.0, answer_s=ANSWER_S).send, lambda: len(hook.bodies))
        elif kind == "bot":
            team = await stack.enter_async_context(workspace())
            team.answers, team.lies_to = list(answers), frozenset(("chat.postMessage", "chat.update"))
            bot = SlackBot(TOKEN, CHANNEL, "w", api=team.api, pause_s=0.0, answer_s=ANSWER_S)
            yield Service(bot.send, lambda: len([each for each in team.asked if each.startswith("chat.")]))
        else:
            double = await stack.enter_async_context(receiver(*answers, method="*"))
            yield Service(sender(kind, double.url), lambda: len(double.asked))


def sender(kind: str, url: str) -> Callable[[Sequence[Notice]], Any]:
    if kind == "heartbeat":
        return lambda _: Heartbeat(url, answer_s=ANSWER_S).beat()
    if kind == "webhook":
        return Webhook(url, answer_s=ANSWER_S).send
    return Alertmanager(url, answer_s=ANSWER_S).send


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("kind", KINDS)
async def test_only_a_yes_that_is_read_to_its_end_is_one_and_all_else_is_in_doubt_within_bounded_time(
    kind: str, lie: Lie
) -> None:
    # aiohttp asks once more by GET where a connection breaks off.
    count = 2 if (kind, lie) == ("heartbeat", "reset") else 1
    begun = time.monotonic()
    async with a_service(kind, *[lie] * count) as service:
        if lie in OWN_YES[kind]:
            await asyncio.wait_for(service.send([example(5)]), 20)
        else:
            with pytest.raises(Undelivered) as raised:
                await asyncio.wait_for(service.send([example(5)]), 20)
            assert raised.value.in_doubt
            assert not [each for each in SECRETS if each in str(raised.value)]
        assert service.asked() == count
        assert time.monotonic() - begun < 20 * ANSWER_S + DRIP_S
        await service.send([example(6)])
        assert service.asked() > count


@pytest.mark.parametrize(("status", "about"), REFUSALS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_refusal_says_what_it_is_about_and_nobody_is_sent_elsewhere(
    kind: str, status: int, about: About
) -> None:
    async with receiver(method="*") as elsewhere, a_service(kind, (status, {"Location": elsewhere.url})) as service:
        with pytest.raises(Undelivered) as raised:
            await service.send([example(5)])
        assert raised.value.about == about
        assert (service.asked(), elsewhere.asked) == (1, [])
    # What Alertmanager answers may be shown, for its address is no secret.
    assert kind == "alertmanager" or not [each for each in SECRETS if each in str(raised.value)]


@pytest.mark.parametrize(("text", "expected"), ASKED)
@pytest.mark.parametrize("kind", KINDS)
async def test_how_long_a_service_asks_to_wait_is_read_where_it_can_be(
    kind: str, text: str, expected: float | None
) -> None:
    async with a_service(kind, (429, {"Retry-After": text})) as service:
        with pytest.raises(Undelivered) as raised:
            await service.send([example(5)])
    assert raised.value.after_s == (float("9" * 400) if text == "9" * 400 else expected)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "heartbeat"])
async def test_after_every_lie_and_every_refusal_in_turn_what_waits_arrives(kind: str) -> None:
    """No channel is given up; the waits between pass at once."""
    answers: list[Answer] = [
        "page",
        "cut",
        404,
        (307, {"Location": "/"}),
        (429, {"Retry-After": "9" * 30}),
        500,
        "reset",
    ]
    passing, said = Time(), list[str]()
    async with a_service(kind, *answers) as service:

        class Notifier:
            name, edits, records, most, pause_s = "it", False, False, 1, 0.0

            async def send(self, group: Sequence[Notice]) -> None:
                await service.send(group)

        way = Outgoing(Notifier(), said.append, passing, Long(passing), clock=lambda: passing.now)
        for number in range(3):
            await way.send([example(number)])
    assert (way.tally.sent, way.tally.failed, way.failing_s) == (3, len(answers), None)
    assert passing.now >= LONGEST_S + 2 * LONG_S
