"""`rarebird incidents`: what a watch has found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rarebird.cli.options import Flag, KeptOptions
from rarebird.errors import ConfigError

if TYPE_CHECKING:
    from rarebird.incident.telling import Nouns
    from rarebird.model.incident import Incident


def incidents(*, limit: int = 20, json: Flag = False, watch: KeptOptions | None = None) -> None:
    """Say what a watch has found, the newest first: number, when it was found, how it stands, and in words.

    Parameters
    ----------
    limit
        At most so many.
    json
        Print one JSON array, as `GET /incidents` answers it.

    """
    import asyncio

    if limit < 1:
        raise ConfigError(f"--limit: expected a number of at least 1, got {limit}")
    asyncio.run(_incidents(limit, watch, json=json))


async def _incidents(limit: int, watch: KeptOptions | None, *, json: bool) -> None:
    from rarebird.cli.kept import kept
    from rarebird.cli.output import say, show, write

    async with kept(watch) as found:
        if json:
            write(b"[" + b",".join(await found.store.incidents(limit)) + b"]\n")
            return
        listed = await found.incidents(limit)
        if not listed:
            say(f"{found.settings.title}: nothing out of the ordinary yet")
        for each in listed:
            show(_lines(each, found.nouns))


def _lines(incident: Incident, nouns: Nouns) -> str:
    from rarebird.cli.kept import behind
    from rarebird.incident.account import summed_up
    from rarebird.model import instant

    time = instant.shown(incident.detected)
    head = f"{incident.id:>4}  {time}  {incident.phase:<10}  "
    said = {"kept back:": incident.muted, "looked after by": incident.acknowledged, "feedback:": incident.feedback}
    marks = "; ".join(f"{name} {text}" for name, text in said.items() if text)
    return behind(head, summed_up(incident, nouns) + (f" [{marks}]" if marks else ""))
