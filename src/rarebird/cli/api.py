"""`rarebird api`: the page and the API of a watch that another process runs, from its store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cyclopts import Parameter

from rarebird.cli.options import StoreUrl
from rarebird.errors import ConfigError

if TYPE_CHECKING:
    from rarebird.run.looking import Looking
    from rarebird.store.contract import Store


@Parameter(name="*")
@dataclass(frozen=True)
class StreamOptions:
    """What is known of a stream that pipelines keep; a watch brings it along."""

    preset: str | None = None
    """What is known of a public stream: meetup or wikipedia."""
    half_life: str | None = None
    """After how long the mix has forgotten half: 6h unless set."""


def api(
    *,
    store: StoreUrl = None,
    name: str | None = None,
    stream: StreamOptions | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    public_url: str | None = None,
) -> None:
    """Serve the page and the API of a watch from its store, while another process runs it.

    Of a stream that pipelines keep, too: what `rarebird pipe insert-distribution` has counted, and what `rarebird pipe
    detect --store` has found in it.

    Parameters
    ----------
    store
        Where the watch keeps what it learns; ~/.local/state/rarebird/rarebird.db unless set.
    name
        Which watch, where the store holds several.
    host
        The address on which the page is served: this machine only unless set.
    port
        The port of the page.
    public_url
        How people reach this page, such as https://birds.example.org: the links that the watch sends lead here, and
        what is said here is left in the store for it. The key is that of the watch: RAREBIRD_LINK_KEY, or the one kept
        beside the store.

    """
    import asyncio

    asyncio.run(_serve(store, name, stream or StreamOptions(), (host, port), public_url))


async def _serve(
    url: str | None, name: str | None, stream: StreamOptions, at: tuple[str, int], public_url: str | None
) -> None:
    import asyncio

    from rarebird.cli.hearing import replying_to
    from rarebird.cli.named import place_of
    from rarebird.cli.output import say
    from rarebird.cli.signals import on_end
    from rarebird.config.stores import open_store
    from rarebird.run.looking import until_stopped
    from rarebird.supervise import always
    from rarebird.web.serve import serving

    stop = asyncio.Event()
    on_end(stop.set)
    url = url or await place_of(name, say)
    watch = await _watch(url, name)
    store = open_store(url, watch)
    try:
        shown, incidents = await _shown(store, url, watch, stream)
        answers = replying_to(shown.running, public_url, url, kept=True, name=incidents)
        tasks = shown.running.tasks
        tasks.say = say
        async with serving(shown.running, *at, replying=answers, tasks=tasks) as address:
            say(f"{shown.running.name}: the page is at {address}/vis")
            await until_stopped(tasks.start("follower", shown.keep_up, ends=always), stop)
    finally:
        await store.close()


async def _watch(url: str | None, name: str | None) -> str:
    """The name of the watch; where a Redis holds none, that of a stream which pipelines may keep there soon."""
    from rarebird.cli.named import full_name, known_name
    from rarebird.cli.output import say
    from rarebird.config.stores import path_of
    from rarebird.pipe.insert import distribution_of

    if url is None or path_of(url) is not None:
        return await full_name(url, name)
    if (known := await known_name(url, name)) is not None:
        return known
    stream = name or "stream"
    say(f"there is nothing of {stream!r} yet: waiting for pipelines/1-stream-ingest.sh SOURCE, which fills it")
    return distribution_of(stream)


async def _shown(store: Store, url: str | None, watch: str, stream: StreamOptions) -> tuple[Looking, str]:
    """A first look at what a store holds, by whichever kind of process it is kept, and who takes what people say.

    The latter is the name of a watch; empty where it is the one that is shown.
    """
    from rarebird.cli.clock import now
    from rarebird.config.chosen import Chosen
    from rarebird.config.settings import settings
    from rarebird.config.sources import preset_for
    from rarebird.config.stores import open_store
    from rarebird.pipe.insert import incidents_of, stream_of
    from rarebird.pipe.kept import Kept
    from rarebird.pipe.taken import is_taken
    from rarebird.run.looking import Looking, looking
    from rarebird.run.running import Running

    saved = await store.open(write=False)
    title = stream_of(watch)
    if not is_taken(saved) and (saved.checkpoint is not None or title == watch):
        if stream != StreamOptions():
            raise ConfigError("expected neither --preset nor --half-life: this watch has settings of its own")
        return await looking(store, now), ""
    chosen = settings(Chosen(half_life=stream.half_life), [title], preset_for([], stream.preset))
    running = Running(chosen.watch(), chosen, (), now)
    incidents = incidents_of(title)
    kept = Kept(store, running, open_store(url, incidents))
    await kept.look()
    return Looking(store, running, kept.look), incidents
