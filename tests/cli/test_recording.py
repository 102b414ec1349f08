"""The recording gives the same numbers whichever way it comes in."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rarebird.model import instant
from rarebird.simulate.feed import Recording
from rarebird.simulate.server import Server
from tests.cli.program import run, running

pytestmark = pytest.mark.anyio


@pytest.fixture
def truth(recording: str) -> dict[str, Any]:
    return plain_count(Path(recording).read_bytes())


def plain_count(stream: bytes) -> dict[str, Any]:
    """What a summary must say, counted message by message without any of rarebird."""
    tally: Counter[str] = Counter()
    seen: set[tuple[int, str]] = set()
    kept: list[tuple[int, str]] = []
    high = 0
    for line in stream.splitlines():
        message = json.loads(line)
        identity = (message["rsvp_id"], message["response"])
        if message["group"]["group_country"] != "us":
            tally["filtered"] += 1
        elif identity in seen:
            tally["repeats"] += 1
        elif message["mtime"] < high - 5_000:
            tally["late"] += 1
        else:
            kept.append((message["mtime"], message["group"]["group_state"]))
            high = max(high, message["mtime"])
        seen.add(identity if message["group"]["group_country"] == "us" else (0, ""))
    states = Counter(state for _, state in kept)
    shares = {state: count / len(kept) for state, count in states.items()}
    times = sorted(time for time, _ in kept)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    nats = -sum(share * math.log(share) for share in shares.values())
    return {
        "read": len(stream.splitlines()),
        "kept": len(kept),
        "filtered": tally["filtered"],
        "repeats": tally["repeats"],
        "late": tally["late"],
        "future": 0,
        "malformed": 0,
        "categories": len(states),
        "histogram": pytest.approx(shares),
        "entropy_nats": pytest.approx(nats),
        "entropy_bits": pytest.approx(nats / math.log(2)),
        "mean_gap_s": pytest.approx(sum(gaps) / len(gaps) / 1000),
        "first": instant.text(times[0] * 1_000),
        "last": instant.text(times[-1] * 1_000),
    }


def without_surprisal(out: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(out)
    assert report.pop("surprisal_bits_total") > 0
    return report


@asynccontextmanager
async def served(path: str, scheme: str, *, close: bool) -> AsyncIterator[str]:
    server = Server(Recording.of(Path(path)), close_at_end=close)
    await server.start()
    yield server.url.replace("http", scheme)
    await server.stop()


async def test_a_summary_of_the_file_is_the_plain_count(recording: str, truth: dict[str, Any]) -> None:
    code, out, err = await run("summary", recording, "--preset", "meetup", "--json")
    assert (code, err) == (0, "")
    assert without_surprisal(out) == truth


async def test_a_summary_of_standard_input_is_the_plain_count(recording: str, truth: dict[str, Any]) -> None:
    code, out, _ = await run("summary", "-", "--preset", "meetup", "--json", stdin=Path(recording).read_bytes())
    assert code == 0
    assert without_surprisal(out) == truth


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_a_summary_over_the_network_is_the_plain_count(
    recording: str, truth: dict[str, Any], scheme: str
) -> None:
    async with served(recording, scheme, close=True) as url:
        code, out, _ = await run("summary", url, "--preset", "meetup", "--json")
    assert code == 0
    assert without_surprisal(out) == truth


async def test_every_way_in_gives_the_same_surprisal_to_the_last_bit(recording: str) -> None:
    _, from_file, _ = await run("summary", recording, "--preset", "meetup", "--json")
    _, from_pipe, _ = await run("summary", "-", "--preset", "meetup", "--json", stdin=Path(recording).read_bytes())
    assert from_file == from_pipe


async def test_a_watch_on_the_file_ends_at_its_end_with_the_plain_count(recording: str, truth: dict[str, Any]) -> None:
    code, _, err = await run("watch", recording, "--preset", "meetup", "--no-web")
    assert code == 0
    assert (
        f"{truth['kept']} kept, {truth['filtered']} filtered, {truth['repeats']} repeats, {truth['late']} late" in err
    )


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_a_live_watch_over_the_network_counts_the_same(
    recording: str, truth: dict[str, Any], scheme: str
) -> None:
    wanted = {name: truth[name] for name in ("read", "kept", "filtered", "repeats", "late", "future", "malformed")}
    async with (
        served(recording, scheme, close=False) as url,
        running("watch", url, "--preset", "meetup", "--port", "0") as watch,
    ):
        counters = {"read": 0}
        async for snapshot in watch.snapshots():
            counters = snapshot["counters"]
            if counters["read"] == truth["read"]:
                break
        assert {name: counters[name] for name in wanted} == wanted
        assert (await watch.get("/rate"))["count"] > 1
        code, said = await watch.end()
    assert code == 0
    assert f"{truth['read']:,} messages read" in said
