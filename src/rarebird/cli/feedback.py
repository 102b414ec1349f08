"""`rarebird feedback`: whether what a watch told was worth telling."""

from __future__ import annotations

import sys

from rarebird.cli.options import Flag, KeptOptions, Whole


def feedback(
    id: Whole | None = None,
    says: str | None = None,
    /,
    *,
    by: str | None = None,
    json: Flag = False,
    watch: KeptOptions | None = None,
) -> None:
    """Say what an incident was; what is like it is told less, or more, readily. Without one: how precise the watch is.

    Parameters
    ----------
    id
        The number of the incident, as `rarebird incidents` lists it.
    says
        expected, 'too sensitive' or real; none takes back what was said before.
    by
        Who says so; your login name unless set.
    json
        Without an incident: print one JSON array instead of a table.

    """
    import asyncio

    from rarebird.cli.kept import user

    if id is None:
        asyncio.run(_report(watch, json=json))
        return
    asyncio.run(_feedback(id, says, user() if by is None else by, watch))


async def _feedback(id: int, text: str | None, by: str, watch: KeptOptions | None) -> None:
    from typing import get_args

    from msgspec import convert

    from rarebird.cli.clock import now
    from rarebird.cli.kept import kept
    from rarebird.errors import ConfigError
    from rarebird.model.reply import Reply, Says

    word = (text or "").replace("-", " ").lower()
    if word not in (*get_args(Says), "none"):
        raise ConfigError(f"expected what incident {id} was: expected, 'too sensitive', real or none; got {text!r}")
    says = None if word == "none" else convert(word, Says)
    async with kept(watch) as found:
        await found.check_latest(id)
        reply = Reply(act="feedback", time=now(), by=by, incident=id, says=says)
        await found.leave(reply, f"feedback on incident {id}: {word}")


async def _report(watch: KeptOptions | None, *, json: bool) -> None:
    import msgspec

    from rarebird.cli.kept import kept
    from rarebird.cli.output import put, write
    from rarebird.incident.precision import precision, precision_lines

    async with kept(watch) as found:
        told = precision(await found.incidents(sys.maxsize))
    if json:
        rows = [{**msgspec.structs.asdict(each), "precision": each.precision} for each in told]
        write(msgspec.json.encode(rows) + b"\n")
        return
    put("".join(f"{line}\n" for line in precision_lines(told)))
