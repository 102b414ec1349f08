"""`rarebird status`: what a store holds of a watch."""

from __future__ import annotations

import sys

from rarebird.cli.options import Flag, StoreUrl


def status(*, store: StoreUrl = None, name: str | None = None, json: Flag = False) -> None:
    """Say what a store holds of a watch, as `rarebird summary` says it of a stream.

    Parameters
    ----------
    store
        Where the watch keeps what it learns; the SQLite file that `rarebird watch` uses unless set.
    name
        Which watch, where the store holds several.
    json
        Print one JSON object instead of a table.

    """
    import asyncio

    import msgspec

    from rarebird.cli.report import print_table

    body = asyncio.run(_status(store, name))
    if json:
        sys.stdout.write(body.decode() + "\n")
        return
    report = msgspec.json.decode(body, type=dict)
    print_table({**report, "histogram": iter(report["histogram"].items())}, sys.stdout, "")


async def _status(url: str | None, name: str | None) -> bytes:
    from rarebird.cli.named import named
    from rarebird.store.contract import no_watch

    async with named(url, name) as store:
        body = await store.status()
        if body is None:
            raise no_watch(store.url, await store.watches())
        return body
