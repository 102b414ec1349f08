"""The watch of a store that a user named, or the only one there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rarebird.config.stores import open_store
from rarebird.errors import ConfigError, StoreError
from rarebird.store.contract import Store


@asynccontextmanager
async def named(url: str | None, name: str | None) -> AsyncIterator[Store]:
    """The store of a watch, for as long as the block; which watch must be said where it holds several."""
    store = open_store(url, name or await _only(url))
    try:
        yield store
    finally:
        await store.close()


async def _only(url: str | None) -> str:
    # Any name will do to ask for all names.
    place = open_store(url, "any")
    try:
        names = await place.watches()
    finally:
        await place.close()
    if not names:
        raise StoreError(f"expected a watch in {place.url}, found none; `rarebird watch` makes one", permanent=True)
    if len(names) > 1:
        raise ConfigError(f"expected --name, as {place.url} holds several watches: {', '.join(map(repr, names))}")
    return names[0]
