"""`rarebird simulate`: a world of RSVPs with known truth, to a file or as a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rarebird.cli.options import Dash, Real, Several, Whole
from rarebird.cli.output import say
from rarebird.errors import ConfigError

if TYPE_CHECKING:
    from rarebird.simulate.world import World


def simulate(
    *,
    rate: Real = 1.5,
    hours: Real = 1.0,
    seed: Whole = 1,
    start: str | None = None,
    change: Several = (),
    out: Dash | None = None,
    serve: str | None = None,
    truth: str | None = None,
) -> None:
    """Make a simulated stream of Meetup RSVPs: the same seed gives the same messages.

    Parameters
    ----------
    rate
        Messages a second over all countries, the mean over a week.
    hours
        How long a stretch is written with --out.
    seed
        Another seed is another world.
    start
        Where the world begins, ISO 8601 or epoch: now unless set.
    change
        KIND@OFFSET+LENGTH[:ARG], what is out of the ordinary and when after the start; may be given several times.
        Kinds: rate (rate@10m+5m:2), silence, surge (surge@10m+5m:ME:9), flatten, burst, watched, disconnect.
    out
        The file to write, - for standard output.
    serve
        HOST:PORT at which to serve, as the Meetup service did, at /2/rsvps by HTTP, long poll and WebSocket.
    truth
        A file for what was changed and when, for `rarebird score`: a JSON line for each change.

    """
    import asyncio

    from rarebird.model.plural import counted
    from rarebird.simulate.change import parse_all
    from rarebird.simulate.world import World
    from rarebird.simulate.write import write, write_truth

    if (out is None) == (serve is None):
        raise ConfigError("expected one of --out FILE (- for standard output) and --serve HOST:PORT")
    world = World(rate, seed, _start(start), parse_all(change))
    if truth is not None:
        write_truth(world, truth)
    if out is not None:
        written = write(world, hours, out)
        if out != "-":
            say(f"{counted(written, 'messages')} written to {out}")
        return
    host, _, port = (serve or "").rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigError(f"--serve: expected HOST:PORT such as 127.0.0.1:8001, got {serve!r}")
    asyncio.run(_serve(world, host.strip("[]"), int(port)))


def _start(text: str | None) -> int:
    from rarebird.cli.clock import now
    from rarebird.model import instant

    if text is None:
        return now()
    try:
        return instant.parse(text)
    except ValueError as error:
        raise ConfigError(f"--start: expected ISO 8601 or an epoch time, got {text!r} ({error})") from None


async def _serve(world: World, host: str, port: int) -> None:
    import asyncio

    from rarebird.cli.signals import on_end
    from rarebird.simulate.feed import WorldFeed
    from rarebird.simulate.server import Server

    server = Server(WorldFeed(world, world.start))
    await server.start(host, port)
    say(f"serving {server.url} (WebSocket too); Ctrl-C ends it")
    ended = asyncio.Event()
    on_end(ended.set)
    await ended.wait()
    await server.stop()
