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
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from rarebird.errors import ConfigError, StoreError
from rarebird.model.incident import Incident
from rarebird.model.reply import Reply
from rarebird.notify.contract import Undelivered, one_line
from rarebird.notify.outgoing import Waits
from rarebird.notify.post import refused, seconds
from rarebird.notify.secret import checked, given, is_here, reason
from rarebird.notify.slack_bot import API, API_URL, PASSING, TOKEN, error_of
from rarebird.notify.slack_buttons import Click, clicks, value_of

APP_TOKEN: Final = "RAREBIRD_SLACK_APP_TOKEN"
_NAME: Final = "Slack"
_KNOWN: Final = 1_000
_TRIES: Final = 5
_STEADY_S: Final = 60.0
"""A connection that held so long begins the waits anew."""
_ADVICE: Final = (
    "turn Socket Mode on for the app, and give a token of the app (xapp-…) with the scope connections:write; both "
    "stand under its settings"
)
_CLOSE_S: Final = 1.0
_READING: Final = (AttributeError, KeyError, TypeError)
"""What slack_sdk raises where it cannot read an answer."""


class _Client(SocketModeClient):
    """The client of slack_sdk without its own reconnecting, which neither waits longer each time nor says anything."""

    def __init__(self, open_url: Callable[[], Awaitable[str]], web: AsyncWebClient, ping_s: float) -> None:
        self.ended = asyncio.Event()
        self._open_url = open_url
        super().__init__(
            "", web.logger, web, auto_reconnect_enabled=False, ping_interval=ping_s,
            on_close_listeners=[self._note], on_error_listeners=[self._note],
        )  # fmt: skip
        self.proxy = web.proxy

    async def issue_new_wss_url(self) -> str:
        return await self._open_url()

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002 - the name is that of slack_sdk
        """Slack asks for it before it closes a connection; whoever made this client makes another one then."""
        self.ended.set()

    async def _note(self, _message: aiohttp.WSMessage) -> None:
        self.ended.set()


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
        self, token: str, ear: Ear, waits: Waits, *, api: str = API, answer_s: int = 30, ping_s: float = 5.0
    ) -> None:
        self.works = True
        """Whether a button would be heard, now or soon."""
        self._token, self._ear, self._waits = token, ear, waits
        self._answer_s, self._ping_s = answer_s, ping_s
        # slack_sdk writes tokens, addresses and all that people write to its log.
        silent = logging.Logger("rarebird.slack", logging.CRITICAL + 1)
        self._web = AsyncWebClient(base_url=api, timeout=answer_s, logger=silent, retry_handlers=[])
        if is_here(api):
            self._web.proxy = None
        self._known: dict[Click, None] = {}
        self._told = ""

    async def listen(self) -> None:
        """Listens until it is cancelled, over lost connections, or until Slack says that it cannot be."""
        attempt = 0
        loop = asyncio.get_running_loop()
        while True:
            begun, asked_s = loop.time(), 0.0
            try:
                await self._listen_once()
            except Undelivered as error:
                if error.permanent:
                    self.works = False
                    self._ear.say(f"{error}; the watch goes on, its messages in Slack without buttons")
                    return
                asked_s = error.after_s or 0.0
                self._tell(f"{error}; buttons in Slack do nothing until it is reached again")
            attempt = 1 if loop.time() - begun > _STEADY_S else attempt + 1
            await self._waits.sleep(max(asked_s, self._waits.wait_s(attempt)))

    async def _listen_once(self) -> None:
        """Connects, and listens until the connection ends. Raises Undelivered where there is none."""
        client = _Client(self._url, self._web, self._ping_s)
        client.socket_mode_request_listeners.append(self._take)
        try:
            client.wss_uri = await self._url()
            with _reached():
                # It tries the same address, which holds but once, again and again.
                async with asyncio.timeout(self._answer_s):
                    await client.connect()  # type: ignore[no-untyped-call]
            self._tell("")
            while await client.is_connected() and not (client.ended.is_set() or _has_stopped(client)):
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._ping_s):
                        await client.ended.wait()
        finally:
            await _close(client)

    async def _url(self) -> str:
        """Where the socket is. Raises Undelivered."""
        try:
            with _reached():
                answer = await self._web.apps_connections_open(app_token=self._token)
            url = str(answer["url"])
        except SlackApiError as error:
            raise self._refused(error) from None
        except _READING:
            raise Undelivered("Slack gave no answer that can be read") from None
        if urlsplit(url).scheme != "wss" and not is_here(url):
            raise Undelivered("Slack named a socket that is not encrypted")
        return url

    def _refused(self, error: SlackApiError) -> Undelivered:
        status, what = error.response.status_code, error_of(error)
        if status != 200:
            return refused(_NAME, status, seconds(error.response.headers), advice=_ADVICE)
        told = f"Slack answered {one_line(what.replace(self._token, '…'), 100)!r} when asked for its socket"
        return Undelivered(told) if what in PASSING else Undelivered(f"{told}; {_ADVICE}", permanent=True)

    def _tell(self, fault: str) -> None:
        """Says what is wrong as it begins, and that it is over."""
        if fault and not self._told:
            self._ear.say(fault)
        elif self._told and not fault:
            self._ear.say("buttons in Slack work again")
        self._told = fault

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


def socket_of(environment: Mapping[str, str], ear: Ear, waits: Waits) -> SlackSocket | None:
    """The socket of the app that the environment names; None where it names none. Raises ConfigError."""
    token = app_token(environment)
    if not token:
        return None
    api = checked(environment.get(API_URL, "").strip() or API, API_URL)
    return SlackSocket(token, ear, waits, api=api)
