"""The watch of a store that a user named, or the only one there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rarebird.config.stores import open_store
from rarebird.errors import ConfigError, StoreError
from rarebird.pipe.insert import distribution_of, gaps_of
from rarebird.store.contract import Store


@asynccontextmanager
async def named(url: str | None, name: str | None) -> AsyncIterator[Store]:
    """The store of a watch, for as long as the block; which watch must be said where it holds several.

    A stream that `rarebird pipe` keeps has one name: its categories are meant.
    """
    # Any name will do to ask for all names.
    place = open_store(url, name or "any")
    try:
        names = await place.watches()
    finally:
        await place.close()
    store = open_store(url, _by_name(name, names) if name else _only(names, place.url))
    try:
        yield store
    finally:
        await store.close()


def _by_name(name: str, names: list[str]) -> str:
    distribution = distribution_of(name)
    return distribution if name not in names and distribution in names else name


def _only(names: list[str], url: str) -> str:
    end = distribution_of("")
    gaps = {gaps_of(name.removesuffix(end)) for name in names if name.endswith(end)}
    found = [name.removesuffix(end) for name in names if name not in gaps]
    if not found:
        raise StoreError(f"expected a watch in {url}, found none; `rarebird watch` makes one", permanent=True)
    if len(found) > 1:
        raise ConfigError(f"expected --name, as {url} holds several watches: {', '.join(map(repr, found))}")
    return _by_name(found[0], names)
