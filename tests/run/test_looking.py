"""A watch that is shown from its store says what the process says that runs it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rarebird.config.stores import open_store
from rarebird.errors import StoreError
from rarebird.run.keeping import Keeping
from rarebird.run.local import follow
from rarebird.run.looking import looking, until_stopped
from rarebird.source.live import Backoff
from rarebird.store.contract import Step
from tests.run.test_keeping import QUICK, a_watch, parts
from tests.test_state import plain

pytestmark = pytest.mark.anyio
AT_ONCE = Backoff(first_s=0.001, longest_s=0.01)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'watch.db'}"


async def test_it_shows_what_the_running_watch_shows_and_keeps_up_with_it(url: str) -> None:
    owner = a_watch(parts(30))
    await follow(owner, Keeping(owner, open_store(url, "w"), pace=QUICK))
    store = open_store(url, "w")
    shown = await looking(store, lambda: 0)
    running = shown.running
    assert plain(running.watch.state()) != plain(a_watch([]).watch.state())
    keeping_up = asyncio.create_task(shown.keep_up(look_s=0.001, backoff=AT_ONCE))
    grown = a_watch(parts(60))
    await follow(grown, Keeping(grown, open_store(url, "w"), pace=QUICK))
    while running.watch.tally.read < 1200:
        await running.changed(running.version)
    grown_again = a_watch(parts(60))
    await follow(grown_again, Keeping(grown_again, open_store(url, "w"), pace=QUICK))
    # The end of the input is not part of what is kept.
    assert running.watch.tally == grown.watch.tally
    assert running.snapshot().name == grown.snapshot().name
    assert sum((await running.history(None, None, None)).events) > 0
    stop = asyncio.Event()
    stop.set()
    await until_stopped(keeping_up, stop)
    await store.close()


async def test_a_watch_that_is_not_there_or_is_forgotten_is_told(url: str) -> None:
    owner = open_store(url, "w")
    await owner.open(write=True)
    other = open_store(url, "x")
    with pytest.raises(StoreError, match="found 'w'"):
        await looking(other, lambda: 0)
    await owner.close()
    await other.close()
    running = a_watch(parts(3))
    await follow(running, Keeping(running, open_store(url, "w"), pace=QUICK))
    store = open_store(url, "w")
    shown = await looking(store, lambda: 0)
    keeping_up = asyncio.create_task(shown.keep_up(look_s=0.001, backoff=AT_ONCE))
    forgetting = open_store(url, "w")
    await forgetting.forget()
    with pytest.raises(StoreError, match="forgotten while it was shown"):
        await until_stopped(keeping_up, asyncio.Event())
    await forgetting.open(write=True)
    await forgetting.commit(Step())
    await forgetting.close()
    await store.close()
