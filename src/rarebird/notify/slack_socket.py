"""Clicks on the buttons of Slack, through Socket Mode: a WebSocket that this side opens, so nobody has to reach us.

The token of the app, and the address of the socket with its ticket, are secrets: they stand in no text and no log.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from rarebird.errors import ConfigError, StoreError
from rarebird.model.incident import Incident
from rarebird.model.reply import Reply
from rarebird.notify import slack_api
from rarebird.notify.contract import About, Undelivered
from rarebird.notify.outgoing import Waits, after
from rarebird.notify.post import unreadable
from rarebird.notify.secret import checked, given, is_here, reason
from rarebird.notify.slack_api import SlackApi
from rarebird.notify.slack_bot import TOKEN
from rarebird.notify.slack_buttons import Click, clicks, value_of

APP_TOKEN: Final = "RAREBIRD_SLACK_APP_TOKEN"
_KNOWN: Final = 1_000
_TRIES: Final = 5
_STEADY_S: Final = 60.0
"""A connection that held so long begins the waits anew."""
_ADVICE: Final = (
    "turn Socket Mode on for the app, and give a token of the app (xapp-…) with the scope connections:write; both "
    "stand under its settings"
)
_CLOSE_S: Final = 1.0


class _Client(SocketModeClient):
    """The client of slack_sdk without its own reconnecting, which neither waits longer each time nor says anything."""

    def __init__(self, web: AsyncWebClient, ping_s: float) -> None:
        self.ended = asyncio.Event()
        super().__init__(
            "", web.logger, web, auto_reconnect_enabled=False, ping_interval=ping_s,
            on_close_listeners=[self._note], on_error_listeners=[self._note],
        )  # fmt: skip
        self.proxy = web.proxy

    async def connect_to(self, url: str) -> None:
        """Connects to an address, and to no other one that it may name instead; a client connects once."""
        await self.aiohttp_client_session.close()
        watching = aiohttp.TraceConfig()
        watching.on_request_redirect.append(_refuse)
        self.aiohttp_client_session = aiohttp.ClientSession(trace_configs=[watching])
        self.wss_uri = url
        await self.connect()  # type: ignore[no-untyped-call]

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002 - the name is that of slack_sdk
        """Slack asks for it before it closes a connection; whoever made this client makes another one then."""
        self.ended.set()

    async def _note(self, _message: aiohttp.WSMessage) -> None:
        self.ended.set()


async def _refuse(*_: object) -> None:
    raise aiohttp.ClientError("redirected")


class Ear(NamedTuple):
    """Who listens to clicks."""

    watch: str
    """The name of the watch whose incidents they are about; those of others are left out."""
    incidents: Callable[[], Sequence[Incident]]
    """Those that can be answered."""
    answer: Callable[[Reply], Awaitable[None]]
    """Takes what was said. Raises StoreError where it cannot."""
    say: Callable[[str], None]
    """Takes what people in front of the watch should know."""


class SlackSocket:
    """Listens to the clicks of one workspace on the messages of one watch.

    A click that Slack delivers twice counts once. What is wrong is said once, and that it is well again.
    """

    def __init__(  # noqa: PLR0913 - what is heard, by whom and how, each by name
        self,
        token: str,
        ear: Ear,
        waits: Waits,
        long_waits: Waits,
        *,
        api: str = slack_api.URL,
        answer_s: float = 30,
        ping_s: float = 5.0,
    ) -> None:
        self.works = True
        """Whether a button would be heard, now or soon."""
        self._ear, self._waits, self._long_waits = ear, waits, long_waits
        self._answer_s, self._ping_s = answer_s, ping_s
        self._api = SlackApi(token, api, answer_s=answer_s, advice={}, otherwise=_ADVICE)
        # slack_sdk writes tokens, addresses and all that people write to its log.
        silent = logging.Logger("rarebird.slack", logging.CRITICAL + 1)
        self._web = AsyncWebClient(base_url=api, logger=silent, retry_handlers=[])
        if is_here(api):
            self._web.proxy = None
        self._known: dict[Click, None] = {}
        self._fault: About | None = None

    async def listen(self) -> None:
        """Listens until it is cancelled, over lost connections and whatever Slack answers.

        While Slack refuses what somebody has to mend, no message gets buttons, and it is asked after long waits.
        """
        attempt = 0
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            fault = await self._listen_once()
            attempt = 1 if loop.time() - begun > _STEADY_S else attempt + 1
            await self._waits.sleep(self._wait_s(fault, attempt))

    def _wait_s(self, fault: Undelivered | None, attempt: int) -> float:
        if fault is None:
            return self._waits.wait_s(attempt)
        waits = self._waits if fault.about == "attempt" else self._long_waits
        return after(fault, waits.wait_s(attempt))

    async def _listen_once(self) -> Undelivered | None:
        """Connects, and listens until the connection ends; why there was none."""
        try:
            await self._listen_to(await self._url())
        except Undelivered as error:
            self._failed(error)
            return error
        return None

    async def _listen_to(self, url: str) -> None:
        client = _Client(self._web, self._ping_s)
        client.socket_mode_request_listeners.append(self._take)
        try:
            with _reached():
                # It tries the same address, which holds but once, again and again.
                async with asyncio.timeout(self._answer_s):
                    await client.connect_to(url)
            self._connected()
            while await client.is_connected() and not (client.ended.is_set() or _has_stopped(client)):
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._ping_s):
                        await client.ended.wait()
        finally:
            await _close(client)

    async def _url(self) -> str:
        """Where the socket is. Raises Undelivered."""
        url = (await self._api.write("apps.connections.open", {})).get("url")
        if not isinstance(url, str):
            raise unreadable(slack_api.NAME, 200)
        try:
            is_safe = urlsplit(url).scheme == "wss" or is_here(url)
        except ValueError:
            is_safe = False
        if not is_safe:
            raise Undelivered("Slack named a socket that is not encrypted")
        return url

    def _failed(self, fault: Undelivered) -> None:
        """Says what is wrong as it begins, and as it becomes something else."""
        self.works = fault.about == "attempt"
        if self._fault != fault.about:
            what = "buttons in Slack do nothing" if self.works else "messages in Slack have no buttons"
            self._ear.say(f"{fault}; {what} until it is reached again")
        self._fault = fault.about

    def _connected(self) -> None:
        self.works = True
        if self._fault is not None:
            self._ear.say("buttons in Slack work again")
        self._fault = None

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """One envelope: Slack is told at once that it came, or it would come again."""
        with suppress(ConnectionError, aiohttp.ClientError):
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
        if request.type != "interactive":
            return
        for click in clicks(request.payload):
            if click in self._known:
                continue
            self._known[click] = None
            if len(self._known) > _KNOWN:
                del self._known[next(iter(self._known))]
            try:
                await self._pass_on(click)
            except Exception as error:
                # slack_sdk would write it to a log that nobody keeps.
                self._ear.say(f"what {click.by or 'somebody'} said in Slack is lost: {type(error).__name__}")

    async def _pass_on(self, click: Click) -> None:
        for incident in self._ear.incidents():
            if value_of(self._ear.watch, incident) == click.value:
                await self._said(click.reply(incident))
                return

    async def _said(self, reply: Reply) -> None:
        """Says it to the watch, some times where its store cannot take it just now."""
        for attempt in range(1, _TRIES + 1):
            try:
                await self._ear.answer(reply)
                return
            except StoreError as error:
                if error.permanent or attempt == _TRIES:
                    self._ear.say(f"what {reply.by or 'somebody'} said in Slack is lost: {error}")
                    return
            await self._waits.sleep(self._waits.wait_s(attempt))


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
        raise Undelivered(f"Slack's socket could not be reached ({reason(error)})") from None


async def _close(client: _Client) -> None:
    """Lets go of a connection, also of one whose other side says nothing any more."""
    with suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(_CLOSE_S):
            await client.close()  # type: ignore[no-untyped-call]
    for task in _tasks(client):
        task.cancel()
    await client.aiohttp_client_session.close()


def _tasks(client: _Client) -> list[asyncio.Future[None]]:
    """What slack_sdk does in the background for a connection."""
    tasks = (client.message_processor, client.current_session_monitor, client.message_receiver)
    return [task for task in tasks if task is not None]


def _has_stopped(client: _Client) -> bool:
    return any(task.done() for task in _tasks(client))


def app_token(environment: Mapping[str, str]) -> str:
    """The token of the app, from the environment or the file that it names; empty for none. Raises ConfigError."""
    token = given(environment, APP_TOKEN)
    if token and not re.fullmatch(r"xapp-[!-~]+", token):
        raise ConfigError(f"{APP_TOKEN}: expected a token of the app such as xapp-… (it is not shown here)")
    if token and not given(environment, TOKEN):
        raise ConfigError(f"{APP_TOKEN}: buttons need a bot, too: expected its token in {TOKEN}, got none")
    return token


def socket_of(environment: Mapping[str, str], ear: Ear, waits: Waits, long_waits: Waits) -> SlackSocket | None:
    """The socket of the app that the environment names; None where it names none. Raises ConfigError."""
    token = app_token(environment)
    if not token:
        return None
    api = checked(environment.get(slack_api.VARIABLE, "").strip() or slack_api.URL, slack_api.VARIABLE)
    return SlackSocket(token, ear, waits, long_waits, api=api)
