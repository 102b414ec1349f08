"""`rarebird status`: what a store holds of a watch."""

from __future__ import annotations

import asyncio
import sys

import msgspec

from rarebird.cli.options import Flag
from rarebird.cli.report import print_table
from rarebird.config.stores import open_store
from rarebird.errors import ConfigError, StoreError
from rarebird.store.contract import Store


def status(*, store: str | None = None, name: str | None = None, json: Flag = False) -> None:
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
    body = asyncio.run(_status(store, name))
    if json:
        sys.stdout.write(body.decode() + "\n")
        return
    report = msgspec.json.decode(body, type=dict)
    print_table({**report, "histogram": iter(report["histogram"].items())}, sys.stdout, "")


async def _status(url: str | None, name: str | None) -> bytes:
    # Any name will do to ask for all names.
    place = open_store(url, name or "any")
    try:
        chosen = name or _only(await place.watches(), place)
    finally:
        await place.close()
    store = open_store(url, chosen)
    try:
        body = await store.status()
        if body is None:
            told = ", ".join(map(repr, await store.watches())) or "none"
            raise StoreError(f"expected a watch called {chosen!r} in {store.url}, found {told}", permanent=True)
    finally:
        await store.close()
    return body


def _only(names: list[str], place: Store) -> str:
    if not names:
        raise StoreError(f"expected a watch in {place.url}, found none; `rarebird watch` makes one", permanent=True)
    if len(names) > 1:
        raise ConfigError(f"expected --name, as {place.url} holds several watches: {', '.join(map(repr, names))}")
    return names[0]
