"""`rarebird demo`: a simulated Meetup server, and a watch on it through the real Meetup source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rarebird.cli.options import DetectOptions, Flag, Real, Whole
from rarebird.cli.output import say
from rarebird.config.chosen import Chosen
from rarebird.errors import ConfigError
from rarebird.model.instant import SECOND

if TYPE_CHECKING:
    from collections import deque

    from rarebird.config.settings import Settings
    from rarebird.notify.links import Links
    from rarebird.run.running import Running
    from rarebird.simulate.feed import WorldFeed
    from rarebird.simulate.story import Chapter
    from rarebird.simulate.world import World

PAST: Final = 6 * 3600 * SECOND
"""How much of a simulated past the demo begins with."""
_STEP: Final = 60 * SECOND


def demo(
    *,
    port: int = 8000,
    speed: Real = 1.0,
    seed: Whole = 1,
    no_browser: Flag = False,
    public_url: str | None = None,
    detect: DetectOptions | None = None,
) -> None:
    """Watch a simulated Meetup stream in which things happen; the page opens at localhost:8000.

    Parameters
    ----------
    port
        The port of the page.
    speed
        How much faster than life the simulated time goes.
    seed
        Another seed is another world.
    no_browser
        Do not open a browser.
    public_url
        How people reach the page, such as http://localhost:8000: the link of each incident is said, on which whoever
        has it may acknowledge, mute and say what it was.

    """
    import asyncio

    from rarebird.config.settings import settings
    from rarebird.source.presets import MEETUP

    if not speed > 0:
        raise ConfigError(f"--speed: expected a number above 0, got {speed}")
    chosen = settings((detect or DetectOptions()).added(Chosen()), ["meetup"], MEETUP)
    asyncio.run(_demo(chosen, port, speed, seed, public_url, browser=not no_browser))


async def _demo(chosen: Settings, port: int, speed: float, seed: int, public_url: str | None, *, browser: bool) -> None:
    from collections import deque
    from contextlib import AsyncExitStack
    from functools import partial

    from rarebird.cli.clock import now
    from rarebird.cli.hearing import Hearing, replying_to
    from rarebird.cli.live import run
    from rarebird.config.sources import open_sources
    from rarebird.run.running import Running
    from rarebird.simulate import story
    from rarebird.simulate.feed import WorldFeed
    from rarebird.simulate.server import Server
    from rarebird.simulate.world import World
    from rarebird.source.presets import MEETUP

    start = now()
    world = World(story.RATE, seed, start, story.changes())
    watch = chosen.watch()
    running = Running(watch, chosen, ())
    say("A simulated Meetup stream. It begins with a simulated past of 6 hours, so that what is usual is known.")
    _live_through(running, world, start - PAST, start)
    feed = WorldFeed(world, start, speed=speed)
    server = Server(feed)
    await server.start()
    running.clock = lambda: feed.now
    running.past_until = start
    running.sources = open_sources([server.url], watch.fields, watch.categories, preset=MEETUP, clock=lambda: feed.now)
    for chapter in story.STORY:
        say("  " + story.telling(chapter))
    answers = replying_to(running, public_url, None, kept=False)
    chapters = deque(story.STORY)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(server.stop)
        tell = partial(_tell, running, feed, start, chapters)
        await stack.enter_async_context(running.tasks.during("story", tell))
        if answers is not None:
            link = partial(_link, running, answers.links)
            await stack.enter_async_context(running.tasks.during("links", link))
        await run(running, host="127.0.0.1", port=port, browser=browser, heard=Hearing(answers))


def _live_through(running: Running, world: World, begin: int, end: int) -> None:
    """Feeds the watch what the world sent in its past."""
    for at in range(begin, end, _STEP):
        lines = [line for chunk in world.lines(at, min(at + _STEP, end)) for line in chunk.lines]
        running.take(running.watch.decode(b"\n".join(lines)))


async def _link(running: Running, links: Links) -> None:
    """Says the link of each incident as it begins: the demo sends no messages that would hold it."""
    told = max((incident.id for incident in running.incidents()), default=0)
    while True:
        await running.changed(running.version)
        for incident in reversed(running.incidents()):
            if incident.id > told:
                told = incident.id
                say(f"  answer incident {told} at {links.to(incident)}")


async def _tell(running: Running, feed: WorldFeed, start: int, chapters: deque[Chapter]) -> None:
    """Notes each chapter of the story when it begins."""
    import asyncio

    while chapters:
        begins = start + chapters[0].change.offset
        while feed.now < begins:
            await asyncio.sleep(0.1)
        running.note(f"Simulated: {chapters.popleft().text}.", begins)
