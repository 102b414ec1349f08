"""Running a watch in the terminal: its page, its lines of text, its signals."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Final

from rarebird.cli.hearing import UNHEARD, Hearing
from rarebird.cli.notifying import notifying
from rarebird.cli.output import say
from rarebird.cli.signals import on_end
from rarebird.cli.verdict import verdict
from rarebird.run.beating import Heart, beating
from rarebird.run.intake import Intake
from rarebird.run.local import follow
from rarebird.run.outages import looking_out
from rarebird.run.running import Running
from rarebird.run.terminal import Teller, ending, tell
from rarebird.supervise import always

_LAST_WORDS_S: Final = 0.5
"""For the last words after the end."""


async def run(
    running: Running,
    intake: Intake | None = None,
    *,
    host: str,
    port: int | None,
    browser: bool = False,
    heard: Hearing = UNHEARD,
    heart: Heart | None = None,
) -> None:
    """Reads the sources to their end or until a signal; serves the page at a port unless that is None.

    `heard` is how people answer. `heart` beats meanwhile.
    """
    tasks = running.tasks
    tasks.say = partial(_say_of, running)
    async with AsyncExitStack() as stack:
        if port is not None:
            from rarebird.web.serve import serving

            site = serving(running, host, port, replying=heard.replying, tasks=tasks)
            address = await stack.enter_async_context(site)
            say(f"{running.name}: the page is at {address}/vis")
            if browser:
                await _open(f"{address}/vis")
        await stack.enter_async_context(notifying(running))
        await stack.enter_async_context(heard.listening(tasks))
        await stack.enter_async_context(looking_out(running))
        if heart is not None:
            beat = partial(beating, running, heart, say, asyncio.sleep)
            await stack.enter_async_context(tasks.during("heartbeat", beat))
        telling = tasks.start("terminal", partial(tell, running, Teller(say)))
        reading = tasks.start("watch", partial(follow, running, intake), ends=always)
        on_end(reading.cancel)
        try:
            with suppress(asyncio.CancelledError):
                await reading
        finally:
            if not running.finished:
                telling.cancel()
            await ended(telling)
            say(ending(running))
        verdict(running.watch, running.sources, running.before, ended=running.finished).give()


def _say_of(running: Running, text: str) -> None:
    say(f"{running.name}: {text}")


async def ended(telling: asyncio.Task[None]) -> None:
    """Lets the last words be said where the watch has come to its end, and stops the telling."""
    with suppress(asyncio.TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(telling, _LAST_WORDS_S)


async def _open(address: str) -> None:
    import webbrowser

    await asyncio.to_thread(webbrowser.open, address)
