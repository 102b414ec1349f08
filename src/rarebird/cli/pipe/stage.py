"""What the stages share: their options, their standard input and output, how they run."""

from __future__ import annotations

import signal
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from rarebird.cli import output
from rarebird.config.chosen import LOCAL_REDIS
from rarebird.errors import ConfigError
from rarebird.model import duration
from rarebird.model.instant import SECOND

if TYPE_CHECKING:
    from rarebird.pipe.inflow import Inflow, Kind
    from rarebird.store.contract import Store

STDIN: Final = 0


@Parameter(name="*")
@dataclass(frozen=True)
class StoreOptions:
    """Where the stages meet."""

    store: Annotated[str | None, Parameter(env_var="RAREBIRD_STORE")] = None
    """redis://HOST:PORT/0, rediss://…, unix:///SOCKET or sqlite:///FILE; the Redis of this machine,
    redis://127.0.0.1:6379/0, unless set."""
    name: Annotated[str, Parameter(env_var="RAREBIRD_NAME")] = "stream"
    """What the stream is called there: the stages that belong together share it."""

    @property
    def url(self) -> str:
        """Where they meet; said where nobody has said it."""
        if self.store is not None:
            return self.store
        say(f"no --store and no RAREBIRD_STORE: meeting in {LOCAL_REDIS}")
        return LOCAL_REDIS


ANY: Final = StoreOptions()
"""As the environment says, or else as nobody does."""


def say(text: str) -> None:
    """A line for people, with the name of the program, as several stages write to one terminal."""
    output.say(f"rarebird: {text}")


def inflow(kind: type[Kind]) -> Inflow[Kind]:
    """Standard input as lines of a kind."""
    from rarebird.pipe.inflow import Inflow, of_pipe

    return Inflow(of_pipe(STDIN), kind, say)


def run(work: Coroutine[None, None, None]) -> None:
    """Runs a stage to its end, or until SIGTERM, which lets it bring what it has to an end as Ctrl-C does."""
    import asyncio

    asyncio.run(_until_terminated(work))


async def _until_terminated(work: Coroutine[None, None, None]) -> None:
    import asyncio

    task = asyncio.current_task()
    terminated = asyncio.Event()

    def end() -> None:
        terminated.set()
        if task is not None:
            task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
    try:
        await work
    except asyncio.CancelledError:
        if terminated.is_set():
            raise SystemExit(128 + signal.SIGTERM) from None
        raise


async def with_store(store: Store, work: Coroutine[None, None, None]) -> None:
    """Works with a store, and lets go of it."""
    try:
        await work
    finally:
        await store.close()


def seconds(option: str, text: str) -> int:
    """A duration that a user gave, in whole seconds, at least one. Raises ConfigError."""
    found = duration.chosen(option, text, least=0)
    if found < SECOND or found % SECOND:
        raise ConfigError(f"{option}: expected whole seconds, at least 1s, got {text}")
    return found // SECOND
