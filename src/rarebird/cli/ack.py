"""`rarebird ack`: saying that somebody looks after an incident."""

from __future__ import annotations

from rarebird.cli.options import KeptOptions, Whole


def ack(id: Whole, /, *, by: str | None = None, watch: KeptOptions | None = None) -> None:
    """Say that somebody looks after an incident: all who were told of it see who.

    Parameters
    ----------
    id
        The number of the incident, as `rarebird incidents` lists it.
    by
        Who; your login name unless set.

    """
    import asyncio

    from rarebird.cli.kept import user

    asyncio.run(_ack(id, user() if by is None else by, watch))


async def _ack(id: int, by: str, watch: KeptOptions | None) -> None:
    from rarebird.cli.clock import now
    from rarebird.cli.kept import kept
    from rarebird.model.reply import Reply

    async with kept(watch) as found:
        await found.check_latest(id)
        reply = Reply(act="ack", time=now(), by=by, incident=id)
        await found.leave(reply, f"incident {id} is looked after by {by or 'somebody'}")
