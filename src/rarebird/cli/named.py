"""The watch of a store that a user named, or the only one there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from rarebird.config.chosen import LOCAL_REDIS
from rarebird.config.stores import is_there, open_store
from rarebird.errors import ConfigError, StoreError
from rarebird.pipe.insert import distribution_of, gaps_of, incidents_of
from rarebird.store.contract import Store


@asynccontextmanager
async def named(url: str | None, name: str | None) -> AsyncIterator[Store]:
    """The store of a watch, for as long as the block; which watch must be said where it holds several.

    A stream that `rarebird pipe` keeps has one name: its categories are meant.
    """
    store = open_store(url, await full_name(url, name))
    try:
        yield store
    finally:
        await store.close()


async def full_name(url: str | None, name: str | None) -> str:
    """By which name a store holds the watch that is meant. Raises StoreError, and ConfigError where it must be said."""
    return _meant(name, *await _watches(url, name))


async def known_name(url: str, name: str | None) -> str | None:
    """The same; None where the store holds no watch by the name, or none at all where that is None."""
    names, place = await _watches(url, name)
    is_known = bool(names) if name is None else _is_among(name, names)
    return _meant(name, names, place) if is_known else None


async def place_of(name: str | None, say: Callable[[str], None]) -> str | None:
    """Where a watch is to be looked for of which nobody said it, which is said: the file of `watch`, or Redis here.

    Redis where that file is not there, or where it has no watch by the name and Redis has. None for the file.
    """
    if is_there(None):
        if name is None or _is_among(name, (await _watches(None, name))[0]):
            return None
        try:
            is_in_redis = _is_among(name, (await _watches(LOCAL_REDIS, name))[0])
        except StoreError:
            return None
        if not is_in_redis:
            return None
    say(f"no --store and no RAREBIRD_STORE: looking in {LOCAL_REDIS}")
    return LOCAL_REDIS


async def _watches(url: str | None, name: str | None) -> tuple[list[str], str]:
    """The names of all watches of a place, and its address without secrets."""
    # Any name will do to ask for all names.
    place = open_store(url, name or "any")
    try:
        return await place.watches(), place.url
    finally:
        await place.close()


def _meant(name: str | None, names: list[str], place: str) -> str:
    return _by_name(name, names) if name else _only(names, place)


def _is_among(name: str, names: list[str]) -> bool:
    return _by_name(name, names) in names


def _by_name(name: str, names: list[str]) -> str:
    distribution = distribution_of(name)
    return distribution if name not in names and distribution in names else name


def _only(names: list[str], url: str) -> str:
    end = distribution_of("")
    streams = [name.removesuffix(end) for name in names if name.endswith(end)]
    beside = {of(name) for name in streams for of in (gaps_of, incidents_of)}
    found = [name.removesuffix(end) for name in names if name not in beside]
    if not found:
        raise StoreError(f"expected a watch in {url}, found none; `rarebird watch` makes one", permanent=True)
    if len(found) > 1:
        raise ConfigError(f"expected --name, as {url} holds several watches: {', '.join(map(repr, found))}")
    return _by_name(found[0], names)
