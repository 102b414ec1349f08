"""A double of Slack's Socket Mode: it hands out addresses of sockets, and sends down the socket what was clicked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from aiohttp import WSMsgType, web

from tests.notify.local import Answer, behaved, lied, listening
from tests.notify.workspace import Workspace

APP_TOKEN = "xapp-1-a-token-that-nobody-may-see"
TICKET = "a-ticket-that-nobody-may-see"
Opening = Answer | str
"""How it answers when it is asked for a socket: a word is what it refuses with."""


class Office:
    """Answers the first requests for a socket as told, all later ones with one; `workspace` answers all others."""

    def __init__(self, answers: tuple[Opening, ...], workspace: Workspace | None) -> None:
        self._answers, self._workspace = list(answers), workspace
        self.asked = 0
        """How often it was asked for a socket."""
        self.acknowledged: asyncio.Queue[str] = asyncio.Queue()
        self.sockets: asyncio.Queue[web.WebSocketResponse] = asyncio.Queue()
        self.address = ""
        self.sent_on = ""
        """Where whoever opens a socket is sent instead, as long as it is set."""
        self.silent = 0
        """How many sockets answer nothing, not even a ping."""

    @property
    def api(self) -> str:
        return f"{self.address}/api/"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        if request.path.startswith("/link/"):
            if self.sent_on:
                raise web.HTTPTemporaryRedirect(self.sent_on)
            return await self._socket(request)
        if not request.path.endswith("/apps.connections.open"):
            assert self._workspace is not None
            return await self._workspace.answer(request)
        self.asked += 1
        # The token goes in a header alone: an address may be logged on its way.
        assert request.headers["Authorization"] == f"Bearer {APP_TOKEN}"
        assert APP_TOKEN not in request.path_qs
        assert "token" not in parse_qs(await request.text())
        return await self._opening(request, self._answers.pop(0) if self._answers else 200)

    async def _opening(self, request: web.Request, answer: Opening) -> web.StreamResponse:
        if (lie := await lied(request, answer)) is not None:
            return lie
        if isinstance(answer, str) and answer not in ("reset", "stall"):
            return web.json_response({"ok": False, "error": answer})
        status, headers = await behaved(request, answer)  # type: ignore[arg-type]
        if status == 429:
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        if status != 200:
            return web.Response(status=status, headers=headers, text="no")
        url = f"{self.address.replace('http', 'ws')}/link/{TICKET}"
        return web.json_response({"ok": True, "url": url})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        assert request.path == f"/link/{TICKET}"
        self.silent -= 1
        socket = web.WebSocketResponse(autoping=self.silent < 0)
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.sockets.put_nowait(socket)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self.acknowledged.put_nowait(json.loads(message.data)["envelope_id"])
        return socket

    async def connected(self) -> web.WebSocketResponse:
        """The next connection."""
        return await asyncio.wait_for(self.sockets.get(), 30)

    async def seen(self) -> str:
        """The next envelope that was acknowledged."""
        return await asyncio.wait_for(self.acknowledged.get(), 30)


@asynccontextmanager
async def office(*answers: Opening, workspace: Workspace | None = None) -> AsyncIterator[Office]:
    """A double on a free port."""
    double = Office(answers, workspace)
    async with listening("/{root}/{method}", double.answer, "*") as double.address:
        yield double


def envelope(
    action: str, value: str, number: str = "e1", *, at: str = "1600000000.123456", **user: Any
) -> dict[str, Any]:
    """What Slack sends of a click."""
    payload = {
        "type": "block_actions",
        "user": user or {"id": "U1", "username": "ann", "name": "ann"},
        "actions": [{"action_id": action, "type": "button", "value": value, "action_ts": at}],
    }
    return {"type": "interactive", "envelope_id": number, "payload": payload, "accepts_response_payload": False}
