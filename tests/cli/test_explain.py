"""`rarebird explain` on a simulated world."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.program import run

pytestmark = pytest.mark.anyio


async def explained(silence: Path, at: str, *options: str) -> tuple[int, str, str]:
    return await run("explain", str(silence), "--preset", "meetup", "--at", at, *options)


async def test_the_minute_of_an_alarm_says_whose_evidence_was_over_its_limit(silence: Path) -> None:
    _, out, _ = await run("backtest", str(silence), "--preset", "meetup", "--json")
    found = json.loads(out.splitlines()[0])
    code, out, err = await explained(silence, found["detected"][:17] + "00Z", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["alarm"] is True
    assert [one["id"] for one in told["incidents"]] == [found["id"]]
    first = told["families"][0]
    assert (first["family"], found["family"]) == ("rate down", "silence"), "a fall to nothing is told as a silence"
    assert first["over"] >= found["score"] > 0
    assert sum(one["budget_share"] for one in told["families"]) == pytest.approx(1)


async def test_a_usual_minute_says_how_far_the_nearest_was_from_its_limit(silence: Path) -> None:
    code, out, _ = await explained(silence, "2026-03-02T14:05:30+00:00")
    assert code == 0
    assert out.startswith("2026-03-02 14:05 UTC, for a minute: no new alarm; the nearest was ")
    assert "below its limit." in out
    assert "surge of slots" in out


def with_jobs(hours: int, every: int, rate: float) -> bytes:
    """A stream with a job of a minute each so many hours, one event a second and more."""
    begin, draws = 1_772_452_800, np.random.default_rng(3)
    counts = draws.poisson(rate, hours * 3600).tolist()
    seconds = [second for second, events in enumerate(counts) for _ in range(events)]
    jobs = [hour * 3600 + 1200 + second for hour in range(0, hours, every) for second in range(60)]
    rows = sorted([*((second, "web") for second in seconds), *((second, "job") for second in jobs)])
    return "".join(f'{{"t": {begin + second}, "k": "{kind}"}}\n' for second, kind in rows).encode()


async def test_what_returns_each_hour_is_told_in_its_first_four_at_most() -> None:
    _, out, _ = await run("backtest", "-", "--time", "t", "--by", "k", "--json", stdin=with_jobs(8, 1, 0.5))
    told = [json.loads(line) for line in out.splitlines()]
    listed = {"incident", "again", "joined", "not sent"}
    hours = {int(one["began"][11:13]) - 12 for one in told if one["type"] in listed}
    assert 0 in hours
    assert max(hours) <= 3


async def test_what_returns_each_day_is_said_to_be_usual() -> None:
    stream = with_jobs(6 * 24, 24, 0.1)
    ask = ("explain", "-", "--time", "t", "--by", "k", "--at", "2026-03-07T12:20Z")
    _, out, _ = await run(*ask, stdin=stream)
    assert "says is usual at this time." in out.splitlines()[0]
    assert "is usual at this time\n" in out
    _, out, _ = await run(*ask, "--json", stdin=stream)
    first = next(one for one in json.loads(out)["families"] if one["usual"])
    assert first["over"] is None
    assert 0 < first["evidence"] <= first["usual"]


async def test_what_is_read_ends_with_the_minute(silence: Path) -> None:
    stream = silence.read_bytes()
    _, whole, _ = await explained(silence, "2026-03-02T13:05Z")
    half = stream[: stream.index(b"\n", len(stream) // 2) + 1]
    _, part, _ = await run("explain", "-", "--preset", "meetup", "--at", "2026-03-02T13:05Z", stdin=half)
    assert part == whole


async def test_what_is_forgotten_is_not_explained(silence: Path) -> None:
    forget = ("--forget", "2026-03-02T14:55Z/2026-03-02T15:20Z")
    _, out, _ = await explained(silence, "2026-03-02T15:02Z", *forget, "--json")
    assert json.loads(out)["incidents"] == []


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--at", "soon"), 2, "--at: expected an instant such as"),
        (("--at", "2026-03-01T12:00Z"), 1, "expected an instant within the stream from 2026-03-02T12:00"),
        (("--at", "2026-03-09T12:00Z"), 1, "expected an instant within the stream from 2026-03-02T12:00"),
        (("--at", "2026-03-02T13:00Z", "--forget", "noon"), 2, "--forget: expected START/END"),
        (("--at", "2026-03-02T13:00Z", "--forget", "7/x"), 2, "--forget: expected an instant"),
        (("--at", "2026-03-02T13:00Z", "--forget", "9/7"), 2, "--forget: expected an end after the start"),
    ],
)
async def test_what_is_wrong_is_said(silence: Path, options: tuple[str, ...], code: int, told: str) -> None:
    ended, _, err = await run("explain", str(silence), "--preset", "meetup", *options)
    assert (ended, err.count("\n")) == (code, 1)
    assert told in err


async def test_an_empty_stream_has_no_minute() -> None:
    code, _, err = await run("explain", "-", "--time", "t", "--at", "2026-03-02T13:00Z")
    assert code == 1
    assert "the stream, which is empty" in err


async def test_a_minute_within_a_strong_surge_is_explained(tmp_path: Path) -> None:
    world, start = tmp_path / "world.jsonl", "2026-12-01T06:00:00Z"
    options = ("--hours", "1.5", "--seed", "101", "--rate", "3", "--start", start, "--change", "surge@60m+25m:ME:60")
    assert (await run("simulate", *options, "--out", str(world)))[0] == 0
    for at in ("2026-12-01T07:01Z", "2026-12-01T07:20Z"):
        code, out, err = await explained(world, at, "--json")
        assert (code, err) == (0, "")
        told = json.loads(out)
        assert [one["category"] for one in told["incidents"]] == ["ME"]
        assert all(one["over"] is None or one["over"] > -100 for one in told["families"])
        assert told["alarm"] is False
