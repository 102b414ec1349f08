"""`rarebird preview`: what people would get of an incident."""

from __future__ import annotations

from rarebird.cli.options import KeptOptions, Whole


def preview(
    id: Whole, /, *, channel: str = "slack", public_url: str | None = None, watch: KeptOptions | None = None
) -> None:
    """Print what would be sent of an incident as it stands; nothing is sent.

    Parameters
    ----------
    id
        The number of the incident, as `rarebird incidents` lists it.
    channel
        stdout, slack, webhook, alertmanager or apprise. No address and no key of it is needed.
    public_url
        With the link that a watch sends which has this --public-url.

    """
    import asyncio

    asyncio.run(_preview(id, channel, public_url, watch))


async def _preview(id: int, channel: str, public_url: str | None, watch: KeptOptions | None) -> None:
    import os

    from rarebird.cli.kept import kept
    from rarebird.cli.output import say, write
    from rarebird.config.links import open_links
    from rarebird.config.previews import preview as sent
    from rarebird.run.decided import last_reason, standing

    async with kept(watch) as found:
        incident = await found.incident(id)
        name, notice = found.settings.name, standing(incident, found.nouns, last_reason(incident))
    if public_url is not None:
        url = None if watch is None else watch.store
        (notice,) = open_links(public_url, url, name, os.environ, kept=True).added([notice])
    write(sent(channel, notice, name))
    if incident.muted:
        say(f"incident {id} is not sent: muted, {incident.muted}")
