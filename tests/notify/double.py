"""A double of Slack: a local server behind the real slack_sdk, which answers as a test says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.notify.local import Answer, behaved, lied, listening

SECRET = "/services/T000/B000/a-secret-that-nobody-may-see"


class SlackDouble:
    """Takes messages; answers the first of them as told, all later ones with 200."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = list(answers)
        self.bodies: list[dict[str, Any]] = []
        """What was asked to be posted, each try of it."""
        self.times: list[float] = []
        """When each of them came, by a clock that only goes forward, s."""
        self.posted: list[dict[str, Any]] = []
        """What was taken."""
        self.asked = asyncio.Event()
        """Set once anything was asked to be posted."""
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        body = await request.json()
        self.bodies.append(body)
        self.times.append(time.monotonic())
        self.asked.set()
        answer = self._answers.pop(0) if self._answers else 200
        if (lie := await lied(request, answer)) is not None:
            return lie
        status, headers = await behaved(request, answer)
        if status == 200:
            self.posted.append(body)
        return web.Response(status=status, headers=headers, text="ok" if status == 200 else f"no: {self.url}")

    @property
    def texts(self) -> list[str]:
        """The lines of all that was taken."""
        return [line for body in self.posted for line in body["text"].split("\n")]


@asynccontextmanager
async def slack(*answers: Answer) -> AsyncIterator[SlackDouble]:
    """A double on a free port."""
    double = SlackDouble(answers)
    async with listening(SECRET, double.answer) as address:
        double.url = f"{address}{SECRET}"
        yield double
