"""`rarebird forget` as a user meets it: over a store whose watch has stopped, and over one that runs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from rarebird.config.stores import open_store
from rarebird.detect.level import expected
from rarebird.detect.saved import restored
from rarebird.detect.state import State
from rarebird.model.clock import UTC
from rarebird.model.state import unpack
from rarebird.simulate.feed import Recording
from rarebird.simulate.server import Server
from tests.cli.program import run, running

pytestmark = pytest.mark.anyio
START = 1_773_532_800
"""2026-03-15 00:00 UTC."""
HOUR = 3600
STRETCH = ("--from", "2026-03-15T10:00Z", "--to", "2026-03-15T11:00Z")


def recording(path: Path, hours: int, seed: int = 1) -> Path:
    """So many of 13 hours: half an event a second, by three cities; from 10:00 on a tenth more of them for an hour."""
    draws = np.random.default_rng(seed)
    rate = np.where(np.arange(13 * HOUR) // HOUR == 10, 0.55, 0.5)
    time = START + np.repeat(np.arange(13 * HOUR), draws.poisson(rate))
    city = draws.choice(["Oslo", "Rome", "Lima"], len(time), p=[0.5, 0.3, 0.2])
    rows = (
        json.dumps({"t": int(at), "c": str(name)})
        for at, name in zip(time, city, strict=True)
        if at < START + hours * HOUR
    )
    path.write_text("\n".join(rows) + "\n")
    return path


async def learned(url: str, name: str) -> State:
    store = open_store(url, name)
    saved = await store.open(write=False)
    await store.close()
    state = unpack(saved.checkpoint or b"")
    return restored(State, state["watch"]["parts"]["detection"]["learned"])


async def test_a_stretch_is_taken_out_of_what_a_stopped_watch_has_learned_and_the_next_start_goes_on(
    tmp_path: Path,
) -> None:
    path, url = recording(tmp_path / "cities.jsonl", 12), f"sqlite:///{tmp_path / 'store.db'}"
    watch = ("watch", str(path), "--time", "t", "--by", "c", "--name", "w", "--store", url, "--no-web")
    code, _, err = await run(*watch)
    assert code == 0, err
    code, out, err = await run("forget", *STRETCH, "--store", url)
    assert (code, out) == (0, "")
    assert "What is usual was learned anew from 12 h of history without that stretch." in err
    after = await learned(url, "w")
    # Neither of the stretch, nor of the first and the last minute, which were not seen whole.
    assert after.level.age == 11 * HOUR - 120
    assert expected(after.level, UTC, after.now) * after.level.ratio == pytest.approx(0.5, rel=0.1)
    recording(path, 13)
    code, _, err = await run(*watch)
    assert (code, "Going on from 2026-03-15" in err) == (0, True)
    code, out, _ = await run("status", "--store", url, "--json")
    assert json.loads(out)["kept"] == len(path.read_text().splitlines())


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--from", "2026-03-15T10:00Z", "--to", "2026-03-15T09:00Z"), 2, "a stretch within 2026-03-15T00:00:0"),
        (("--from", "2026-03-14T10:00Z", "--to", "2026-03-15T09:00Z"), 2, "the history of this watch"),
        (("--from", "yesterday", "--to", "2026-03-15T09:00Z"), 2, "--from: expected an instant"),
        ((*STRETCH, "--name", "other"), 1, "expected the watch by that name"),
    ],
)  # fmt: skip
async def test_what_cannot_be_forgotten_is_said_in_clear_words(
    tmp_path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    path, url = recording(tmp_path / "cities.jsonl", 1), f"sqlite:///{tmp_path / 'store.db'}"
    await run("watch", str(path), "--time", "t", "--by", "c", "--name", "w", "--store", url, "--no-web")
    found, _, err = await run("forget", *words, "--store", url)
    assert (found, told in err) == (code, True), err


async def test_a_process_that_runs_the_watch_writes_no_more_and_ends(tmp_path: Path) -> None:
    path, url = recording(tmp_path / "cities.jsonl", 12), f"sqlite:///{tmp_path / 'store.db'}"
    server = Server(Recording.of(path, pace=1000), close_at_end=True)
    await server.start()
    try:
        words = ("--time", "t", "--by", "c", "--name", "w", "--store", url, "--port", "0")
        async with running("watch", server.url, *words) as watch:
            async for snapshot in watch.snapshots():
                if snapshot["counters"]["kept"] >= 4000:
                    break
            forgotten = ("--from", "2026-03-15T00:20Z", "--to", "2026-03-15T00:40Z", "--store", url)
            code, _, err = await run("forget", *forgotten)
            assert (code, "learned anew" in err) == (0, True), err
            assert watch.process.stderr
            said = (await asyncio.wait_for(watch.process.stderr.read(), 30)).decode()
            assert await asyncio.wait_for(watch.process.wait(), 30) == 1
            assert "another process" in said
    finally:
        await server.stop()
    assert (await learned(url, "w")).level.age < (await learned(url, "w")).now - START - 19 * 60
