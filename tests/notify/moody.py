"""A double of Slack's incoming webhook that answers as it likes, and notes what it was asked and what it took."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Literal, NamedTuple

from aiohttp import web

from tests.notify.double import SECRET
from tests.notify.local import behaved, lied, listening

WAITS_S = (4, 1, 1, 1)
"""In turn, over and over."""
NOTED_S = 0.5
"""What a process was answered just before it is killed, it has no time to note; later it has."""
Mood = Literal[
    "ok", "429", "500", "500 though taken", "reset", "reset though taken", "stall", "stall though taken", "page",
    "page though taken", "cut", "cut though taken", "404", "400",
]  # fmt: skip
MOODS: tuple[tuple[Mood, float], ...] = (
    ("ok", 78.0), ("429", 1.6), ("500", 3.0), ("500 though taken", 3.0), ("reset", 3.0), ("reset though taken", 3.0),
    ("stall", 0.4), ("stall though taken", 0.4), ("page", 1.0), ("page though taken", 1.0), ("cut", 1.0),
    ("cut though taken", 1.0), ("404", 1.0), ("400", 1.0),
)  # fmt: skip
SURE = 20
"""The request with this number is asked to wait, whatever chance says."""


class Asked(NamedTuple):
    """A request."""

    at: float
    """By a clock that only goes forward, s."""
    text: str
    taken: bool
    mood: Mood
    wait_s: int = 0
    """How long it asked to be left alone."""


class Moody:
    """Answers by chance; after so many requests more, `struck` is called in the middle of one or just behind it."""

    def __init__(self, draws: random.Random) -> None:
        self._draws = draws
        self._waits_s = cycle(WAITS_S)
        self.asked: list[Asked] = []
        self.url = ""
        self.left = 0
        self.struck: Callable[[], None] = lambda: None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        body = await request.json()
        mood = self._draws.choices([mood for mood, _ in MOODS], [weight for _, weight in MOODS])[0]
        mood = "429" if len(self.asked) == SURE else mood
        wait_s = next(self._waits_s) if mood == "429" else 0
        taken = mood == "ok" or mood.endswith("taken")
        self.asked.append(Asked(time.monotonic(), body["text"].partition(": ")[2], taken, mood))
        if wait_s > 1:
            # A long wait is cut short by a kill, so that the next process has to know of it.
            asyncio.get_running_loop().call_later(1.2 * NOTED_S, self.struck)
        else:
            self._strike()
        if (lie := await lied(request, mood.partition(" ")[0])) is not None:
            return lie
        if mood in ("404", "400"):
            return web.Response(status=int(mood), text="no")
        if mood.startswith(("reset", "stall")):
            await behaved(request, "stall" if mood.startswith("stall") else "reset")
        if wait_s:
            self.asked[-1] = self.asked[-1]._replace(at=time.monotonic(), wait_s=wait_s)
            return web.Response(status=429, headers={"Retry-After": str(wait_s)})
        return web.Response(status=200 if mood == "ok" else 500, text="ok")

    def _strike(self) -> None:
        self.left -= 1
        if self.left == 0:
            after = self._draws.choice((0.0, 0.0, 0.001, 0.003, 0.01))
            asyncio.get_running_loop().call_later(after, self.struck) if after else self.struck()


@asynccontextmanager
async def moody(seed: int) -> AsyncIterator[Moody]:
    """A double on a free port."""
    double = Moody(random.Random(seed))
    async with listening(SECRET, double.answer) as address:
        double.url = f"{address}{SECRET}"
        yield double
