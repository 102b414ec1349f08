"""Supervision: a background task that ends by an exception is said, shown in health, and started again.

What a task is for is said by its name. Of an exception of ours the text is said, of any other one its type and place
only: its text may hold an address or a token.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from traceback import extract_tb
from typing import Any, Final

from msgspec import Struct

from rarebird.errors import RarebirdError
from rarebird.model.snapshot import TaskReading
from rarebird.source.live import Backoff

QUICK_S: Final = 60.0
"""A task that ends sooner after it was started has ended quickly, s."""
GIVEN_UP: Final = 3
"""Quick ends in a row after which it is given up: what trying again mends is mended by then."""
WAITS: Final = Backoff(first_s=1.0, longest_s=60.0)

ENDS_THE_WATCH: Final = {
    "watch": "it holds the others together",
    "reading": "what is half counted can be told apart from what is not only by going on from the store",
    "store": "it waits for the store to fail for good",
    "committing": "what was on its way to the store is read again at the next start, and by nobody before",
    "parts": "another process puts the parts of the watch together then",
    "follower": "following a store is all that `rarebird api` does, next to its page",
}
"""Tasks whose end by an exception ends the watch, and why; a source is read again unless it is standard input."""


Make = Callable[[], Coroutine[Any, Any, None]]
Ends = Callable[[Exception], bool]


def always(_error: Exception) -> bool:
    """Ends the watch, whatever it is: for the tasks of `ENDS_THE_WATCH`."""
    return True


def never(_error: Exception) -> bool:
    """Is started again, whatever it is."""
    return False


class _Entry(Struct, eq=False):
    kind: Any = "running"
    detail: str = ""
    restarts: int = 0


class Supervisor:
    """The background tasks of a watch. `say` takes what people should know; `clock` gives seconds."""

    def __init__(
        self,
        say: Callable[[str], None] = lambda _: None,
        *,
        waits: Backoff = WAITS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.say = say
        self._waits, self._clock = waits, clock
        self._tasks: dict[str, _Entry] = {}
        self._prefix = ""

    def within(self, prefix: str) -> Supervisor:
        """A supervisor of tasks that are shown with those of this one, their names behind a prefix."""
        inner = Supervisor(self._say, waits=self._waits, clock=self._clock)
        inner._tasks, inner._prefix = self._tasks, f"{prefix}: "
        return inner

    def start(self, name: str, make: Make, *, ends: Ends = never) -> asyncio.Task[None]:
        """Starts what `make` makes as a task, and again whenever it ends by an exception.

        Not where that exception `ends` the watch: then it is raised in the task.
        """
        name = f"{self._prefix}{name}"
        entry = self._tasks[name] = _Entry()
        return asyncio.create_task(self._supervise(name, entry, make, ends), name=name)

    @asynccontextmanager
    async def during(self, name: str, make: Make) -> AsyncIterator[None]:
        """The same for as long as the context is open."""
        task = self.start(name, make)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    def readings(self) -> tuple[TaskReading, ...]:
        """How they are doing: those that run, and those that were given up."""
        return tuple(TaskReading(name, each.kind, each.detail, each.restarts) for name, each in self._tasks.items())

    async def _supervise(self, name: str, entry: _Entry, make: Make, ends: Ends) -> None:
        quick, wait = 0, 0.0
        try:
            while True:
                begun = self._clock()
                try:
                    if wait:
                        await self._waits.sleep(wait)
                    begun, entry.kind = self._clock(), "running"
                    await make()
                    return
                except asyncio.CancelledError as error:
                    if _is_asked_to_end():
                        raise
                    entry.detail = described(error)
                except Exception as error:
                    entry.detail = described(error)
                    if ends(error):
                        if not isinstance(error, RarebirdError):
                            self._say(f"the task {name} ended by {entry.detail}, and the watch ends with it")
                        raise
                quick = quick + 1 if self._clock() - begun < QUICK_S else 0
                if quick == GIVEN_UP:
                    entry.kind = "given up"
                    self._say(f"the task {name} is given up after it ended {quick} times: by {entry.detail}")
                    return
                entry.kind, entry.restarts = "restarting", entry.restarts + 1
                wait = self._waits.wait_s(quick + 1)
                self._say(f"the task {name} ended by {entry.detail}; it is started again in {wait:.1f} s")
        finally:
            if entry.kind != "given up" and self._tasks.get(name) is entry:
                del self._tasks[name]

    def _say(self, text: str) -> None:
        # Where nobody reads any more, the task goes on nevertheless.
        with suppress(OSError, ValueError):
            self.say(text)


def _is_asked_to_end() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def described(error: BaseException) -> str:
    """What people may see of an exception.

    >>> described(KeyError("token"))
    'KeyError'
    >>> described(RarebirdError("the store is full"))
    'RarebirdError (the store is full)'
    """
    name = type(error).__name__
    if isinstance(error, RarebirdError):
        return f"{name} ({error})"
    own = [frame for frame in extract_tb(error.__traceback__) if Path(__file__).parent in Path(frame.filename).parents]
    place = f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    why = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return f"{name}{why}{place}"
