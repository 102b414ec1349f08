"""History: how long a year of it takes to read, beside the same bytes read by nothing but the client of the store."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import apsw
import numpy as np
from redis import Redis

from benchmarks.section import Section, table
from benchmarks.spread import Spread
from benchmarks.store import serving
from rarebird.config.stores import open_store
from rarebird.model.history import Spans
from rarebird.model.instant import SECOND
from rarebird.store.contract import Retention, Step, Store
from rarebird.store.redis_keys import keys_of

ABOUT = "a year of hours out of SQLite and Redis"
_HOURS = 365 * 24
_CATEGORIES = 50
_ROUNDS = 21


def run() -> Section:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url:
        file = f"{folder}/year.db"
        rows = [
            asyncio.run(_row("SQLite", f"sqlite:///{file}", lambda: _of_sqlite(file))),
            asyncio.run(_row("Redis", url, lambda: _of_redis(url))),
        ]
    head = ["store", "a question, ms", "the bytes alone, ms", "MB"]
    return Section(
        "history",
        f"A year of hours, {_CATEGORIES} categories in each, as columns: {_ROUNDS} questions to an open store, medians "
        "with quartiles, each followed by the same bytes read by the client of the store alone, without a look at "
        "them. Wanted: under 100 ms.\n\n" + table(head, rows),
    )


async def _row(name: str, url: str, floor: Callable[[], int]) -> list[str]:
    store = open_store(url, "year", retention=Retention(s=0, m=0))
    asked, alone, size = [], [], 0
    try:
        await _fill(store)
        for _ in range(_ROUNDS):
            asked.append(await _took(lambda: store.history(0, 3600 * _HOURS, _HOURS)))
            begun = time.perf_counter()
            size = floor()
            alone.append(1000 * (time.perf_counter() - begun))
    finally:
        await store.close()
    return [name, Spread.of(asked).text(".0f"), Spread.of(alone).text(".0f"), f"{size / 1e6:.1f}"]


async def _took(question: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await question()
    return 1000 * (time.perf_counter() - begun)


async def _fill(store: Store) -> None:
    await store.open(write=True)
    for first in range(0, _HOURS, 730):
        start = 3600 * np.arange(first, first + 730)
        cells = 730 * _CATEGORIES
        category = np.tile(np.arange(_CATEGORIES, dtype=np.int32), 730)
        ends = np.arange(_CATEGORIES, cells + 1, _CATEGORIES)
        hours = Spans(start, start * SECOND, start * SECOND, ends, category, np.full(cells, 3))
        await store.commit(Step(history=hours, moved=3600 * (first + 730) * SECOND))


def _of_sqlite(file: str) -> int:
    connection = apsw.Connection(file, flags=apsw.SQLITE_OPEN_READONLY)
    try:
        rows = connection.execute("SELECT body FROM history WHERE level = 3600 ORDER BY start").fetchall()
    finally:
        connection.close()
    return sum(len(body) for (body,) in rows)


def _of_redis(url: str) -> int:
    with Redis.from_url(url, protocol=2) as client:
        return sum(map(len, client.zrange(keys_of("year").h, 0, -1)))
