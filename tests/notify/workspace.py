"""A double of Slack's Web API: one channel whose messages are posted, edited and read, by a server that misbehaves."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.notify.local import Answer, behaved, lied, listening

CHANNEL = "C0123456789"
TOKEN = "xoxb-a-token-that-nobody-may-see"
DONE = " though it was done"
LYING = ("page", "cut", "half", "types", "list", "empty")
FAULTS = ("429", *(fault + done for fault in ("500", "error", "reset", *LYING) for done in ("", DONE)))


class Workspace:
    """Does what it is asked, or one of `FAULTS` by chance; `clock` tells when it was asked, s."""

    def __init__(self, draws: random.Random, faulty: float, *, pages: int = 50) -> None:
        self._draws, self._faulty, self._pages = draws, faulty, pages
        self.messages: list[dict[str, Any]] = []
        """The oldest first."""
        self.replies: list[dict[str, Any]] = []
        """What stands in the threads of messages."""
        self.answers: list[Answer] = []
        """How it answers the next requests of `lies_to`, and of all methods where that is empty."""
        self.lies_to: frozenset[str] = frozenset()
        self.asked: list[str] = []
        self.reached = asyncio.Event()
        """Set once it was asked as often as `stall` said."""
        self.done = asyncio.Event()
        """Set whenever it did what it was asked."""
        self._enough: int | None = None
        self.times: list[tuple[float, float]] = []
        """When it was asked, by a clock that only goes forward, and how long it then asked to be left alone, s."""
        self.left = 0
        self.struck: Callable[[], None] = lambda: None
        """Called in the middle of the request that comes as `left` more."""
        self.api = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        method = request.match_info["method"]
        reads = method in ("conversations.history", "conversations.replies")
        assert request.method == ("GET" if reads else "POST")
        body: dict[str, Any] = dict(request.query) if reads else await request.json()
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        self.asked.append(method)
        if self.answers and method in (self.lies_to or [method]):
            return await self._as_told(request, self.answers.pop(0))
        self.times.append((time.monotonic(), 0.0))
        self.left -= 1
        if self.left == 0:
            self.struck()
        if self._enough is not None and len(self.asked) >= self._enough:
            if self._draws.random() < 0.5:
                self._do(method, body)
            self.reached.set()
            await asyncio.Event().wait()
        return await self._faulty_or_not(request, method, body)

    async def _faulty_or_not(self, request: web.Request, method: str, body: dict[str, Any]) -> web.StreamResponse:
        fault = self._draws.choice(FAULTS) if self._draws.random() < self._faulty else ""
        if fault == "429":
            self.times[-1] = time.monotonic(), 3.0
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "3"})
        done = {"ok": True}
        if not fault or fault.endswith(DONE):
            done = self._do(method, body)
        if fault.startswith("500"):
            return web.Response(status=500, text="no")
        if fault.startswith("error"):
            return web.json_response({"ok": False, "error": "internal_error"})
        if fault.startswith("reset"):
            await behaved(request, "reset")
        if (lie := await lied(request, fault.removesuffix(DONE))) is not None:
            return lie
        return web.json_response(done)

    async def _as_told(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        if (lie := await lied(request, answer)) is not None:
            return lie
        status, headers = await behaved(request, answer)
        return web.Response(status=status, headers=headers, text="no")

    def stall(self, asked: int | None) -> None:
        """Answers nothing any more from the request on that comes as so many more; None: answers again."""
        self.reached.clear()
        self._enough = None if asked is None else len(self.asked) + asked

    def _do(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        assert body["channel"] == CHANNEL
        self.done.set()
        if method == "conversations.history":
            return self._page([each for each in self.messages if float(each["ts"]) > float(body["oldest"])], body)
        if method == "conversations.replies":
            return self._page([each for each in self.replies if each["thread_ts"] == body["ts"]], body)
        check(body)
        if method == "chat.postMessage":
            kept = self.replies if "thread_ts" in body else self.messages
            ts = f"{1_900_000_000 + len(self.messages) + len(self.replies)}.000100"
            kept.append({**body, "ts": ts})
            return {"ok": True, "ts": ts, "channel": CHANNEL}
        assert method == "chat.update"
        for at, message in enumerate(self.messages):
            if message["ts"] == body["ts"]:
                self.messages[at] = body
                return {"ok": True, "ts": body["ts"]}
        return {"ok": False, "error": "message_not_found"}

    def _page(self, messages: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
        newest = messages[::-1]
        assert body["include_all_metadata"] == "1"
        begin = int(body.get("cursor") or 0)
        end = begin + min(int(body["limit"]), self._pages)
        cursor = str(end) if end < len(newest) else ""
        return {"ok": True, "messages": newest[begin:end], "response_metadata": {"next_cursor": cursor}}


def check(message: dict[str, Any]) -> None:
    """Holds a message to the limits that Slack's documentation gives, and to fewer than those where it fails before."""
    assert 0 < len(message["text"]) <= 3_000
    assert 0 < len(message["blocks"]) <= 12
    assert len(json.dumps(message["blocks"], ensure_ascii=False)) < 10_000
    for block in message["blocks"]:
        if block["type"] == "header":
            assert len(block["text"]["text"]) <= 150
        if block["type"] == "section":
            assert ("text" in block) != ("fields" in block)
            assert len(block.get("fields", [])) <= 10
        if block["type"] == "context":
            assert len(block["elements"]) <= 10
        for text in _texts(block):
            longest = 2_000 if text in block.get("fields", []) else 3_000
            assert 0 < len(text["text"]) <= longest
            assert (text["type"] == "plain_text") == ("emoji" in text)


def _texts(block: dict[str, Any]) -> list[dict[str, Any]]:
    own = [block["text"]] if "text" in block else []
    return [each for each in [*own, *block.get("fields", []), *block.get("elements", [])] if "text" in each]


def marked_up(message: dict[str, Any]) -> list[str]:
    """The texts in which Slack looks for mentions, links and formats."""
    return [text["text"] for block in message["blocks"] for text in _texts(block) if text["type"] == "mrkdwn"]


@asynccontextmanager
async def workspace(faulty: float = 0.0, seed: int = 1, pages: int = 50) -> AsyncIterator[Workspace]:
    """A double on a free port."""
    double = Workspace(random.Random(seed), faulty, pages=pages)
    async with listening("/api/{method}", double.answer, "*") as address:
        double.api = f"{address}/api/"
        yield double


def key_of(message: dict[str, Any]) -> str:
    """Which incident a message is of."""
    return str(message["metadata"]["event_payload"]["key"])
