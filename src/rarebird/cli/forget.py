"""`rarebird forget`: taking a poisoned stretch out of what a watch has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from rarebird.run.forgetting import Forgotten


def forget(
    *,
    start: Annotated[str, Parameter(name="--from")],
    end: Annotated[str, Parameter(name="--to")],
    store: str | None = None,
    name: str | None = None,
) -> None:
    """Take a stretch out of what a watch has learned.

    Parameters
    ----------
    start
        Where the stretch begins: an instant, ISO 8601 (UTC unless it has an offset) or epoch.
    end
        Where it ends.
    store
        Where the watch keeps what it learns; ~/.local/state/rarebird/rarebird.db unless set.
    name
        Which watch, where the store holds several.

    """
    import asyncio

    from rarebird.cli.output import say
    from rarebird.cli.replaying import moment
    from rarebird.incident.wording import span
    from rarebird.model.plural import counted

    done = asyncio.run(_forget(store, name, moment("--from", start), moment("--to", end)))
    besides = f", and without {counted(done.incidents, 'incidents')}" if done.incidents else ""
    say(
        f"What is usual was learned anew from {span(done.until - done.since)} of history without that stretch{besides}."
    )


async def _forget(url: str | None, name: str | None, start: int, end: int) -> Forgotten:
    from rarebird.cli.clock import now
    from rarebird.cli.named import named
    from rarebird.run.forgetting import forget

    async with named(url, name) as store:
        return await forget(store, start, end, now)
