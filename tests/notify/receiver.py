"""A receiver of what is posted: a local server that keeps it, and answers as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from tests.notify.local import Answer, behaved, lied, listening

PATH = "/a-secret-that-nobody-may-see"


class Receiver:
    """Answers the first requests as told, all later ones with 200."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        """Path, headers and body of each request."""
        self.heard = asyncio.Event()
        """Set once anything was posted."""
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        self.asked.append((request.path, dict(request.headers), await request.read()))
        self.heard.set()
        answer = self._answers.pop(0) if self._answers else 200
        if (lie := await lied(request, answer)) is not None:
            return lie
        status, headers = await behaved(request, answer)
        return web.Response(status=status, headers=headers, text=f"about {self.url}")


@asynccontextmanager
async def receiver(*answers: Answer, method: str = "POST") -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    double = Receiver(answers)
    async with listening("/{path:.*}", double.answer, method) as address:
        double.url = f"{address}{PATH}"
        yield double
