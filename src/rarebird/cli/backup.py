"""`rarebird backup`: a copy of a store while others go on writing to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rarebird.cli.options import StoreUrl
from rarebird.errors import ConfigError

if TYPE_CHECKING:
    from rarebird.store.sqlite import SqliteStore


def backup(file: Path, *, store: StoreUrl = None) -> None:
    """Copy a store to a new file, all its watches as they stand at one moment, while they go on.

    Parameters
    ----------
    file
        The copy, a SQLite file: `rarebird watch --store sqlite:///FILE` goes on from it.
    store
        The store; ~/.local/state/rarebird/rarebird.db unless set (`rarebird watch` says where).

    """
    import asyncio

    from rarebird.config.stores import open_store
    from rarebird.store.sqlite import SqliteStore

    opened = open_store(store, "any")
    if not isinstance(opened, SqliteStore):
        raise ConfigError(
            f"expected a store in SQLite, got {opened.url}; Redis makes its own copies: `redis-cli BGSAVE`, and "
            "`redis-cli --rdb FILE` to fetch one"
        )
    asyncio.run(_backup(opened, file))


async def _backup(store: SqliteStore, file: Path) -> None:
    try:
        await store.backup(file)
    finally:
        await store.close()
